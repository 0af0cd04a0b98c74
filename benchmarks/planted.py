"""Find what was planted by the pooled model, and hold it against simpler readings of success.

For each seed a world of visits with known intents and effects (``worlds.planted``) is read by the tables of signals
themselves; models learn from the survey answers (a tenth of them wrong) of the first 70 % of the time and are held
against what was truly satisfied in the rest. Same features, same rows, same labels for all:

- pooled: intercepts and slopes by intent and device, shrunk as the data say
- pooled, no device: the same without devices
- pooled, intents from places: intents known only where a playlist or a surface declares one, else unknown
- global: one logit for all
- per intent: a logit for each intent alone
- stream ≥ 30 s: something was played for half a minute; its log loss is that of its calibrated two probabilities

Reported per size of world: the share of planted effects whose sign is recovered, AUC and log loss, and the difference
pooled − other with its 95 % interval over seeds (t). The smallest world is there to show where it fails.

    python benchmarks/planted.py --on 2026-11-21
"""

import argparse
import json
import os
from datetime import date
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec
import numpy as np
from scipy.stats import t as students_t

from machine import facts, sentence
from ritornello.measures.calibration import fit_platt
from ritornello.measures.discrimination import auc, log_loss
from ritornello.signals import labels as labelling
from ritornello.signals import pooled
from ritornello.signals.behaviour import behaviour, norms_of
from ritornello.signals.intents import INTENTS, UNKNOWN, number
from ritornello.signals.success import COLUMNS, Outcomes
from ritornello.testing.in_memory import make
from ritornello.worlds import planted
from ritornello.worlds.planted import EFFECTS, SIGNALS, Planted, Size

FEATURE_OF = {
    "skip": "skipping", "scroll": "scrolling", "keep": "kept", "peak": "peak", "wait": "waiting",
    "leave": "leaving", "minutes": "minutes",
}  # fmt: skip
SHARE = 0.7
K = len(pooled.COLUMNS)
NONE, ALONE = np.zeros(K), np.full(K, 10.0)


class Read(NamedTuple):
    """A world as the system reads it; rows of ``labels`` and the truth are decisions by id."""

    outcomes: Outcomes
    declared: Outcomes
    labels: labelling.Labels
    satisfied: np.ndarray
    later: np.ndarray
    p_true: np.ndarray


def read(world: Planted) -> Read:
    """Run the tables over the world; join intents, answers and the truth by decision."""
    table = make(world.relations, ["outcomes"])["outcomes"]
    columns = {name: values for name, values in table.items() if name in COLUMNS}
    bare = Outcomes.of(columns)
    number_of, first = bare.decisions()
    ids = bare.column("decision_id")[first]
    truth = world.truth
    order = np.argsort(truth.decision_id.astype(str))
    if not np.array_equal(truth.decision_id[order].astype(str), ids):
        raise AssertionError("the tables lost a decision")
    words = [number(word) for word in planted.INTENTS]
    of_visit = np.array(words)[truth.intent[order]]
    told = np.where(truth.declared[order], of_visit, number(UNKNOWN))
    made_at_us = bare.column("made_at_us")[first]
    one_hot = np.eye(len(INTENTS))
    return Read(
        Outcomes(bare.columns, one_hot[of_visit][number_of]),
        Outcomes(bare.columns, one_hot[told][number_of]),
        labelling.from_answers(ids, world.relations["answer"]),
        truth.satisfied[order].astype(float),
        made_at_us >= np.quantile(made_at_us, SHARE),
        truth.p_satisfied[order],
    )


def parts(outcomes: Outcomes, later: np.ndarray) -> tuple[Outcomes, Outcomes]:
    """Return the slots of earlier and of later decisions."""
    of_slot = later[outcomes.decisions()[0]]
    return outcomes.of_rows(np.flatnonzero(~of_slot)), outcomes.of_rows(np.flatnonzero(of_slot))


def one(size: Size, seed: int) -> dict[str, Any]:
    """Plant, read, train and hold against the truth."""
    world = planted.plant(size, np.random.default_rng(seed))
    seen = read(world)
    early, late = parts(seen.outcomes, seen.later)
    early_declared, late_declared = parts(seen.declared, seen.later)
    done = behaviour(early)
    plain = msgspec.structs.replace(
        seen.labels, y=seen.labels.y[~seen.later], weights=seen.labels.weights[~seen.later]
    )
    said = labelling.weighted(plain, done.features(norms_of(done)), done.listener_ids)
    y, first = seen.satisfied[seen.later], late.decisions()[1]
    rng = np.random.default_rng(seed)
    found, models = {}, {}
    for name, (train_on, try_on, tau) in {
        "pooled": (early, late, None),
        "pooled, no device": (early, late, "no device"),
        "pooled, intents from places": (early_declared, late_declared, None),
        "global": (early, late, (NONE, NONE)),
        "per intent": (early, late, (ALONE, NONE)),
    }.items():
        held = (models["pooled"].model.tau[0], NONE) if tau == "no device" else tau
        models[name] = pooled.train(train_on, said, rng=rng, tau=held)
        p = models[name].score(try_on).success[first]
        found[name] = (auc(p, y), log_loss(p, y))
    found["stream ≥ 30 s"] = streamed(early, late, said, y)
    found["the truth"] = (auc(seen.p_true[seen.later], y), log_loss(seen.p_true[seen.later], y))
    n_labels = models["pooled"].learned.n_labels
    return {
        "found": found,
        "n_labels": n_labels,
        "signs": signs(models["pooled"]),
        "n_visits": len(y) / (1 - SHARE),
    }


def streamed(
    early: Outcomes, late: Outcomes, said: labelling.Labels, y: np.ndarray
) -> tuple[float, float]:
    """Return AUC and log loss of 'something was streamed for 30 s'."""

    def rule(outcomes: Outcomes) -> np.ndarray:
        number_of, first = outcomes.decisions()
        most = np.zeros(len(first))
        np.maximum.at(most, number_of, np.nan_to_num(outcomes.column("ms_played")))
        return np.where(most >= 30_000, 0.75, 0.25)

    has = ~np.isnan(said.y)
    platt = fit_platt(rule(early)[has], said.y[has], said.weights[has])
    p = platt(rule(late))
    return auc(p, y), log_loss(p, y)


def signs(model: pooled.Pooled) -> dict[str, bool]:
    """Return, for every planted effect, whether the slope has its sign."""
    slopes = {(c.group, c.feature): c.slope for c in model.coefficients()}
    return {
        f"{intent}: {signal}": bool(np.sign(slopes[intent, FEATURE_OF[signal]]) == np.sign(effect))
        for intent, effects in EFFECTS.items()
        for signal, effect in zip(SIGNALS, effects, strict=True)
        if effect and (intent, FEATURE_OF[signal]) in slopes
    }


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Return mean and 95 % interval over seeds."""
    half = students_t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(values.mean() - half), float(values.mean() + half)


def summary(name: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Put the seeds of one size together, and print them."""
    of = {model: np.array([run["found"][model] for run in runs]) for model in runs[0]["found"]}
    all_signs = {
        key: float(np.mean([run["signs"][key] for run in runs])) for key in runs[0]["signs"]
    }
    missed = {key: round(float(1 - share), 2) for key, share in all_signs.items() if share < 1}
    n_labels = np.mean([run["n_labels"] for run in runs])
    n_visits = np.mean([run["n_visits"] for run in runs])
    print(
        f"\n{name}: {n_visits:,.0f} visits, {n_labels:,.0f} answers to learn from, {len(runs)} seeds"
    )
    print(
        f"  signs recovered {np.mean(list(all_signs.values())):.1%} of {len(all_signs)}; missed by {missed or 'none'}"
    )
    against = {}
    for model, values in of.items():
        line = f"  {model:28s} AUC {values[:, 0].mean():.4f}  log loss {values[:, 1].mean():.4f}"
        if model != "pooled":
            gap = (
                interval(of["pooled"][:, 0] - values[:, 0]),
                interval(of["pooled"][:, 1] - values[:, 1]),
            )
            against[model] = {"auc": gap[0], "log_loss": gap[1]}
            line += "   pooled − it: AUC {:+.4f} [{:+.4f}, {:+.4f}], log loss {:+.4f} [{:+.4f}, {:+.4f}]".format(
                *gap[0], *gap[1]
            )
        print(line)
    means = {model: values.mean(axis=0).tolist() for model, values in of.items()}
    return {"n_labels": n_labels, "signs": all_signs, "means": means, "against": against}


SIZES = {
    "few labels": Size(n_listeners=150, n_days=30),
    "one visit each": Size(n_listeners=9_000, n_days=3),
    "medium": Size(n_listeners=1_000),
    "large": Size(n_listeners=4_000),
}


def main() -> None:
    """Run every size over the seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--sizes", nargs="*", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    machine = facts(args.on)
    print(sentence(machine))
    results = {
        name: summary(name, [one(SIZES[name], seed) for seed in range(args.seeds)])
        for name in args.sizes
    }
    if args.json:
        print(json.dumps({"machine": machine, **results}))


if __name__ == "__main__":
    main()
