"""Do the hard rules hold? Random requests over all surfaces and rungs, and models that break.

Each request has a random history, bans, hates and snoozes of items and artists, a region, an explicit filter, editors'
blocks and pins everywhere and on one surface, contradictory ones among them; the rungs above a random one are shut.
What is answered is held against a second telling of the rules, from the catalogue's own records, which shares
no code with ``surfaces.rules``: what may not be shown, an item twice, what is not new on a Discover Weekly, a pin that
does not stand, a radio that repeats, and lists shorter than what there is to show.

Then faults: models removed, corrupt, NaN, and slowed to 5 s by sleeping and by a busy loop of Python; the time to the
answer of the next rung is measured, with threads to think in, as the server has them.

    python benchmarks/rules_hold.py --on 2026-11-21                    # 100,000 requests
    python benchmarks/rules_hold.py --on 2026-11-21 --requests 2000 --seed 1
"""

import argparse
import json
import os
import sqlite3
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec
import numpy as np

from machine import facts, sentence
from ritornello.catalog import items
from ritornello.catalog.rulings import Ruling, Rulings
from ritornello.catalog.view import View
from ritornello.kinds.decisions import RUNGS, Decision, Rung
from ritornello.kinds.errors import Error
from ritornello.kinds.events import SlotAddress
from ritornello.kinds.items import AnyItem, Track
from ritornello.kinds.times import to_us
from ritornello.listeners.preferences import Preferences
from ritornello.listeners.profile import Profile
from ritornello.models.bundle import Bundle
from ritornello.store.database import create_tables, execute_rows, schema, transaction
from ritornello.surfaces import daily_mix, discover_weekly, home, moments, radio, stations
from ritornello.surfaces.ladder import Breaker, Ladder
from ritornello.surfaces.lists import Terms
from ritornello.surfaces.moment_lists import Asked
from ritornello.surfaces.pools import Pool, Rule
from ritornello.surfaces.recipes import load
from ritornello.surfaces.situation import Request, Situation, stock_of
from ritornello.surfaces.weekly_draft import rank
from ritornello.testing import small_service as small

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SURFACES = ("home", "discover_weekly", "daily_mix", "moments", "radio")
RECIPES = {name: load(name) for name in ("home", "discover_weekly", "daily_mix", "radio")}
WINDOW = timedelta(hours=24)
SHELVES = ("jump_back_in", "made_for_you", "new_for_you", "popular_now", "popular_near_you")
GENRES = ("ambient", "pop", "rock", "jazz", "folk", "house")
SLOW_S = 5.0
N_READERS = 4
SWITCH_INTERVAL_S = 0.002


class Shut(Breaker):
    """A breaker that lets nothing through: its rung is not there."""

    def allows(self, _at_s: float) -> bool:
        """Say no."""
        return False


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """One random request, in the words of whoever made it up."""

    surface: str
    rung: Rung
    profile: Profile
    rulings: Rulings
    blocked: frozenset[str]
    pins: Mapping[tuple[str, int], str]
    situation: Situation
    ladder: Ladder
    pool: Pool
    n: int
    aired: tuple[stations.Aired, ...]
    station: stations.Station


class Shelf(msgspec.Struct, frozen=True):
    """The catalogue's records and everything that is decided from."""

    records: Mapping[str, AnyItem]
    view: View
    bundle: Bundle
    conn: sqlite3.Connection


def shelf() -> Shelf:
    """Return the small service's catalogue, with genres and energies, and its models."""
    records = {item.item_id: item for item in small.catalogue()}
    for n, (item_id, item) in enumerate(records.items()):
        if isinstance(item, Track):
            genre, energy = GENRES[int(item_id[7:9]) % len(GENRES)], (n % 11) / 10
            records[item_id] = msgspec.structs.replace(item, genres=(genre,), energy=energy)
    conn = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    create_tables(conn, [schema(f"ritornello.{room}") for room in ("store", "catalog", "surfaces")])
    with transaction(conn):
        for sql, rows in items.changes(list(records.values())):
            execute_rows(conn, sql, rows)
    return Shelf(records, View.read(conn), small.small_service(NOW).bundle, conn)


# ---- requests


def asking(on: Shelf, rng: np.random.Generator) -> Asking:
    """Make up a request."""
    surface = SURFACES[rng.integers(len(SURFACES))]
    rung = RUNGS[rng.integers(len(RUNGS))]
    who = someone(rng)
    rulings, blocked, pins = some_rulings(rng, surface)
    without_models = rung in {"popular", "editorial"} and rng.random() < 0.3
    stock = stock_of(on.view, rulings, None if without_models else on.bundle, KEPT.get("stock"))
    if not without_models:
        KEPT["stock"] = stock
    request = Request.of(who, surface, time_zone="UTC", budget=float(rng.random() / 2), seed=7)
    situation = Situation(request, stock)
    breakers = {each: Breaker() for each in RUNGS} | {
        each: Shut() for each in RUNGS[: RUNGS.index(rung)]
    }
    return Asking(
        surface=surface,
        rung=rung,
        profile=who,
        rulings=rulings,
        blocked=blocked,
        pins=pins,
        situation=situation,
        ladder=Ladder(time.monotonic, deadline_s=60.0, breakers=breakers),
        pool=some_pool(rng),
        n=int(rng.integers(1, 11)),
        aired=some_aired(rng) if surface == "radio" else (),
        station=some_station(rng, situation),
    )


KEPT: dict[str, Any] = {}
"""The last stock, so that the next one looks up nothing again."""


def a_track(rng: np.random.Generator) -> str:
    """Return a track's id."""
    return small.track_id(int(rng.integers(small.N_ARTISTS)), int(rng.integers(small.N_TRACKS)))


def anything(rng: np.random.Generator) -> str:
    """Return a track or an artist."""
    return (
        a_track(rng) if rng.random() < 0.5 else small.artist_id(int(rng.integers(small.N_ARTISTS)))
    )


def someone(rng: np.random.Generator) -> Profile:
    """Return anybody: from nothing known to a full history, with anything said of anything."""
    style = int(rng.integers(small.N_STYLES))
    heard = small.history(rng, style, int(rng.choice([0, 1, 5, 12, 60])))
    marks = {}
    kinds = (("ban", 1), ("ban", 0), ("feeling", -1), ("feeling", 0), ("feeling", 1), ("save", 1))
    for _ in range(int(rng.choice([0, 3, 10, 40]))):
        mark, value = kinds[rng.integers(len(kinds))]
        marks[anything(rng), mark] = value
    if rng.random() < 0.05:
        marks |= {(small.artist_id(a), "ban"): 1 for a in rng.permutation(60)[:58].tolist()}
    return small.profile_of(
        heard,
        NOW,
        tallies={a_track(rng): 3 for _ in range(int(rng.integers(4)))},
        marks=marks,
        snoozed=[anything(rng) for _ in range(int(rng.integers(4)))],
        preferences=Preferences(
            region=(None, "SE", "DE")[rng.integers(3)], allow_explicit=bool(rng.integers(2))
        ),
    )


def some_rulings(
    rng: np.random.Generator, surface: str
) -> tuple[Rulings, frozenset[str], dict[tuple[str, int], str]]:
    """Return rulings, and told plainly: what is blocked on the surface, what is pinned where."""
    everywhere = {anything(rng) for _ in range(int(rng.integers(4)))}
    made, blocked, pins = [], set(everywhere), {}
    for n in range(int(rng.integers(5))):
        where = surface if rng.random() < 0.7 else SURFACES[rng.integers(len(SURFACES))]
        slot, about = None, anything(rng)
        if rng.random() < 0.6:
            shelves = SHELVES if where == "home" else (where if where != "daily_mix" else "mix",)
            slot, about = SlotAddress(str(rng.choice(shelves)), int(rng.integers(4))), a_track(rng)
        made.append(
            Ruling(
                ruling_id=UUID(int=n + 1), verdict="pin" if slot else "block", about_id=about,
                made_at=NOW - timedelta(days=9 - n), by_role="editor", reason="a test", surface=where,
                slot=slot,
            )
        )  # fmt: skip
        if where == surface and slot:
            pins[slot.shelf, slot.position] = about
        elif where == surface:
            blocked.add(about)
    rulings = Rulings(frozenset(everywhere), elsewhere=tuple(made))
    return rulings, frozenset(blocked), pins


def some_pool(rng: np.random.Generator) -> Pool:
    """Return one of a few pools: wide, narrow, of nothing."""
    low = float(rng.choice([0.0, 0.3, 0.9]))
    rules = (Rule(genres=(str(rng.choice(GENRES)),), energy=(low, 1.0)), Rule(genres=("nothing",)))
    return Pool(
        name="a-moment",
        title="A moment",
        brief="Made up.",
        intent="focus",
        eligible=rules[: int(rng.integers(1, 3))],
        blocks=tuple(sorted({anything(rng) for _ in range(int(rng.integers(3)))})),
        length=int(rng.choice([5, 30])),
    )


def some_aired(rng: np.random.Generator) -> tuple[stations.Aired, ...]:
    """Return what radio offered lately, the newest first."""
    n = int(rng.choice([0, 5, 50, 400]))
    ids = {a_track(rng) for _ in range(n)}
    ago = np.sort(rng.random(len(ids)) * 30)
    return tuple(
        stations.Aired(item_id, to_us(NOW - timedelta(hours=float(h))), UUID(int=1), 0, UUID(int=2))
        for item_id, h in zip(sorted(ids), ago, strict=True)
        if h < 24
    )


def some_station(rng: np.random.Generator, situation: Situation) -> stations.Station:
    """Return a station begun hours ago, from anything, for sleep or not."""
    seed = (anything(rng), "")[rng.integers(2)]
    intent = ("", "", "sleep")[rng.integers(3)]
    found = stations.begin(
        situation, seed, intent=intent, decision=lambda _: None, purpose=lambda _: ""
    )
    began = NOW - timedelta(hours=float(rng.random() * 4))
    return msgspec.structs.replace(found, started_at=began, station_id=UUID(int=2))


# ---- answers


def answered(on: Shelf, asked: Asking) -> Decision | None:
    """Return what the surface answers."""
    return ANSWERS[asked.surface](on, asked)


def counted() -> list[tuple[str, int]]:
    """Return what many play."""
    return [(small.track_id(a, t), 100 - a) for t in range(8) for a in range(60)]


def personal_before(on: Shelf, asked: Asking, decide: Callable[[Asking], Decision | None]) -> Any:
    """Return how the listener's last personal answer is remembered: made before they said anything."""
    profile = msgspec.structs.replace(
        asked.profile, marks={}, snoozed=frozenset(), preferences=Preferences()
    )
    request = msgspec.structs.replace(asked.situation.request, profile=profile)
    stock = stock_of(on.view, Rulings(), on.bundle, KEPT.get("stock"))
    ladder = Ladder(time.monotonic, deadline_s=60.0)
    then = Situation(request, stock)

    def remembered() -> Decision | None:
        found = decide(msgspec.structs.replace(asked, situation=then, ladder=ladder))
        return found if found is not None and found.rung == "personal" else None

    return remembered


def nothing() -> None:
    """Remember nothing."""


def home_page(on: Shelf, asked: Asking) -> Decision | None:
    """Return a Home."""

    def decide(asked: Asking, remembered: Any = nothing) -> Decision:
        return home.decide(
            asked.situation, RECIPES["home"], asked.ladder, remembered=remembered, counted=counted
        )

    remembered = personal_before(on, asked, decide) if asked.rung == "last_good" else nothing
    return decide(asked, remembered)


def weekly(_on: Shelf, asked: Asking) -> Decision | None:
    """Return a Discover Weekly at its reveal."""
    recipe = RECIPES["discover_weekly"]
    ranked = rank(asked.situation, recipe, asked.ladder, counted)
    return discover_weekly.reveal(asked.situation, recipe, ranked, np.empty(0, dtype=np.int32))


def mixes(on: Shelf, asked: Asking) -> Decision | None:
    """Return the day's mixes."""
    return daily_mix.due(on.conn, asked.situation, Terms(RECIPES["daily_mix"], asked.ladder, 5))


def moment(on: Shelf, asked: Asking) -> Decision | None:
    """Return the list of a moment."""

    def decide(asked: Asking, remembered: Any = nothing) -> Decision:
        wanted = Asked(asked.situation, asked.pool)
        return moments.decide(wanted, asked.ladder, remembered=remembered, counted=counted)

    remembered = personal_before(on, asked, decide) if asked.rung == "last_good" else nothing
    return decide(asked, remembered)


def next_tracks(on: Shelf, asked: Asking) -> Decision | None:
    """Return the next tracks of a station."""

    def decide(asked: Asking, remembered: Any = nothing) -> Decision | None:
        wanted = radio.asked(asked.situation, asked.station, RECIPES["radio"], asked.aired, asked.n)
        return radio.decide(wanted, asked.ladder, remembered=remembered, counted=counted)

    remembered = personal_before(on, asked, decide) if asked.rung == "last_good" else nothing
    return decide(asked, remembered)


ANSWERS = {
    "home": home_page,
    "discover_weekly": weekly,
    "daily_mix": mixes,
    "moments": moment,
    "radio": next_tracks,
}


# ---- the second telling of the rules


def showable(on: Shelf, asked: Asking) -> set[str]:
    """Return the ids that may be shown, item by item, from the catalogue's own records."""
    said = asked.profile.marks.items()
    refused = {
        about for (about, mark), value in said if (mark, value) in {("ban", 1), ("feeling", -1)}
    }
    unwanted = refused | asked.profile.snoozed | asked.blocked
    chosen = asked.profile.preferences
    return {
        item_id
        for item_id, item in on.records.items()
        if isinstance(item, Track)
        and item.available
        and (chosen.allow_explicit or not item.explicit)
        and (not item.regions or chosen.region is None or chosen.region in item.regions)
        and not unwanted & {item_id, *item.artist_ids}
    }


def faults(on: Shelf, asked: Asking, found: Decision | None) -> Iterator[str]:
    """Yield every rule an answer breaks, and every way in which it is too short.

    A moment's list shown again may lack what the rules have closed since, up to half of it.
    """
    may = showable(on, asked)
    if found is None:
        yield from silent(on, asked, may)
        return
    shown = [slot.item_id for slot in found.slots]
    if wrong := [item_id for item_id in shown if item_id not in may]:
        yield f"shows {wrong[0]}"
    offered = {c.item_id for shelf in found.shelves for c in shelf.shortlist}
    if found.rung != "last_good" and (wrong := sorted(offered - may)):
        yield f"draws from {wrong[0]}"
    if len(set(shown)) < len(shown):
        yield "shows an item twice"
    heard = set(asked.profile.plays) | set(asked.profile.tallies)
    if asked.surface == "discover_weekly" and heard & set(shown):
        yield "is not new"
    if asked.surface == "moments":
        yield from of_pool(on, asked, shown)
    yield from unpinned(on, asked, found, may, heard)
    yield from too_short(on, asked, found, may, heard)
    if asked.surface == "radio":
        yield from repeated(asked, shown, may)


def silent(on: Shelf, asked: Asking, may: set[str]) -> Iterator[str]:
    """Yield what is wrong with no answer at all."""
    heard = set(asked.profile.plays) | set(asked.profile.tallies)
    ended = asked.station.intent == "sleep" and NOW - asked.station.started_at > timedelta(hours=3)
    if asked.surface == "radio" and not ended:
        yield "is silent"
    if asked.surface == "discover_weekly" and LEAST["discover_weekly"](on, asked, may, heard):
        yield "is no list"
    if asked.surface in {"home", "moments"}:
        yield "is no answer"


def of_pool(on: Shelf, asked: Asking, shown: Sequence[str]) -> Iterator[str]:
    """Yield what the pool's own blocks forbid."""
    for item_id in shown:
        if {item_id, *on.records[item_id].artist_ids} & set(asked.pool.blocks):
            yield f"shows {item_id}, which the pool blocks"


def unpinned(
    on: Shelf, asked: Asking, found: Decision, may: set[str], heard: set[str]
) -> Iterator[str]:
    """Yield pins that may stand and do not, where their shelf does."""
    if found.rung == "last_good":
        return
    artists = {on.records[item_id].artist_ids[0] for item_id in heard if item_id in on.records}
    lately = recently(asked)
    slots = {(slot.shelf, slot.position): slot.item_id for slot in found.slots}
    for (name, position), item_id in asked.pins.items():
        is_new = item_id not in heard and on.records[item_id].artist_ids[0] not in artists
        if item_id not in may or (asked.surface == "discover_weekly" and not is_new):
            continue
        if asked.surface == "radio" and item_id in lately:
            continue
        shelf = found.shelves[0].name if name == "mix" and found.shelves else name
        stands = slots.get((shelf, position))
        if stands is not None and stands != item_id and item_id not in slots.values():
            yield f"{item_id} is pinned to {shelf}[{position}], where {stands} stands"


def recently(asked: Asking) -> set[str]:
    """Return what radio offered, or the listener heard, within the window."""
    since_us = to_us(NOW - WINDOW)
    heard = {i for i, p in asked.profile.plays.items() if p.last_at_us > since_us}
    return heard | {each.item_id for each in asked.aired}


def repeated(asked: Asking, shown: Sequence[str], may: set[str]) -> Iterator[str]:
    """Yield a track that comes again while there are others."""
    lately = recently(asked)
    if len(may - lately) >= asked.n and (again := lately & set(shown)):
        yield f"repeats {min(again)}"


def least_home(_on: Shelf, asked: Asking, may: set[str], _heard: set[str]) -> int:
    """Return what a lower rung shows; a personal page has at least a shelf of what there is."""
    length = 12 if asked.rung in RUNGS[:3] else RECIPES["home"].fallback_length
    return min(length, len(known_to(asked, may)))


def least_weekly(on: Shelf, asked: Asking, may: set[str], heard: set[str]) -> int:
    """Return how many there are: one an artist, at most a fifth of them by artists ever heard."""
    known = {on.records[i].artist_ids[0] for i in heard if i in on.records}
    artists = {on.records[item_id].artist_ids[0] for item_id in known_to(asked, may) - heard}
    n_new = len(artists - known)
    return min(30, n_new + min(len(artists & known), int(n_new / 4 + 1e-9)))


def known_to(asked: Asking, may: set[str]) -> set[str]:
    """Return what a rung can name: what came after the training only the lowest two."""
    return may - {small.LATEST} if asked.rung in RUNGS[:3] else may


def too_short(
    on: Shelf, asked: Asking, found: Decision, may: set[str], heard: set[str]
) -> Iterator[str]:
    """Yield an answer shorter than what there is, and shelves that end although they had candidates left."""
    least = LEAST[asked.surface](on, asked, may, heard)
    if found.rung == "last_good" and asked.surface == "moments":
        least = (least + 1) // 2
    if len(found.slots) < least:
        yield f"holds {len(found.slots)} of {least}"
    if found.rung == "last_good":
        return
    n_on = Counter(slot.shelf for slot in found.slots)
    for each in found.shelves:
        length = length_of(asked, each.name)
        drawn = {slot.item_id for slot in found.slots if slot.shelf == each.name}
        if n_on[each.name] < length and any(c.item_id not in drawn for c in each.shortlist):
            yield f"ends {each.name} at {n_on[each.name]} of {length}"


def length_of(asked: Asking, name: str) -> int:
    """Return how long a shelf is asked to be; 0 where nobody says."""
    if asked.surface == "radio":
        return asked.n
    if asked.surface == "moments":
        return asked.pool.length
    if asked.surface == "daily_mix":
        return 0
    name = name.rpartition("_")[0] if name[-1:].isdigit() else name
    recipe = RECIPES[asked.surface]
    shapes = (each for each in (*recipe.shelves, *recipe.segment_shelves) if each.name == name)
    return min((each.length for each in shapes), default=0)


def least_moment(on: Shelf, asked: Asking, may: set[str], _heard: set[str]) -> int:
    """Return the pool's length: all of the pool that may be shown, and where that is nothing something else."""
    blocks = set(asked.pool.blocks)
    wanted = [(rule.genres[0], rule.energy or (0.0, 1.0)) for rule in asked.pool.eligible]
    left = {i for i in may if not blocks & {i, *on.records[i].artist_ids}}
    fits = {
        i
        for i in left
        for genre, (low, high) in wanted
        if on.records[i].genres == (genre,) and low <= on.records[i].energy <= high
    }
    return min(asked.pool.length, len(fits) or len(left))


def least_radio(_on: Shelf, asked: Asking, may: set[str], _heard: set[str]) -> int:
    """Return what was asked for."""
    return min(asked.n, len(may))


LEAST: dict[str, Callable[..., int]] = {
    "home": least_home,
    "discover_weekly": least_weekly,
    "daily_mix": lambda *_: RECIPES["daily_mix"].mixes.least_familiar,
    "moments": least_moment,
    "radio": least_radio,
}


def requests(on: Shelf, n: int, seed: int) -> dict[str, Any]:
    """Ask ``n`` times and count what was answered and what was wrong."""
    rng = np.random.default_rng(seed)
    answers: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    examples: dict[str, str] = {}
    began = time.perf_counter()
    for number in range(n):
        asked = asking(on, rng)
        try:
            found = answered(on, asked)
            said = list(faults(on, asked, found))
        except Exception as error:  # noqa: BLE001 - any error at all is what is looked for
            found, said = None, [f"{type(error).__name__}: {error}"]
        answers[f"{asked.surface} {found.rung if found else 'none'}"] += 1
        for fault in said:
            kind = f"{asked.surface}: {fault.split(' ')[0]}"
            wrong[kind] += 1
            examples.setdefault(kind, f"request {number} of seed {seed}, {asked.rung}: {fault}")
    return {
        "requests": n,
        "seed": seed,
        "took_s": round(time.perf_counter() - began, 1),
        "answers": dict(sorted(answers.items())),
        "wrong": dict(wrong),
        "examples": examples,
    }


# ---- faults


def broken(bundle: Bundle, how: str) -> Bundle | None:
    """Return models that break: gone, corrupt, NaN, or 5 s late asleep or busy."""
    if how == "removed":
        return None
    if how == "corrupt":
        left = {name: each for name, each in bundle.scorers.items() if name == "popularity"}
        gone = {name: "altered" for name in bundle.scorers if name != "popularity"}
        return msgspec.structs.replace(bundle, scorers=left, broken=gone)
    ials = Broken(bundle.scorers["ials"], how)
    return msgspec.structs.replace(bundle, scorers={**bundle.scorers, "ials": ials})


class Broken:
    """A scorer that breaks in one way."""

    def __init__(self, scorer: Any, how: str) -> None:
        self._scorer, self._how = scorer, how
        self.name, self.n_items = scorer.name, scorer.n_items
        self.factors = scorer.factors

    def score(self, taste: Any) -> Any:
        """Return the scores, broken."""
        return self._late(self._scorer.score(taste))

    def contributions(self, taste: Any, columns: Any) -> Any:
        """Return the contributions, broken."""
        return self._late(self._scorer.contributions(taste, columns))

    def _late(self, found: Any) -> Any:
        if self._how == "NaN":
            return found * np.nan
        until_s = time.monotonic() + SLOW_S
        if self._how == "asleep":
            time.sleep(SLOW_S)
        while time.monotonic() < until_s:
            pass
        return found


FAULTS = ("removed", "corrupt", "NaN", "asleep", "busy")
DEADLINES_S = {"home": 0.3, "moments": 0.3, "radio": 0.1}


def breakages(on: Shelf, seed: int, n: int) -> dict[str, Any]:
    """Ask each surface with threads to think in, under each fault; return rungs and the slowest answer."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    with ThreadPoolExecutor(32) as thinkers:
        for surface, deadline_s in DEADLINES_S.items():
            for how in FAULTS:
                ladder = Ladder(time.monotonic, deadline_s=deadline_s, thinkers=thinkers)
                asked = [known(on, rng, surface, how, ladder) for _ in range(n)]
                found[f"{surface}, {how}"] = breakage(on, asked)
                if how in {"asleep", "busy"}:
                    time.sleep(SLOW_S)
    return found


def known(on: Shelf, rng: np.random.Generator, surface: str, how: str, ladder: Ladder) -> Asking:
    """Make up a request of somebody known, before models that break."""
    asked = asking(on, rng)
    profile = small.profile_of(small.history(rng, int(rng.integers(6)), 12), NOW)
    request = Request.of(profile, surface, time_zone="UTC", budget=0.1, seed=7)
    stock = stock_of(on.view, asked.rulings, broken(on.bundle, how))
    return msgspec.structs.replace(
        asked,
        surface=surface,
        profile=profile,
        situation=Situation(request, stock),
        ladder=ladder,
        rung="personal",
        pins={},
        blocked=asked.rulings.on(surface).blocked,
        station=msgspec.structs.replace(asked.station, intent=""),
    )


def breakage(on: Shelf, asked: Sequence[Asking]) -> dict[str, Any]:
    """Ask all of these, four at a time, as the server's readers would."""

    def ask(each: Asking) -> tuple[float, str, list[str]]:
        began = time.perf_counter()
        try:
            answer = answered(on, each)
        except Error as error:
            return 0.0, "none", [f"{type(error).__name__}: {error}"]
        took_ms = (time.perf_counter() - began) * 1000
        return took_ms, answer.rung if answer else "none", list(faults(on, each, answer))

    with ThreadPoolExecutor(N_READERS) as readers:
        seen = list(readers.map(ask, asked))
    took_ms = [took for took, _, _ in seen]
    return {
        "rungs": dict(Counter(rung for _, rung, _ in seen)),
        "slowest_ms": round(max(took_ms)),
        "median_ms": round(float(np.median(took_ms))),
        "wrong": [fault for _, _, said in seen for fault in said][:3],
    }


def lines(figures: dict[str, Any]) -> Iterator[str]:
    """Yield what a person reads."""
    told = figures["random"]
    yield f"{told['requests']} requests in {told['took_s']} s: {sum(told['wrong'].values())} wrong"
    by_surface: dict[str, int] = defaultdict(int)
    for name, count in told["answers"].items():
        by_surface[name.split()[0]] += count
    yield ", ".join(f"{name} {count}" for name, count in by_surface.items())
    yield from (
        f"WRONG {kind}: {n}, such as {told['examples'][kind]}" for kind, n in told["wrong"].items()
    )
    for name, seen in figures["faults"].items():
        rungs = ", ".join(f"{rung} {n}" for rung, n in seen["rungs"].items())
        wrong = f"; WRONG {seen['wrong']}" if seen["wrong"] else ""
        yield f"{name}: {rungs}; at most {seen['slowest_ms']} ms, median {seen['median_ms']} ms{wrong}"


def main() -> None:
    """Ask, break, print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--on", type=date.fromisoformat, required=True)
    asked.add_argument("--requests", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=20261121)
    asked.add_argument("--faulty", type=int, default=40, help="requests for each fault and surface")
    given = asked.parse_args()
    on = shelf()
    figures = {
        "benchmark": "rules_hold",
        "machine": facts(given.on),
        "random": requests(on, given.requests, given.seed),
        "faults": breakages(on, given.seed, given.faulty) if given.faulty else {},
    }
    print(json.dumps(figures))
    print("\n".join(lines(figures)))
    print(sentence(figures["machine"]))


if __name__ == "__main__":
    main()
