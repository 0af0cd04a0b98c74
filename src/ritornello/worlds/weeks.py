"""What simulated people play in some weeks, as columns: visits, choices, skips, repeats.

A visit falls on an hour the listener likes and has one genre of theirs that suits it; its plays are
drawn from that genre by popularity and chosen by taste and energy, or repeated from the listener's
own past, the recent more often (Anderson, Kumar, Tomkins & Vassilvitskii, WWW 2014). Whatever is
heard and not liked is skipped the earlier, the less it is liked.
"""

from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import logit

from ritornello.kinds.times import from_us, to_us, zone
from ritornello.worlds.people import DEVICES, PEAKS, People
from ritornello.worlds.sounds import GENRES, FloatArray, IntArray, Sounds

BoolArray = npt.NDArray[np.bool_]

HOUR_US = 3_600_000_000
PAUSE_US = 1_000_000
TALK_SATISFIES = 0.9
N_TRIED = 16
N_REMEMBERED = 4
KNOWN_AT_HALF = 12
WEEKDAY_WEIGHTS = np.array([1.0, 0.95, 0.95, 1.0, 1.2, 1.15, 0.9])


class Visits(msgspec.Struct, frozen=True, kw_only=True):
    """Visits by listener, then time; ``show`` is the row of the show followed, −1 for music."""

    listener: IntArray
    started_us: IntArray
    peak: IntArray
    device: IntArray
    show: IntArray
    n_plays: IntArray


class Plays(msgspec.Struct, frozen=True, kw_only=True):
    """Plays by listener, then time; ``row`` is a track's, or an episode's where ``show`` ≥ 0.

    ``first`` marks the first play of a visit, ``after_skip`` one that follows a skip.
    """

    listener: IntArray
    started_us: IntArray
    ms_played: IntArray
    row: IntArray
    show: IntArray
    device: IntArray
    skipped: BoolArray
    stopped: BoolArray
    failed: BoolArray
    first: BoolArray
    after_skip: BoolArray


def live(
    people: People,
    sounds: Sounds,
    satisfied: FloatArray,
    *,
    n_weeks: int,
    now: datetime,
    rng: np.random.Generator,
) -> Plays:
    """Play through the weeks before ``now``.

    Parameters
    ----------
    satisfied : true satisfaction, (n_listeners, n_tracks) in (0, 1).
    n_weeks : length of the history; nothing ends after ``now``.
    """
    visits = _visits(people, now - timedelta(weeks=n_weeks), now, rng)
    visit = np.repeat(np.arange(len(visits.listener)), visits.n_plays)
    listener, show = visits.listener[visit], visits.show[visit]
    liking = logit(satisfied)
    row = _new_tracks(people, sounds, liking, visits, rng=rng)
    p_repeat = np.where(show < 0, people.p_repeat[listener], 0.0)
    row = _with_repeats(row, listener, p_repeat, liking, rng=rng)
    talks = show >= 0
    row[talks] = _episodes(sounds, listener[talks], show[talks], visits.started_us[visit[talks]])
    feels = np.full(len(row), TALK_SATISFIES)
    feels[~talks] = satisfied[listener[~talks], row[~talks]]
    duration_ms = np.empty(len(row), np.int64)
    duration_ms[talks] = sounds.episode_duration_ms[show[talks], row[talks]]
    duration_ms[~talks] = sounds.duration_ms[row[~talks]]
    plays = _played(visits, visit, row, feels, duration_ms, rng=rng)
    return _keep(plays, _undisturbed(plays, visit, to_us(now)))


def _played(
    visits: Visits,
    visit: IntArray,
    row: IntArray,
    feels: FloatArray,
    duration_ms: IntArray,
    *,
    rng: np.random.Generator,
) -> Plays:
    """Let everything chosen be heard: how far, why it ended, and when the next one began."""
    first = np.diff(visit, prepend=-1) > 0
    last = np.diff(visit, append=-1) != 0
    skipped = rng.random(len(row)) < 0.04 + 0.8 * (1 - feels) ** 1.2
    failed = ~skipped & (rng.random(len(row)) < 0.002)
    stopped = ~skipped & ~failed & last & (rng.random(len(row)) < 0.15)
    share = np.where(skipped, rng.beta(1, 4, len(row)), rng.uniform(0.97, 1, len(row)))
    share = np.where(failed | stopped, rng.uniform(0.05, 0.9, len(row)), share)
    ms_played = np.maximum(duration_ms * share, 500).astype(np.int64)
    return Plays(
        listener=visits.listener[visit],
        started_us=visits.started_us[visit] + _running(ms_played * 1000 + PAUSE_US, first),
        ms_played=ms_played,
        row=row,
        show=visits.show[visit],
        device=visits.device[visit],
        skipped=skipped,
        stopped=stopped,
        failed=failed,
        first=first,
        after_skip=np.concatenate([[False], skipped[:-1]]) & ~first,
    )


def _visits(people: People, begin: datetime, now: datetime, rng: np.random.Generator) -> Visits:
    """Draw when everybody comes, on what, for how long, and whether for a show they follow."""
    n_days = (now - begin).days + 1
    n_visits = rng.poisson(people.visits_a_week * n_days / 7)
    listener = np.repeat(np.arange(len(n_visits)), n_visits)
    weekdays = [(begin + timedelta(days=day)).weekday() for day in range(n_days)]
    weight = WEEKDAY_WEIGHTS[weekdays]
    day = rng.choice(n_days, len(listener), p=weight / weight.sum())
    peak = _pick(people.peak_share[listener], rng)
    hour = rng.normal([p.hour for p in PEAKS], [p.spread_h for p in PEAKS], (len(listener), 4))
    zones = {name: now.astimezone(zone(name)) for name in set(people.time_zones)}
    ahead = {name: local.replace(tzinfo=UTC) - now for name, local in zones.items()}
    offset_h = np.array([ahead[name] / timedelta(hours=1) for name in people.time_zones])
    local_h = 24 * day + hour[np.arange(len(listener)), peak] - offset_h[listener]
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    started_us = to_us(midnight) + (local_h * HOUR_US).astype(np.int64)
    order = np.lexsort((started_us, listener))
    listener, started_us, peak = listener[order], started_us[order], peak[order]
    suits = np.array([[p.devices.get(name, 0.0) for name in DEVICES] for p in PEAKS])
    talks = rng.random(len(listener)) < people.p_show[listener]
    show = np.where(talks, _pick(people.follows[listener] + 1e-9, rng), -1)
    return Visits(
        listener=listener,
        started_us=started_us,
        peak=peak,
        device=_pick(suits[peak], rng),
        show=show,
        n_plays=np.where(talks, 1, np.minimum(rng.geometric(1 / 7.5, len(listener)), 40)),
    )


def _new_tracks(
    people: People,
    sounds: Sounds,
    liking: FloatArray,
    visits: Visits,
    *,
    rng: np.random.Generator,
) -> IntArray:
    """Choose each play's track among a few popular ones of the visit's genre, by taste and hour."""
    visit = np.repeat(np.arange(len(visits.listener)), visits.n_plays)
    wish = np.array([p.energy for p in PEAKS])[visits.peak]
    misfit = np.abs(np.array([g.energy for g in GENRES]) - wish[:, None])
    genre = _pick(people.genre_share[visits.listener] * np.exp(-3.0 * misfit), rng)[visit]
    tried = _popular_of_genre(sounds, genre, rng)
    score = liking[visits.listener[visit][:, None], tried]
    score = score - 3.0 * np.abs(sounds.energy[tried] - wish[visit][:, None])
    best = (score + rng.gumbel(size=score.shape)).argmax(axis=1)
    return np.asarray(tried[np.arange(len(visit)), best], dtype=np.int64)


def _with_repeats(
    row: IntArray, listener: IntArray, p_repeat: FloatArray, liking: FloatArray, *,
    rng: np.random.Generator,
) -> IntArray:  # fmt: skip
    """Replace some choices by the best liked of a few earlier ones, the recent remembered more."""
    row = row.copy()
    nth = _running(np.ones(len(row), np.int64), np.diff(listener, prepend=-1) > 0)
    repeats = (nth > 5) & (rng.random(len(row)) < p_repeat * nth / (nth + KNOWN_AT_HALF))
    reach = np.maximum(nth - 5, 0)[:, None] * rng.random((len(row), N_REMEMBERED)) ** 2.5
    remembered = np.arange(len(row))[:, None] - 5 - reach.astype(np.int64)
    chance = rng.gumbel(size=reach.shape)
    for turn in range(6, int(nth.max(initial=0)) + 1):
        now = np.flatnonzero(repeats & (nth == turn))
        known = row[remembered[now]]
        chosen = (liking[listener[now, None], known] + chance[now]).argmax(axis=1)
        row[now] = known[np.arange(len(now)), chosen]
    return row


def _popular_of_genre(sounds: Sounds, genre: IntArray, rng: np.random.Generator) -> IntArray:
    """Draw ``N_TRIED`` tracks of each given genre by popularity: (n, ``N_TRIED``) rows."""
    order = np.argsort(sounds.genre, kind="stable")
    within = np.zeros(len(order))
    for g in range(len(GENRES)):
        here = sounds.genre[order] == g
        total = sounds.weight[order][here].sum()
        within[here] = g + np.cumsum(sounds.weight[order][here]) / total if here.any() else g
    drawn = genre[:, None] + rng.random((len(genre), N_TRIED))
    found = np.searchsorted(within, drawn, side="right").clip(max=len(order) - 1)
    return np.asarray(order[found], dtype=np.int64)


def _episodes(sounds: Sounds, listener: IntArray, show: IntArray, started_us: IntArray) -> IntArray:
    """Return the next episode of its show for each talk visit; who is up to date hears the newest."""
    path = listener * len(sounds.topic) + show
    order = np.argsort(path, kind="stable")
    nth = np.empty(len(path), np.int64)
    nth[order] = _running(np.ones(len(path), np.int64), np.diff(path[order], prepend=-1) > 0)
    released_us = np.array([to_us(at) for at in sounds.episode_released_at])
    n_out = np.searchsorted(released_us, started_us, side="right")
    return np.asarray(np.minimum(len(released_us) // 2 + nth, np.maximum(n_out - 1, 0)))


def _undisturbed(plays: Plays, visit: IntArray, now_us: int) -> BoolArray:
    """Keep visits that end by now and begin after all earlier ones of the listener have ended."""
    begins = np.flatnonzero(np.diff(visit, prepend=-1))
    ends = np.append(begins[1:], len(visit)) - 1
    listener, started = plays.listener[begins], plays.started_us[begins]
    ended = plays.started_us[ends] + plays.ms_played[ends] * 1000
    own_time = listener * np.int64(1 << 52)
    latest = np.maximum.accumulate(own_time + ended - ended.min(initial=0))
    before = np.concatenate([[-1], latest[:-1]])
    keep = (ended <= now_us) & (own_time + started - ended.min(initial=0) > before)
    n_plays = np.diff(np.append(begins, len(visit)))
    return np.asarray(np.repeat(keep, n_plays), dtype=np.bool_)


def _keep(plays: Plays, kept: BoolArray) -> Plays:
    """Return only some plays; whole visits are kept, so what follows a skip still does."""
    return Plays(**{name: getattr(plays, name)[kept] for name in Plays.__struct_fields__})


def _pick(weights: npt.NDArray[np.generic], rng: np.random.Generator) -> IntArray:
    """Draw a column for each row of (n, k) weights."""
    upto = np.cumsum(weights, axis=1, dtype=np.float64)
    drawn = rng.random((len(upto), 1)) * upto[:, -1:]
    return np.asarray((upto > drawn).argmax(axis=1), dtype=np.int64)


def _running(amounts: IntArray, begins: BoolArray) -> IntArray:
    """Return, for each row, the sum of the amounts before it in its own run of rows.

    Examples
    --------
    >>> _running(np.array([1, 2, 3, 4]), np.array([True, False, True, False])).tolist()
    [0, 1, 0, 3]
    """
    before = np.cumsum(amounts) - amounts
    starts = np.flatnonzero(begins)
    lengths = np.diff(np.append(starts, len(amounts)))
    return np.asarray(before - np.repeat(before[starts], lengths), dtype=np.int64)


def started_at(plays: Plays) -> list[datetime]:
    """Return when each play began, aware."""
    return [from_us(us) for us in plays.started_us.tolist()]
