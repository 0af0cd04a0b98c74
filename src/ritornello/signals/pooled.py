"""Success as listeners' own labels teach it: one logit whose slopes differ by intent and device.

A decision's success is the calibrated probability that its listener would say "satisfied" (or comes back in time),
given what was done (``behaviour``), for which intent and on which device; every slot of the decision gets it. The
slopes of an intent with few labels are shrunk to those of all (``multilevel``).
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ritornello.kinds.errors import ArtefactUnusable, BadValue
from ritornello.kinds.events import Device
from ritornello.measures.calibration import Platt, Reliability, fit_platt, reliability
from ritornello.measures.discrimination import auc, log_loss
from ritornello.signals.behaviour import FEATURES, NEEDS, Behaviour, Norms, behaviour, norms_of
from ritornello.signals.intents import INTENTS
from ritornello.signals.labels import Labels
from ritornello.signals.multilevel import Grouped, Multilevel, fit
from ritornello.signals.success import Facts, FloatArray, NumberArray, Outcomes, Scored

NAME = "pooled"
DEVICES: tuple[str, ...] = get_args(Device)
COLUMNS = ("level", *FEATURES)
INTENT, DEVICE = 0, 1
N_FOLDS, N_PASSES = 5, 5
LEAST_SHARE, SETTLED = 0.01, 0.02
Z_95 = 1.959963984540054

Tau = Sequence[FloatArray]


class Learned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a training rested on, and how well it did on folds of listeners it had not seen."""

    trained_on: str
    trained_until_us: int
    n_labels: int
    effective_n: float
    n_by_intent: dict[str, float]
    n_by_device: dict[str, float]
    auc: float
    log_loss: float
    platt: Platt
    curve: Reliability


class Coefficient(msgspec.Struct, frozen=True):
    """How much one deviation more of a feature adds to the log-odds of success, with its 95 % interval.

    ``n`` labels speak of the ``group``; ``own`` is the part of the slope that is not everybody's.
    """

    group: str
    feature: str
    slope: float
    low: float
    high: float
    own: float
    n: float


class Pooled(msgspec.Struct, frozen=True, dict=True):
    """A trained model as a success function.

    ``centre`` and ``spread`` (k,) put features on one scale; ``norms`` name listeners, so that a file of this leaves
    with any of them (``success_names.forget``).
    """

    model: Multilevel
    norms: Norms
    centre: FloatArray
    spread: FloatArray
    learned: Learned

    @cached_property
    def facts(self) -> Facts:
        """The version is a hash of every number in it."""
        arrays, facts = self.packed()
        digest = hashlib.sha256(msgspec.json.encode(facts, order="deterministic"))
        for name in sorted(arrays):
            digest.update(arrays[name].tobytes())
        return Facts(
            version=f"{NAME}@{digest.hexdigest()[:16]}",
            needs=NEEDS,
            trained_on=(self.learned.trained_on,),
            trained_until_us=self.learned.trained_until_us,
        )

    def score(self, outcomes: Outcomes) -> Scored:
        """Return Σ_j p_j P(satisfied | behaviour, intent j, device) of each slot's decision.

        Right for decisions like those that were labelled; a decision of which nothing was seen or played is not known.
        """
        done = behaviour(outcomes)
        design = self._design(done)
        p = self._expected(design, *_groups(outcomes, done))
        return Scored.of(self.learned.platt(p)[done.number_of], done.known[done.number_of])

    def coefficients(self, grouping: int = INTENT) -> list[Coefficient]:
        """Return the slope of every feature by intent or device, for groups that have labels; ``all`` first."""
        words = (INTENTS, DEVICES)[grouping]
        slopes, errors = self.model.slopes(grouping)
        own = self.model.deviations[grouping]
        all_errors = np.sqrt(np.diag(self.model.covariance)[: len(COLUMNS)])
        counts = (self.learned.n_by_intent, self.learned.n_by_device)[grouping]
        n_labels = float(self.learned.n_labels)
        rows = [("all", self.model.beta, all_errors, np.zeros(len(COLUMNS)), n_labels)]
        rows += [
            (word, slopes[g], errors[g], own[g], counts[word])
            for g, word in enumerate(words)
            if counts.get(word, 0) > 0
        ]
        return [
            Coefficient(word, feature, b, b - Z_95 * e, b + Z_95 * e, o, n)
            for word, slope, error, deviation, n in rows
            for feature, b, e, o in zip(
                COLUMNS, slope.tolist(), error.tolist(), deviation.tolist(), strict=True
            )
        ]

    def packed(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Return the arrays and facts of an artefact; nothing in it can execute."""
        ids = "\n".join(self.norms.listeners.tolist()).encode()
        arrays: dict[str, NDArray[Any]] = {
            "beta": self.model.beta,
            "covariance": self.model.covariance,
            "norm_mean": self.norms.mean,
            "norm_deviation": self.norms.deviation,
            "centre": self.centre,
            "spread": self.spread,
            "listeners": np.frombuffer(ids, dtype=np.uint8),
        }
        for name, b, tau in zip(("intent", "device"), self.model.deviations, self.model.tau, strict=True):  # fmt: skip
            arrays |= {f"by_{name}": b, f"tau_{name}": tau}
        words = {"columns": COLUMNS, "intents": INTENTS, "devices": DEVICES}
        return arrays, {**words, "learned": msgspec.to_builtins(self.learned)}

    def _design(self, done: Behaviour) -> FloatArray:
        """Return the columns of the model, (n, 1 + features): ones, then features on one scale."""
        z = (done.features(self.norms) - self.centre) / self.spread
        return np.column_stack([np.ones(len(z)), z])

    def _expected(
        self, design: FloatArray, p_intent: FloatArray, device: NumberArray
    ) -> FloatArray:
        return np.asarray((p_intent * _by_intent(self.model, design, device)).sum(axis=1))


def train(
    outcomes: Outcomes, labels: Labels, *, rng: np.random.Generator, tau: Tau | None = None
) -> Pooled:
    """Train on the labelled decisions of some outcomes; norms are learned from all of them.

    Intents may be uncertain: each labelled decision counts for every intent by how likely it is given the label too
    (EM for a mixture of logits whose weights are given). Calibration is Platt's, on folds of listeners held out.

    Parameters
    ----------
    labels : one a decision, in the order of ``outcomes.decisions()``.
    tau : held instead of learned, one (1 + features,) array for intents and one for devices; 0 shares everything.

    Raises
    ------
    BadValue : labels of another number of decisions, fewer than 20 of a kind, or all alike.
    """
    done = behaviour(outcomes)
    if len(labels.y) != len(done.first):
        raise BadValue(f"{len(labels.y)} labels do not fit {len(done.first)} decisions")
    rows = np.flatnonzero(~np.isnan(labels.y) & done.known)
    n_satisfied = int(labels.y[rows].sum())
    if min(n_satisfied, len(rows) - n_satisfied) < 20:
        raise BadValue(
            f"{labels.name}: {n_satisfied} labels of success and {len(rows) - n_satisfied} of failure are too few; "
            "training needs 20 of each"
        )
    norms = norms_of(done)
    x = done.features(norms)[rows]
    centre, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    design = np.column_stack([np.ones(len(x)), (x - centre) / spread])
    p_intent, device = _groups(outcomes, done)
    said = _Said(design, labels.y[rows], labels.weights[rows], p_intent[rows], device[rows])
    model = _fit(said, tau)
    held_out = _held_out(said, done.listener_ids[rows], model, rng)
    platt = fit_platt(held_out, said.y, said.weights)
    honest = platt(held_out)
    learned = Learned(
        trained_on=labels.name,
        trained_until_us=max(labels.until_us, outcomes.latest_us()),
        n_labels=len(rows),
        effective_n=labels.effective_n,
        n_by_intent=dict(zip(INTENTS, said.p_intent.sum(axis=0).tolist(), strict=True)),
        n_by_device={word: float((said.device == i).sum()) for i, word in enumerate(DEVICES)},
        auc=auc(honest, said.y, said.weights),
        log_loss=log_loss(honest, said.y, said.weights),
        platt=platt,
        curve=reliability(honest, said.y, said.weights),
    )
    return Pooled(model, norms, centre, spread, learned)


def unpack(arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> Pooled:
    """Return what :meth:`Pooled.packed` gave.

    Raises
    ------
    ArtefactUnusable : it was made for other words or features, or lacks something.
    """
    words = {"columns": COLUMNS, "intents": INTENTS, "devices": DEVICES}
    for name, known in words.items():
        if tuple(facts.get(name, ())) != known:
            raise ArtefactUnusable(f"a pooled success function knows other {name}; train it again")
    try:
        learned = msgspec.convert(facts["learned"], Learned)
        text = arrays["listeners"].tobytes().decode()
        listeners = np.array(text.split("\n") if text else [], dtype=np.str_)
        return Pooled(
            Multilevel(
                arrays["beta"],
                (arrays["by_intent"], arrays["by_device"]),
                (arrays["tau_intent"], arrays["tau_device"]),
                arrays["covariance"],
            ),
            Norms(listeners, arrays["norm_mean"], arrays["norm_deviation"]),
            arrays["centre"],
            arrays["spread"],
            learned,
        )
    except (KeyError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ArtefactUnusable(
            f"a pooled success function lacks {error}; train it again"
        ) from error


class _Said(msgspec.Struct, frozen=True):
    """Labelled decisions: design (n, k), labels, weights, shares of intents (n, n_intents), device."""

    design: FloatArray
    y: FloatArray
    weights: FloatArray
    p_intent: FloatArray
    device: NumberArray

    def of(self, rows: NDArray[Any]) -> "_Said":
        return _Said(*(getattr(self, name)[rows] for name in self.__struct_fields__))


def _fit(said: _Said, tau: Tau | None, start: Multilevel | None = None) -> Multilevel:
    """Fit with every decision shared among its intents, and the shares made better by what was said.

    Where τ is learned, it is learned from the first shares and again from the last.
    """
    model = fit(_shared(said, said.p_intent), tau, start)
    share, held = said.p_intent, tau if tau is not None else model.tau
    for _ in range(N_PASSES):
        p = _by_intent(model, said.design, said.device)
        joint = said.p_intent * np.where(said.y[:, None] == 1, p, 1 - p)
        better = joint / joint.sum(axis=1, keepdims=True)
        moved, share = float(np.abs(better - share).max(initial=0.0)), better
        if moved < SETTLED:
            break
        model = fit(_shared(said, share), held, model)
    if np.allclose(share, said.p_intent, rtol=0, atol=SETTLED):
        return model
    return fit(_shared(said, share), tau, model)


def _shared(said: _Said, share: FloatArray) -> Grouped:
    """Return a row for every decision and intent it may be for, weighed by its share."""
    row, intent = np.nonzero(share > LEAST_SHARE)
    groups = np.column_stack([intent, said.device[row]])
    weights = said.weights[row] * share[row, intent]
    return Grouped(said.design[row], said.y[row], weights, groups, (len(INTENTS), len(DEVICES)))


def _held_out(
    said: _Said, listener_ids: NDArray[np.str_], model: Multilevel, rng: np.random.Generator
) -> FloatArray:
    """Return each labelled decision's probability from a model that saw none of its listener's labels; τ is held."""
    _, who = np.unique(listener_ids, return_inverse=True)
    fold_of = rng.permutation(int(who.max()) + 1)[who] % N_FOLDS
    p = np.full(len(who), float(np.average(said.y, weights=said.weights)))
    for fold in range(N_FOLDS):
        out, rest = fold_of == fold, said.of(fold_of != fold)
        if out.any() and len(set(rest.y.tolist())) == 2:
            fitted = _fit(rest, model.tau, model)
            shares = _by_intent(fitted, said.design[out], said.device[out])
            p[out] = (said.p_intent[out] * shares).sum(axis=1)
    return p


def _by_intent(model: Multilevel, design: FloatArray, device: NumberArray) -> FloatArray:
    """Return P(satisfied) under every intent, (n, n_intents)."""
    shared = (design * (model.beta + model.deviations[DEVICE][device])).sum(axis=1)
    return np.asarray(expit(shared[:, None] + design @ model.deviations[INTENT].T))


def _groups(outcomes: Outcomes, done: Behaviour) -> tuple[FloatArray, NumberArray]:
    """Return the shares of intents and the device of each decision; a device nobody defined is ``unknown``."""
    words = outcomes.column("device")[done.first]
    device = np.full(len(words), DEVICES.index("unknown"))
    for number, word in enumerate(DEVICES):
        device[words == word] = number
    return outcomes.p_intent[done.first], device
