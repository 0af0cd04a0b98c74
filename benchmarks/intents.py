"""How well are intents recovered that nobody said? On planted visits, by adjusted Rand index.

Worlds of ``worlds.planted`` (which shares no code with any model) are read by the tables of signals. A mixture is
trained on the beginnings of 70 % of the listeners and asked about the visits of the others, after their first 1, 3 and
10 events and at their last. Of the same beginnings, the agreement with the planted intent of

- ``components``: the components as found, without names;
- ``named``: each called what the words stated or declared in its training visits say most;
- ``answered``: ``p_intent``, that is stated, else declared, else named (the worlds declare half of their playlists
  and state one visit in twenty);
- ``ceiling``: the same families, one component an intent, fitted to the planted intents themselves: what these
  features could tell at most if intents looked like that.

Every figure is the mean over seeds with a bootstrap interval over seeds. Where it fails is shown too: few visits, and
intents that look alike (within each pair: of visits of these two, whether they are told apart).

    python benchmarks/intents.py --on 2026-11-21
"""

import argparse
import itertools
import json
import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec
import numpy as np

from machine import facts, sentence
from ritornello.measures.agreement import adjusted_rand
from ritornello.measures.resampling import interval
from ritornello.signals.beginnings import Columns, features
from ritornello.signals.components import Trained
from ritornello.signals.em import Effort, fit
from ritornello.signals.intent_training import train
from ritornello.signals.intents import INTENTS, Declared, p_intent
from ritornello.signals.mixture import Mixture
from ritornello.testing.in_memory import make
from ritornello.worlds import planted

LISTENERS = (25, 100, 400)
PREFIXES = {"1": 1, "3": 3, "10": 10, "all": 10**9}
NUMBERS = (4, 6, 8, 10, 12, 14, 16)
EFFORT = Effort(n_starts=6)
AT = datetime(2026, 11, 21, tzinfo=UTC)

Figures = dict[str, dict[str, float]]


def world(n_listeners: int, seed: int) -> tuple[Columns, Declared]:
    """Return the beginnings of a planted world with their intents, and what its playlists declare."""
    found = planted.plant(planted.Size(n_listeners=n_listeners), np.random.default_rng(seed))
    beginnings = make(found.relations, ["beginnings"])["beginnings"]
    truth = dict(zip(found.truth.visit_id, found.truth.intent, strict=True))
    numbers = np.array([INTENTS.index(word) for word in planted.INTENTS])
    beginnings["intent"] = numbers[[truth[visit] for visit in beginnings["visit_id"]]]
    said = found.relations["intended"]
    lists = zip(said["context_id"], said["intent"], strict=True)
    return beginnings, Declared(playlists={key: (word,) for key, word in lists if key is not None})


def rows(beginnings: Columns, chosen: Any) -> dict[str, Any]:
    """Return some rows of columns."""
    return {name: column[chosen] for name, column in beginnings.items()}


def one_a_visit(beginnings: Columns, n_events: int) -> dict[str, Any]:
    """Return of each visit the beginning of its n-th event, of the last where it has fewer."""
    kept = rows(beginnings, np.lexsort((beginnings["place"], beginnings["visit_id"].astype(str))))
    _, first, counts = np.unique(
        kept["visit_id"].astype(str), return_index=True, return_counts=True
    )
    return rows(kept, first + np.minimum(counts, n_events) - 1)


def drawn(beginnings: Columns, rng: np.random.Generator) -> dict[str, Any]:
    """Return one random beginning of each visit."""
    shuffled = rows(beginnings, rng.permutation(len(beginnings["visit_id"])))
    _, first = np.unique(shuffled["visit_id"].astype(str), return_index=True)
    return rows(shuffled, first)


def named(trained: Trained) -> Trained:
    """Call each component what most of the words known of its visits say."""
    names = {z: max(said, key=said.get) for z, said in enumerate(trained.facts.known) if said}
    return msgspec.structs.replace(trained, names=names)


def ceiling(beginnings: Columns) -> tuple[Mixture, np.ndarray[Any, Any]]:
    """Return one component an intent, fitted to the visits that have it, and which intent each is."""
    seen, truth = features(beginnings), beginnings["intent"]
    words = np.unique(truth)
    each = [fit(seen.at(truth == word), 1, np.random.default_rng(0)).mixture for word in words]
    joined = Mixture(
        seen.shape,
        np.array([(truth == word).mean() for word in words]),
        *(np.vstack([getattr(m, name) for m in each])
          for name in ("means", "variances", "directions", "concentrations")),
        tuple(np.vstack(levels) for levels in zip(*(m.shares for m in each), strict=True)),
        np.vstack([m.chances for m in each]),
    )  # fmt: skip
    return joined, words


def recover(n_listeners: int, seed: int) -> tuple[Figures, dict[str, float], dict[str, float]]:
    """Return the agreement by prefix and reader, within pairs of intents, and the sizes."""
    rng = np.random.default_rng([20261121, n_listeners, seed])
    beginnings, declared = world(n_listeners, seed)
    who = np.unique(beginnings["listener_id"].astype(str))
    training = rng.choice(who, round(0.7 * len(who)), replace=False)
    of_training = np.isin(beginnings["listener_id"].astype(str), training)
    known = drawn(rows(beginnings, of_training), rng)
    trained = named(train(known, declared, rng, AT, numbers=NUMBERS, effort=EFFORT))
    best, words = ceiling(known)
    figures: Figures = {}
    for prefix, n_events in PREFIXES.items():
        asked = one_a_visit(rows(beginnings, ~of_training), n_events)
        seen, truth = features(asked), asked["intent"]
        answers = {
            "components": trained.mixture.infer(seen).argmax(axis=1),
            "named": trained.infer(seen).argmax(axis=1),
            "answered": p_intent(asked, declared, trained.infer(seen)).p.argmax(axis=1),
            "ceiling": words[best.infer(seen).argmax(axis=1)],
        }
        figures[prefix] = {name: adjusted_rand(found, truth) for name, found in answers.items()}
    pairs = within_pairs(answers["named"], truth)
    sizes = {
        "visits_trained": len(known["visit_id"]),
        "visits_asked": len(truth),
        "components": trained.mixture.n_components,
        "named_components": len(trained.names),
        "share_right": float((answers["named"] == truth).mean()),
    }
    return figures, pairs, sizes


def within_pairs(found: Any, truth: Any) -> dict[str, float]:
    """Return for each two intents how well their visits are told apart, whatever they are called."""
    both = itertools.combinations(np.unique(truth), 2)
    chosen = {(a, b): np.isin(truth, (a, b)) for a, b in both}
    return {
        f"{INTENTS[a]} – {INTENTS[b]}": adjusted_rand(found[rows_], truth[rows_])
        for (a, b), rows_ in chosen.items()
    }


def over_seeds(values: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    """Return mean, low and high of each figure; pairs a world does not hold are left out of its mean."""
    rng = np.random.default_rng(0)
    found = {}
    for name in dict.fromkeys(name for each in values for name in each):
        got = interval(np.array([each[name] for each in values if name in each]), rng)
        found[name] = [round(each, 3) for each in (got.mean, got.low, got.high)]
    return found


def main() -> None:
    """Measure every size and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--listeners", type=int, nargs="*", default=LISTENERS)
    options = parser.parse_args()
    machine, sizes = facts(options.on), {}
    for n_listeners in options.listeners:
        began = time.perf_counter()
        runs = [recover(n_listeners, seed) for seed in range(options.seeds)]
        by_prefix = {p: over_seeds([figures[p] for figures, _, _ in runs]) for p in PREFIXES}
        pairs = over_seeds([pairs for _, pairs, _ in runs])
        alike = sorted(pairs, key=lambda name: pairs[name][0])[:6]
        of = over_seeds([sizes for _, _, sizes in runs])
        sizes[str(n_listeners)] = {
            "n_seeds": options.seeds, "sizes": of, "adjusted_rand": by_prefix,
            "least_told_apart": {name: pairs[name] for name in alike},
            "took_s": round(time.perf_counter() - began, 1),
        }  # fmt: skip
        told(n_listeners, sizes[str(n_listeners)])
    print(json.dumps({"benchmark": "intents", "machine": machine, "listeners": sizes}))
    print(sentence(machine))


def told(n_listeners: int, found: Mapping[str, Any]) -> None:
    """Print one size for a person."""
    of = found["sizes"]
    print(
        f"{n_listeners} listeners, {found['n_seeds']} seeds: trained on {of['visits_trained'][0]:.0f} "
        f"visits, asked about {of['visits_asked'][0]:.0f} of other listeners, "
        f"{of['components'][0]:.1f} components"
    )
    for prefix, readers in found["adjusted_rand"].items():
        cells = ", ".join(f"{name} {m} [{low}, {high}]" for name, (m, low, high) in readers.items())
        print(f"  after {prefix} events: {cells}")
    for pair, (mean, low, high) in found["least_told_apart"].items():
        print(f"  hardly told apart: {pair} {mean} [{low}, {high}]")


if __name__ == "__main__":
    main()
