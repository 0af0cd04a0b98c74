"""What comes next on real listening: the sequence scorers against the others, and what they add to the blend.

lastfm_gaps, 403 listeners with times: models learn from the first four fifths of each, and from the 1,615
without times as counts. Then each of the last fifth (at most 20 plays a listener, evenly spread) is to be
found by what was played before it, among all 3,062 items, and where it is new among all not yet heard.
Nothing is trained on the way; a taste holds what serving has (100 latest plays). nDCG@20, a mean by
listener; every difference is paired by listener with a 95 % bootstrap interval, against the blend that is
trained unless asked otherwise.

The blend's weights are fitted to rank what is new over a longer time, so what knows the next play may weigh
nothing in it. ``blend, transitions for the next`` adds transitions whose constants and weight were chosen on
an inner split of the same kind by the very question asked here.

``in order`` are scorers that also learned the order of the 1,615, whose times nobody knows; nobody plays
the same item twice running here, so these are artists rather than tracks. Not what Beauty measures: four of
five plays are of something heard before.

    python benchmarks/next_item.py --shared ../shared --trials 20 --on DATE
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from scipy.sparse import csr_matrix

from machine import facts, sentence
from quality import SEED, judge, read_gaps
from ritornello.listeners.taste import Taste
from ritornello.measures import names
from ritornello.measures.ranking import of_ranking
from ritornello.measures.resampling import paired_interval
from ritornello.models import optional
from ritornello.models.blend import Blend, fit_weights
from ritornello.models.bundle import BLENDED, Bundle
from ritornello.models.holdout import Holdout, hide_last
from ritornello.models.interactions import Interactions, Plays, from_plays
from ritornello.models.optional import OPTIONAL
from ritornello.models.scorer import Scorer
from ritornello.models.topk import histories, top_of_tastes
from ritornello.models.training import OPTIONAL_RANGES, TrainingConfig, train
from ritornello.models.transitions import TransitionsConfig, train_transitions
from ritornello.models.tuning import tune

N_ASKED = 20
K = 20
MINUTE_S = 60.0
NDCG = names.parse(f"nDCG@{K}")
EVERY = " ".join(OPTIONAL)


class Asked(msgspec.Struct, frozen=True):
    """Whom is asked after each play: their tastes by then, what came next, and whether it was new."""

    rows: np.ndarray
    tastes: list[Taste]
    next_columns: np.ndarray
    new: np.ndarray


def asked(everything: Interactions, past: Interactions) -> Asked:
    """Put each listener before some of the plays that were held out."""
    starts, columns, at_s = everything.play_starts, everything.play_columns, everything.play_at_s
    ends = [
        (row, end)
        for row in np.flatnonzero(np.diff(starts))
        for end in spread(starts[row] + np.diff(past.play_starts)[row], starts[row + 1])
    ]
    rows = np.array([row for row, _ in ends])
    begins, lasts = starts[rows], np.array([end for _, end in ends])
    lengths = lasts - begins
    places = np.concatenate([np.arange(b, e) for b, e in zip(begins, lasts, strict=True)])
    before = from_plays(
        tuple(f"asked-{place}" for place in range(len(ends))),
        everything.vocabulary,
        Plays(np.repeat(np.arange(len(ends)), lengths), columns[places], at_s[places]),
        now_s=at_s[lasts],
    )
    tastes = before.tastes()
    new = [
        column not in taste.columns for column, taste in zip(columns[lasts], tastes, strict=True)
    ]
    return Asked(rows, tastes, columns[lasts], np.array(new))


def spread(first: int, end: int) -> np.ndarray:
    """Return at most 20 places between two, evenly."""
    return np.unique(np.linspace(first, end - 1, N_ASKED).astype(int))


def next_quality(scorer: Scorer, of: Asked, *, only_new: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the listeners asked and the mean nDCG@20 of each."""
    chosen = of.new if only_new else np.ones(len(of.rows), dtype=np.bool_)
    tastes = [taste for taste, wanted in zip(of.tastes, chosen, strict=True) if wanted]
    heard = histories(tastes, scorer.n_items) if only_new else None
    top = top_of_tastes(scorer, tastes, K, excluded=heard)
    values = NDCG(of_ranking(top.columns, wanted_of(of.next_columns[chosen], scorer.n_items)))
    listeners, place = np.unique(of.rows[chosen], return_inverse=True)
    return listeners, np.bincount(place, weights=values) / np.bincount(place)


def wanted_of(next_columns: np.ndarray, n_items: int) -> csr_matrix:
    """Return one relevant item a row."""
    n = len(next_columns)
    return csr_matrix((np.ones(n), (range(n), next_columns)), shape=(n, n_items))


def in_order(past: Interactions, shared: Path) -> Interactions:
    """Return the past with the order of the sequences without times, a minute from play to play."""
    file = shared / "data/lastfm_gaps/event_split_1000-train.txt"
    lines = [line.split() for line in file.read_text(encoding="ascii").splitlines() if line.strip()]
    first = past.n_listeners - len(lines)
    columns = [past.vocabulary.columns[f"track:{int(item):06d}"] for each in lines for item in each]
    rows = np.repeat(np.arange(first, past.n_listeners), [len(each) for each in lines])
    at_s = np.concatenate([MINUTE_S * np.arange(len(each)) for each in lines])
    return from_plays(
        past.listeners,
        past.vocabulary,
        Plays(
            np.concatenate((past.play_rows, rows)),
            np.concatenate((past.play_columns, columns)),
            np.concatenate((past.play_at_s, at_s)),
        ),
    )


def entrants(past: Interactions, ordered: Interactions, n_trials: int) -> dict[str, Scorer]:
    """Return every scorer by name, the usual blend first; all blends have the same tuned parts."""
    fullest = trained(past, TrainingConfig(n_trials=n_trials, optional=optional.wanted(EVERY)))
    usual = {name: fullest.scorer(name).config for name in BLENDED}
    found: dict[str, Scorer] = {}
    for also in ("", "transitions", EVERY):
        own = {name: fullest.scorer(name).config for name in also.split()}
        bundle = trained(past, TrainingConfig(**usual, optional=own))
        name = " + ".join(["blend", *own])
        found[name] = bundle.blend
        print(json.dumps({name: dict(bundle.weights)}))
    config, weight = for_next(past, TrainingConfig(**usual), n_trials)
    print(json.dumps({"transitions for the next": msgspec.to_builtins(config), "weight": weight}))
    parts = (found["blend"], train_transitions(past, config))
    found["blend, transitions for the next"] = Blend(parts, (1.0, weight))
    found["transitions for the next"] = parts[1]
    found |= fullest.scorers
    for name, (_, train_one) in OPTIONAL.items():
        found[f"{name}, in order"] = train_one(ordered, fullest.scorer(name).config)
    print(json.dumps({name: msgspec.to_builtins(s.config) for name, s in fullest.scorers.items()}))
    return found


def for_next(
    past: Interactions, usual: TrainingConfig, n_trials: int
) -> tuple[TransitionsConfig, float]:
    """Choose transitions that find the next play, and what they weigh beside the blend, on an inner split."""
    inner = hide_last(past, np.diff(past.play_starts) > 0, 0.2).past
    those = asked(past, inner)

    def quality(trial: TransitionsConfig) -> float:
        found = next_quality(train_transitions(inner, trial), those, only_new=False)[1]
        return float(found.mean())

    start, ranges = OPTIONAL["transitions"].config, OPTIONAL_RANGES["transitions"]
    config = tune(start, ranges, quality, n_trials, np.random.default_rng(SEED))
    both = (trained(inner, usual).blend, train_transitions(inner, config))
    scores = [each.score_batch(those.tastes) for each in both]
    unit, weight = fit_weights(scores, wanted_of(those.next_columns, past.n_items), k=K)
    return config, weight / unit


def trained(past: Interactions, config: TrainingConfig) -> Bundle:
    """Train what would serve."""
    return train(past, config, np.random.default_rng(SEED), trained_at=datetime.now(UTC))


def against_blend(values: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return each mean and its difference from the usual blend's."""
    rows = {}
    for name, each in values.items():
        found = paired_interval(each, values["blend"], np.random.default_rng(SEED))
        rows[name] = {
            "ndcg_20": round(float(each.mean()), 4),
            "less_blend": [round(value, 4) for value in (found.mean, found.low, found.high)],
            "n_listeners": found.n,
        }
    return rows


def measure(shared: Path, n_trials: int) -> dict[str, Any]:
    """Judge every entrant by the next item, and by everything of the last fifth."""
    everything = read_gaps(shared / "data/lastfm_gaps")
    outer = hide_last(everything, np.diff(everything.play_starts) > 0, 0.2)
    found = entrants(outer.past, in_order(outer.past, shared), n_trials)
    those = asked(everything, outer.past)
    return {
        "n_asked": len(those.rows),
        "share_new": round(float(those.new.mean()), 3),
        "next": by_next(found, those, only_new=False),
        "next_new": by_next(found, those, only_new=True),
        "later": by_later(found, outer, only_new=False),
        "later_new": by_later(found, outer, only_new=True),
    }


def by_next(found: Mapping[str, Scorer], those: Asked, *, only_new: bool) -> dict[str, Any]:
    """Judge by the play that came next."""
    return against_blend(
        {name: next_quality(each, those, only_new=only_new)[1] for name, each in found.items()}
    )


def by_later(found: Mapping[str, Scorer], outer: Holdout, *, only_new: bool) -> dict[str, Any]:
    """Judge by everything of the last fifth, as ``quality.py`` does."""
    relevant = outer.novel if only_new else outer.future
    rows = np.flatnonzero(np.diff(relevant.indptr))
    return against_blend(
        {
            name: judge(each.score_batch, outer, rows, relevant, only_new=only_new)
            for name, each in found.items()
        }
    )


def show(title: str, rows: Mapping[str, Any], order: Sequence[str]) -> None:
    """Print one table."""
    print(f"\n{title}, nDCG@{K}")
    for name in order:
        mean, low, high = rows[name]["less_blend"]
        print(f"  {name:44s} {rows[name]['ndcg_20']:.4f}  {mean:+.4f} [{low:+.4f}, {high:+.4f}]")


def main() -> None:
    """Measure, print tables and the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    options = parser.parse_args()
    machine = facts(options.on)
    found = measure(options.shared, options.trials)
    for title in ("next", "next_new", "later", "later_new"):
        show(title, found[title], list(found[title]))
    print(json.dumps({"benchmark": "next_item", "machine": machine, **found}))
    print(sentence(machine))


if __name__ == "__main__":
    main()
