"""Markov chain, sequential rules and PCTM on Amazon Beauty: the published row, by the objects that serve.

Each of 22,363 sequences less its last item is learned from, the last item is to be found among all 12,092
items not seen by the listener; nDCG@10 over the 22,311 listeners whose last item is in the catalogue. Ties
go to the lower column: columns rise with the item's number, for PCTM with the SHA-256 of its text, as
published (Petrov, Chandar, Bennett, Bouchard, Lalmas, RecSys 2026, Table 1). Item neighbours as this
project serves them stand beside, not tuned; differences are paired by listener. Leave-one-out learns from
what others did later, so no figure here says what a service would see.

    python benchmarks/beauty.py --shared ../shared --on DATE
"""

import argparse
import json
import time
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from machine import facts, sentence
from ritornello.measures import names
from ritornello.measures.ranking import of_ranking
from ritornello.measures.resampling import paired_interval
from ritornello.models.cooccurrence import CooccurrenceConfig, train_cooccurrence
from ritornello.models.interactions import Interactions, Plays, from_plays
from ritornello.models.markov import MarkovConfig, train_markov
from ritornello.models.scorer import Scorer
from ritornello.models.sequence_rules import SequenceRulesConfig, train_sequence_rules
from ritornello.models.topk import histories, top_of_tastes
from ritornello.models.transitions import TransitionsConfig, train_transitions
from ritornello.models.vocabulary import Vocabulary

SEED = 20261121
NDCG = names.parse("nDCG@10")


class Entrant(NamedTuple):
    """A scorer of the row: how it is trained, what settles its ties, and what was published."""

    train: Callable[[Interactions], Scorer]
    tie: Callable[[str], Any]
    published: float | None


def by_digest(item: str) -> str:
    """Return the SHA-256 of an item's number as text."""
    return sha256(item.encode()).hexdigest()


PLUS = TransitionsConfig(
    n_distances=17,
    distance_exponent=0.55,
    smoothing=15_000.0,
    recency=0.57,
    popularity=-0.015,
    backward=0.15,
    lately=0.1,
)
ENTRANTS = {
    "MC": Entrant(lambda past: train_markov(past, MarkovConfig()), int, 0.0492),
    "SeqRules": Entrant(
        lambda past: train_sequence_rules(past, SequenceRulesConfig()), int, 0.0605
    ),
    "PCTM": Entrant(lambda past: train_transitions(past, TransitionsConfig()), by_digest, 0.0635),
    "PCTM+": Entrant(lambda past: train_transitions(past, PLUS), by_digest, None),
    "cooccurrence": Entrant(lambda past: train_cooccurrence(past, CooccurrenceConfig()), int, None),
}


def read(shared: Path) -> list[list[str]]:
    """Read the items of each listener in the order of time."""
    lines = (shared / "data/amazon_beauty/Beauty.txt").read_text(encoding="ascii").splitlines()
    return [line.split()[1:] for line in lines]


def less_the_last(sequences: list[list[str]], tie: Callable[[str], Any]) -> Interactions:
    """Return what is learned from; the place in a sequence stands for the time."""
    kept = [each[:-1] for each in sequences]
    items = Vocabulary(tuple(sorted({item for each in kept for item in each}, key=tie)))
    rows = np.repeat(np.arange(len(kept)), [len(each) for each in kept])
    columns = [items.columns[item] for each in kept for item in each]
    places = np.concatenate([np.arange(len(each)) for each in kept])
    return from_plays(
        tuple(str(row) for row in range(len(kept))), items, Plays(rows, columns, places)
    )


def judge(entrant: Entrant, sequences: list[list[str]]) -> tuple[np.ndarray, float, float]:
    """Return nDCG@10 of each listener, and the CPU seconds of training and of ranking all."""
    past = less_the_last(sequences, entrant.tie)
    items = past.vocabulary
    judged = [row for row, each in enumerate(sequences) if each[-1] in items.columns]
    last = [items.columns[sequences[row][-1]] for row in judged]
    tastes = [past.taste(row) for row in judged]
    began = time.process_time()
    scorer = entrant.train(past)
    trained = time.process_time()
    top = top_of_tastes(scorer, tastes, 10, excluded=histories(tastes, len(items)))
    ranked = time.process_time()
    cells = (np.ones(len(judged)), (range(len(judged)), last))
    relevant = csr_matrix(cells, shape=(len(judged), len(items)))
    values = NDCG(of_ranking(top.columns, relevant))
    return values, trained - began, ranked - trained


def measure(sequences: list[list[str]]) -> dict[str, Any]:
    """Judge every entrant and hold each against PCTM."""
    judged = {name: judge(entrant, sequences) for name, entrant in ENTRANTS.items()}
    of_pctm = judged["PCTM"][0]
    rows = {}
    for name, (values, train_s, rank_s) in judged.items():
        found = paired_interval(values, of_pctm, np.random.default_rng(SEED), n_resamples=2_000)
        rows[name] = {
            "ndcg_10": round(float(values.mean()), 5),
            "published": ENTRANTS[name].published,
            "less_pctm": [round(each, 5) for each in (found.mean, found.low, found.high)],
            "train_cpu_s": round(train_s, 2),
            "rank_cpu_s": round(rank_s, 2),
        }
    return {"n_listeners": len(of_pctm), "rows": rows}


def verdict(row: dict[str, Any]) -> str:
    """Say whether a row is what was published, to four decimals."""
    if row["published"] is None:
        return ""
    holds = round(row["ndcg_10"], 4) == row["published"]
    return f"published {row['published']}: {'holds' if holds else 'not on this split'}"


def main() -> None:
    """Measure, print a table and the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--inner", action="store_true", help="the split constants are chosen on")
    options = parser.parse_args()
    machine = facts(options.on)
    sequences = read(options.shared)
    found = measure([each[:-1] for each in sequences] if options.inner else sequences)
    for name, row in found["rows"].items():
        print(f"{name:14s} {row['ndcg_10']:.5f}  less PCTM {row['less_pctm']}  {verdict(row)}")
    print(json.dumps({"benchmark": "beauty", "inner": options.inner, "machine": machine, **found}))
    print(sentence(machine))


if __name__ == "__main__":
    main()
