"""Visits whose intent, satisfaction and effects of every signal are known: what a reading must recover.

Each listener comes again and again until the time is over. A visit has one intent, drawn from the shares in
``HABITS``, and with it an hour, a device, a place it starts from and a way to behave; one list of
``N_SLOTS`` slots is shown. What they do is drawn first; how well it served them follows from it:

logit p_satisfied = level[intent] + u_listener + Σ_signal (EFFECTS + DEVICE_EFFECTS) · signal

- ``skip``: (share of the plays skipped − the listener's own norm) / 0.25; 0 where nothing was played
- ``scroll``: (slots in view and passed over) / 4
- ``keep``: 1 where something was saved or added to a playlist
- ``peak``: 1 where one track was played again at once
- ``wait``: ln(seconds to the first play / 15) / 1.2, between −2 and 2; 2 where nothing was played
- ``leave``: 1 where they went on from what they had played to other content
- ``minutes``: (ln(1 + minutes played) − the listener's own norm) / 0.8

u ~ N(0, 0.5²), own norms ~ N(0, 0.8²) in logits of skipping. Satisfied listeners come back sooner: days until the next
visit ~ Exponential(own mean · exp(∓0.7)). Some answer "satisfied?" more often than others, and those are more easily
satisfied; an answer is wrong with ``p_wrong``. A share of the playlists declares its intent, a few visits state it.
Nothing here is shared with any model.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import expit

from ritornello.worlds.planted_rows import BEGAN_US, DAY_US, Acted, relations_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Relations = dict[str, dict[str, npt.NDArray[Any]]]


class Habit(NamedTuple):
    """How a visit with one intent goes.

    ``share`` of all visits; local ``hour`` and its spread; ``devices`` and ``places`` (kinds of context) with their
    weights; ``n_plays`` and ``n_beyond`` are means of slots played and seen beyond the first screen; ``skip`` is the logit
    of skipping a play for a listener of the middle; ``wait_s`` the median wait; the rest are probabilities.
    """

    share: float
    hour: float
    spread_h: float
    devices: Mapping[str, float]
    places: Mapping[str, float]
    n_plays: float
    n_beyond: float
    skip: float
    wait_s: float
    p_keep: float
    p_again: float
    p_leave: float
    p_shuffle: float
    level: float


HABITS: Mapping[str, Habit] = {
    "sleep": Habit(
        0.10, 22.8, 0.9, {"speaker": 0.45, "mobile": 0.55}, {"playlist": 0.7, "radio": 0.2, "album": 0.1},
        7.0, 0.4, -2.6, 12.0, 0.02, 0.02, 0.25, 0.1, 0.2),
    "focus": Habit(
        0.14, 10.5, 2.2, {"desktop": 0.6, "web": 0.2, "mobile": 0.2}, {"playlist": 0.7, "album": 0.2, "radio": 0.1},
        7.5, 2.5, -1.9, 15.0, 0.10, 0.15, 0.3, 0.3, 0.3),
    "workout": Habit(
        0.09, 18.0, 1.5, {"wearable": 0.45, "mobile": 0.55}, {"playlist": 0.8, "library": 0.2},
        8.0, 4.0, -0.6, 10.0, 0.15, 0.3, 0.25, 0.6, 0.1),
    "party": Habit(
        0.08, 21.0, 1.4, {"speaker": 0.5, "mobile": 0.3, "tv": 0.2}, {"playlist": 0.7, "search": 0.3},
        8.5, 5.0, 0.1, 12.0, 0.35, 0.35, 0.4, 0.5, -0.3),
    "commute": Habit(
        0.16, 8.0, 0.8, {"mobile": 0.6, "car": 0.4}, {"playlist": 0.5, "radio": 0.3, "library": 0.2},
        5.5, 3.0, -1.0, 12.0, 0.15, 0.15, 0.3, 0.4, 0.3),
    "discover": Habit(
        0.12, 20.0, 2.5, {"mobile": 0.5, "desktop": 0.5}, {"shelf": 0.5, "playlist": 0.5},
        4.5, 4.0, 0.3, 25.0, 0.35, 0.3, 0.4, 0.1, -0.3),
    "background": Habit(
        0.13, 15.0, 2.5, {"speaker": 0.5, "desktop": 0.3, "tv": 0.2}, {"radio": 0.6, "playlist": 0.4},
        8.0, 0.5, -2.2, 15.0, 0.04, 0.05, 0.25, 0.5, 0.3),
    "known_item": Habit(
        0.12, 18.5, 3.0, {"mobile": 0.6, "desktop": 0.3, "speaker": 0.1}, {"search": 0.85, "library": 0.15},
        2.0, 1.5, -1.2, 10.0, 0.15, 0.3, 0.4, 0.05, 0.4),
    "browse": Habit(
        0.08, 21.0, 2.5, {"mobile": 0.6, "desktop": 0.3, "tv": 0.1}, {"shelf": 0.8, "search": 0.2},
        2.2, 5.0, -0.2, 40.0, 0.25, 0.2, 0.4, 0.1, 0.0),
}  # fmt: skip
INTENTS = tuple(HABITS)
SIGNALS = ("skip", "scroll", "keep", "peak", "wait", "leave", "minutes")
DEVICES = ("mobile", "desktop", "web", "speaker", "car", "tv", "wearable")

EFFECTS: Mapping[str, tuple[float, ...]] = {
    #               skip  scroll keep peak  wait leave minutes
    "sleep":      (-1.2, 0.0, 0.0, 0.0, -0.5, -1.6, 0.6),
    "focus":      (-1.1, -0.6, 0.0, 0.0, -0.5, -1.2, 0.7),
    "workout":    (-0.7, -0.7, 0.0, 1.2, -0.7, -1.0, 0.6),
    "party":      (0.9, 0.8, 1.2, 1.0, -0.6, 0.0, 0.5),
    "commute":    (-0.7, -0.8, 0.9, 0.0, -0.8, -1.0, 0.0),
    "discover":   (0.7, 0.7, 1.6, 1.2, 0.0, 0.0, 0.0),
    "background": (-1.0, 0.0, 0.0, 0.0, 0.0, -1.2, 0.8),
    "known_item": (-0.9, -1.0, 0.0, 1.0, -1.2, -1.2, 0.0),
    "browse":     (0.0, 1.4, 1.3, 1.0, 0.0, 1.0, 0.0),
}  # fmt: skip
DEVICE_EFFECTS: Mapping[str, tuple[float, ...]] = {
    "mobile":   (0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0),
    "desktop":  (0.0, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0),
    "web":      (0.0, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0),
    "speaker":  (-0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "car":      (-0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "tv":       (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "wearable": (0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
}  # fmt: skip
FIRST_SCREEN = {"mobile": 3, "desktop": 6, "web": 6, "speaker": 0, "car": 2, "tv": 4, "wearable": 2}
ZONES = {"UTC": 0, "Asia/Tokyo": 9, "America/Phoenix": -7}
N_SLOTS = 12
LEAST_GAP_US = 2 * 3_600_000_000


class Size(msgspec.Struct, frozen=True):
    """How large the world is, how noisy its labels are, how much is declared and stated."""

    n_listeners: int = 400
    n_days: int = 60
    n_items: int = 2_000
    p_wrong: float = 0.10
    answers: float = -1.0
    p_declared: float = 0.5
    p_stated: float = 0.05


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What only tests and benchmarks read; rows are visits in order of time, as ``decision_id`` names them.

    ``intent`` and ``device`` are indices into ``INTENTS`` and ``DEVICES``; ``signals`` (n, signals) as the effects
    take them; ``answer`` is 1, 0, or −1 where nobody answered, ``wrong`` where it says the opposite of ``satisfied``;
    ``absence_days`` the days from the end of this visit to the next, whether the data still show it or not.
    """

    decision_id: npt.NDArray[Any]
    visit_id: npt.NDArray[Any]
    listener: IntArray
    intent: IntArray
    device: IntArray
    started_us: IntArray
    ended_us: IntArray
    signals: FloatArray
    p_satisfied: FloatArray
    satisfied: BoolArray
    answer: IntArray
    wrong: BoolArray
    declared: BoolArray
    absence_days: FloatArray

    def effects(self) -> FloatArray:
        """Return the effect of each signal within each intent over its own mix of devices, (intents, signals)."""
        of_device = np.array(list(DEVICE_EFFECTS.values()))[self.device]
        n = np.bincount(self.intent, minlength=len(INTENTS))[:, None]
        total = np.zeros((len(INTENTS), len(SIGNALS)))
        np.add.at(total, self.intent, of_device)
        return np.array(list(EFFECTS.values())) + total / np.maximum(n, 1)


class Planted(msgspec.Struct, frozen=True):
    """The flat relations of ``signals.inputs`` as numpy columns by name, and the truth behind them.

    Numbers that may be missing are float64 with nan, texts that may be missing are objects with ``None``.
    """

    relations: Relations
    truth: Truth


class _People(NamedTuple):
    u: FloatArray
    skip_norm: FloatArray
    minutes_norm: FloatArray
    mean_absence_days: FloatArray
    answers: FloatArray
    intent_share: FloatArray
    zone: IntArray


class _Visits(NamedTuple):
    """One round of visits, a row a visit; what was done, and what followed from it."""

    listener: IntArray
    intent: IntArray
    acted: Acted
    signals: FloatArray
    p_satisfied: FloatArray
    satisfied: BoolArray
    absence_days: FloatArray


def plant(size: Size, rng: np.random.Generator) -> Planted:
    """Make a world of visits and the truth behind them.

    Examples
    --------
    >>> world = plant(Size(n_listeners=5, n_days=7), np.random.default_rng(3))
    >>> sorted(world.relations)[:4]
    ['act', 'answer', 'arm', 'clock']
    >>> bool(((world.truth.p_satisfied > 0) & (world.truth.p_satisfied < 1)).all())
    True
    """
    people = _people(size.n_listeners, rng)
    until_us = BEGAN_US + size.n_days * DAY_US
    free_us = BEGAN_US + (rng.exponential(people.mean_absence_days) * DAY_US).astype(np.int64)
    rounds: list[_Visits] = []
    while not rounds or len(rounds[-1].listener):
        here = np.flatnonzero(free_us < until_us)
        visits = _round(here, free_us[here], people, size, rng)
        rounds.append(visits)
        gap_us = (visits.absence_days * DAY_US).astype(np.int64)
        free_us[here] = visits.acted.ended_us + gap_us
    return _put_together(rounds, people, size, rng)


def _people(n: int, rng: np.random.Generator) -> _People:
    """Draw listeners: those who are more easily satisfied also answer more often."""
    u = rng.normal(0, 0.5, n)
    shares = np.array([habit.share for habit in HABITS.values()])
    return _People(
        u=u,
        skip_norm=rng.normal(0, 0.8, n),
        minutes_norm=rng.normal(0, 0.3, n),
        mean_absence_days=np.exp(rng.normal(np.log(5), 0.5, n)),
        answers=rng.normal(0, 1, n) + u,
        intent_share=rng.dirichlet(shares * 25, n),
        zone=rng.integers(0, len(ZONES), n),
    )


def _round(
    who: IntArray, free_us: IntArray, people: _People, size: Size, rng: np.random.Generator
) -> _Visits:
    """Let each listener of ``who`` pay one visit, not before they are free."""
    intent = _pick(people.intent_share[who], rng)
    device = _pick(_weights("devices", DEVICES)[intent], rng)
    acted = _act(who, intent, device, people, size=size, rng=rng)
    acted = acted.shifted(_next_hour(free_us, intent, people.zone[who], rng))
    signals = _signals(acted, people, who)
    effects = np.array(list(EFFECTS.values()))[intent]
    of_device = np.array(list(DEVICE_EFFECTS.values()))[device]
    level = _column("level")[intent] + people.u[who]
    p = expit(level + ((effects + of_device) * signals).sum(axis=1))
    satisfied = rng.random(len(who)) < p
    mean_days = people.mean_absence_days[who] * np.exp(np.where(satisfied, -0.7, 0.7))
    absence = LEAST_GAP_US / DAY_US + rng.exponential(mean_days)
    return _Visits(who, intent, acted, signals, p, satisfied, absence)


def _act(
    who: IntArray, intent: IntArray, device: IntArray, people: _People,
    *, size: Size, rng: np.random.Generator,
) -> Acted:  # fmt: skip
    """Draw what is done in a visit that begins at time 0; rows are visits, columns slots."""
    n, slot = len(who), np.arange(N_SLOTS)
    screen = np.array(list(FIRST_SCREEN.values()))[device]
    beyond = np.where(screen > 0, rng.poisson(_column("n_beyond")[intent]), 0)
    n_seen = np.minimum(screen + beyond, N_SLOTS)
    spread = rng.gamma(4, 0.25, n) * np.exp(people.minutes_norm[who])
    n_plays = rng.poisson(_column("n_plays")[intent] * spread).clip(max=N_SLOTS)
    n_plays = np.where(screen == 0, np.maximum(n_plays, 1), n_plays)
    picks = np.isin(intent, [INTENTS.index(word) for word in ("discover", "known_item", "browse")])
    among = np.where(picks, np.maximum(n_seen, 1), N_SLOTS)
    n_plays = np.minimum(n_plays, among)
    chance = np.where(slot < among[:, None], rng.random((n, N_SLOTS)), 2.0)
    order = np.where(picks[:, None], chance, slot).argsort(axis=1).argsort(axis=1)
    played = order < n_plays[:, None]
    mood = rng.normal(0, 0.7, n)
    p_skip = expit(_column("skip")[intent] + people.skip_norm[who] + mood)
    skipped = played & (rng.random((n, N_SLOTS)) < p_skip[:, None])
    heard = played & ~skipped
    keeps = rng.random(n) < _column("p_keep")[intent]
    again = rng.random(n) < _column("p_again")[intent]
    places = tuple(dict.fromkeys(place for habit in HABITS.values() for place in habit.places))
    return Acted.drawn(
        device=np.array(DEVICES, dtype=object)[device],
        place=np.array(places, dtype=object)[_pick(_weights("places", places)[intent], rng)],
        list_of=np.where(rng.random(n) < size.p_declared, intent, -1),
        n_seen=n_seen,
        played=played,
        skipped=skipped,
        kept=_one_of(heard, keeps, rng),
        again=_one_of(heard, again, rng),
        wait_s=_column("wait_s")[intent] * np.exp(rng.normal(0, 0.9, n)),
        leaves=(rng.random(n) < _column("p_leave")[intent]) & played.any(axis=1),
        shuffle=rng.random(n) < _column("p_shuffle")[intent],
        n_items=size.n_items,
        rng=rng,
    )


def _signals(acted: Acted, people: _People, who: IntArray) -> FloatArray:
    """Return the signals as the effects take them, (n, signals)."""
    n_plays = acted.played.sum(axis=1)
    norm = expit(people.skip_norm[who] - 1.0)
    share = acted.skipped.sum(axis=1) / np.maximum(n_plays, 1)
    wait = np.log(acted.wait_s / 15) / 1.2
    minutes = np.log1p(acted.ms_on_list().sum(axis=1) / 60_000)
    columns = {
        "skip": np.where(n_plays > 0, (share - norm) / 0.25, 0.0),
        "scroll": acted.passed_over().sum(axis=1) / 4,
        "keep": acted.kept.any(axis=1),
        "peak": acted.again.any(axis=1),
        "wait": np.where(n_plays > 0, wait.clip(-2, 2), 2.0),
        "leave": acted.leaves,
        "minutes": (minutes - 2.5 - people.minutes_norm[who]) / 0.8,
    }
    return np.column_stack([columns[name] for name in SIGNALS]).astype(np.float64)


def _next_hour(
    free_us: IntArray, intent: IntArray, zone: IntArray, rng: np.random.Generator
) -> IntArray:
    """Return the first instant from ``free_us`` on at which it is the intent's hour where they are."""
    hour = rng.normal(_column("hour")[intent], _column("spread_h")[intent])
    offset_h = np.array(list(ZONES.values()))[zone]
    of_day_us = (np.mod(hour - offset_h, 24) * 3_600_000_000).astype(np.int64)
    wait_us = np.mod(of_day_us - (free_us - BEGAN_US), DAY_US)
    return np.asarray(free_us + wait_us, dtype=np.int64)


def _put_together(
    rounds: list[_Visits], people: _People, size: Size, rng: np.random.Generator
) -> Planted:
    """Join the rounds, cut what began after the end, let some answer, and make rows of it."""
    joined = _Visits(*(_joined([getattr(v, name) for v in rounds]) for name in _Visits._fields))
    began = joined.acted.began_us()
    keep = np.flatnonzero(began < BEGAN_US + size.n_days * DAY_US)
    keep = keep[np.argsort(began[keep], kind="stable")]
    who, acted = joined.listener[keep], joined.acted.of(keep)
    satisfied, n = joined.satisfied[keep], len(keep)
    asks = people.answers[who] + 0.6 * acted.kept.any(axis=1) - 0.8 * (acted.device == "speaker")
    answered = rng.random(n) < expit(size.answers + asks)
    wrong = answered & (rng.random(n) < size.p_wrong)
    answer = np.where(answered, satisfied ^ wrong, -1).astype(np.int64)
    stated = np.where(rng.random(n) < size.p_stated, joined.intent[keep], -1)
    relations = relations_of(
        acted, who, people.zone[who], answer, stated, intents=INTENTS, zones=ZONES, n_items=size.n_items
    )  # fmt: skip
    return Planted(
        relations,
        Truth(
            decision_id=acted.decision_id(),
            visit_id=acted.visit_id(who),
            listener=who,
            intent=joined.intent[keep],
            device=np.array([DEVICES.index(name) for name in acted.device], dtype=np.int64),
            started_us=acted.began_us(),
            ended_us=acted.ended_us,
            signals=joined.signals[keep],
            p_satisfied=joined.p_satisfied[keep],
            satisfied=satisfied,
            answer=answer,
            wrong=wrong,
            declared=(acted.list_of >= 0) & (acted.place == "playlist"),
            absence_days=joined.absence_days[keep],
        ),
    )


def _joined(parts: list[Any]) -> Any:
    return Acted.joined(parts) if isinstance(parts[0], Acted) else np.concatenate(parts)


def _column(name: str) -> FloatArray:
    """Return one figure of every habit, in the order of ``INTENTS``."""
    return np.array([getattr(habit, name) for habit in HABITS.values()], dtype=np.float64)


def _weights(name: str, words: tuple[str, ...]) -> FloatArray:
    """Return (intents, words) weights of devices or places."""
    return np.array([[getattr(h, name).get(word, 0.0) for word in words] for h in HABITS.values()])


def _pick(weights: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw a column for each row of weights."""
    upto = np.cumsum(weights, axis=1)
    drawn = rng.random((len(upto), 1)) * upto[:, -1:]
    return np.asarray((upto > drawn).argmax(axis=1), dtype=np.int64)


def _one_of(open_: BoolArray, does: BoolArray, rng: np.random.Generator) -> BoolArray:
    """Mark one random open slot in each row that does, none where no slot is open."""
    best = np.where(open_, rng.random(open_.shape), -1.0).argmax(axis=1)
    marked = np.zeros(open_.shape, dtype=np.bool_)
    marked[np.arange(len(open_)), best] = True
    return np.asarray(marked & open_ & does[:, None])
