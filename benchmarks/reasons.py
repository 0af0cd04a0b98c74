"""Are the reasons true? The evidence a slot cites is taken out of the history, and the list is made again.

For each slot of listeners with at least five events: without the cited evidence, does the item fall further in the
ranking it was served from than without as much random evidence? "As much" is as many items of the history, and in a
second reading as many plays, both drawn from the whole history, so that a draw may hit what was cited. The whole way
is gone again, profile → situation → source → rules → shortlist, greedily and with the same models: they are not
trained again. The rank is the item's place in its shelf's shortlist, one past the end where it is not in it any
more; of a mix it is its best place near any of the listener's tastes. A tie is no win. Slots whose reasons cite
nothing that was played (popular, an editor's, a try) are counted apart.

Beside it: for EASE and for neighbours, the share a slot cites, as served, against what its score loses when that one
item is left out and everything is scored again in double precision. Run from the project's root:

    python benchmarks/reasons.py --shared ../shared --on 2026-11-21 --slots 10000
"""

import argparse
import json
import os
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec
import numpy as np

from machine import facts, sentence
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.cli.filling import fill
from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.explain.deletion import lost
from ritornello.explain.reasons import reasons_of
from ritornello.intake import hetrec, importing
from ritornello.kinds.decisions import Reason
from ritornello.kinds.randomness import derive
from ritornello.listeners import tallies
from ritornello.listeners.profile import Profile, read_profile
from ritornello.models import bundle
from ritornello.models.extract import read_genres, read_interactions
from ritornello.models.scorer import Scorer
from ritornello.models.training import TrainingConfig, train
from ritornello.store import artefacts, lake
from ritornello.store.database import connect
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.surfaces import daily_mix, tastes, weekly_draft
from ritornello.surfaces.daily_mix import N_WAITING, day_of, shape_of
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.list_build import everybody
from ritornello.surfaces.lists import Terms
from ritornello.surfaces.mix_identity import Past, identified
from ritornello.surfaces.near_tastes import near
from ritornello.surfaces.recipes import load
from ritornello.surfaces.situation import Request, Situation, Stock, stock_of
from ritornello.surfaces.slates import shortlist
from ritornello.surfaces.sources import SOURCES, Candidates

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEED = 20261121
LEAST_EVENTS = 5
LEAST_WON = 0.95
CLOSE = 1e-6
MOST_OF_A_LISTENER = 40
NO_LISTS = np.empty(0, dtype=np.int32)
HOME, WEEKLY = load("home"), load("discover_weekly")

Ranking = list[str]
Replay = Callable[[Situation], Ranking]


class Slot(NamedTuple):
    """A slot to be tried: where it stood, why, and how its list is made again."""

    where: str
    item_id: str
    reasons: tuple[Reason, ...]
    replay: Replay


def listed(situation: Situation, candidates: Candidates) -> Ranking:
    """Return the ids of candidates, best first."""
    return [situation.view.ids[row] for row in candidates.rows]


def on_shelf(
    source: str, n: int, about_id: str | None, shape: Any, situation: Situation
) -> Ranking:
    """Return what a shelf of Home would be filled from; nothing where there is no such shelf."""
    for candidates in SOURCES[source](situation, n):
        if candidates.about_id == about_id:
            places = shortlist(shape, candidates, situation, situation.allowed)
            return listed(situation, candidates.at(places))
    return []


def of_week(situation: Situation) -> Ranking:
    """Return what a Discover Weekly would be drawn from."""
    return listed(situation, week(situation))


def week(situation: Situation) -> Candidates:
    """Return the candidates of a Discover Weekly, nothing having been listed before."""
    ladder = Ladder(time.monotonic, deadline_s=60)
    ranked = weekly_draft.rank(situation, WEEKLY, ladder, list)
    return weekly_draft.fitting(situation, WEEKLY, ranked.candidates, NO_LISTS)


def of_mixes(past: Past, situation: Situation) -> Ranking:
    """Return the new that the mixes would be drawn from: each mix's first, then each mix's second and so on."""
    rankings = [listed(situation, found) for found in mixes(situation, past).values()]
    longest = max(map(len, rankings), default=0)
    return [each[place] for place in range(longest) for each in rankings if place < len(each)]


def mixes(situation: Situation, past: Past) -> dict[str, Candidates]:
    """Return the new near each of a listener's mixes, by the mix."""
    shape, day = shape_of(load("daily_mix")), day_of(situation)
    if situation.taste.is_empty:
        return {}
    heard = tastes.heard_of(situation, shape)
    factors = situation.bundle.ials.factors
    clusters = tastes.clusters_of(situation, heard, shape, factors=factors, before=past.artists())
    found = identified(situation, clusters, past, shape, day)
    if not found:
        return {}
    new = near(situation, [cluster for cluster, _ in found], N_WAITING * shape.shortlist)
    return {one.name: candidates for (_, one), candidates in zip(found, new, strict=True)}


def slots_of(situation: Situation, conn: sqlite3.Connection) -> Iterator[Slot]:
    """Yield the slots a greedy service would show this listener now, by surface and shelf."""
    for shelf in HOME.shelves:
        for candidates in SOURCES[shelf.source](situation, shelf.n_shelves):
            places = shortlist(shelf, candidates, situation, situation.allowed)
            shown = candidates.at(places[: shelf.length])
            about = candidates.about_id
            again = partial(on_shelf, shelf.source, shelf.n_shelves, about, shelf)
            yield from slots(situation, f"home/{shelf.name}", shown, again)
    shown = week(situation)
    first = shown.at(np.arange(min(WEEKLY.shelves[0].length, len(shown.rows))))
    yield from slots(situation, "discover_weekly", first, of_week)
    shape = shape_of(load("daily_mix"))
    past = Past(conn, situation.on("daily_mix"), day_of(situation))
    for candidates in mixes(situation, past).values():
        n_new = min(shape.length - shape.n_familiar, len(candidates.rows))
        first = candidates.at(np.arange(n_new))
        yield from slots(situation, "daily_mix/new", first, partial(of_mixes, past))


def slots(situation: Situation, where: str, shown: Candidates, replay: Replay) -> Iterator[Slot]:
    """Yield the slots of what is shown of one shelf."""
    found = shown.reasons(np.arange(len(shown.rows)))
    for item_id, reasons in zip(listed(situation, shown), found, strict=True):
        yield Slot(where, item_id, reasons, replay)


def cited(slot: Slot, profile: Profile) -> set[str]:
    """Return the items of the history that a slot's reasons cite."""
    return {reason.about_id for reason in slot.reasons if reason.about_id in profile.used}


def without(profile: Profile, item_ids: set[str]) -> Profile:
    """Return the profile of somebody who never met these items."""
    return msgspec.structs.replace(
        profile,
        plays={i: played for i, played in profile.plays.items() if i not in item_ids},
        tallies={i: n for i, n in profile.tallies.items() if i not in item_ids},
        recent=tuple(one for one in profile.recent if one.item_id not in item_ids),
        marks={about: value for about, value in profile.marks.items() if about[0] not in item_ids},
    )


def without_plays(profile: Profile, n_plays: int, rng: np.random.Generator) -> Profile:
    """Return the profile less so many plays of random items, the last of them in part."""
    order, gone, left = rng.permutation(sorted(profile.used)).tolist(), set[str](), n_plays
    for item_id in order:
        n = n_of(profile, item_id)
        if n > left:
            return thinned(without(profile, gone), item_id, left)
        gone.add(item_id)
        left -= n
    return without(profile, gone)


def thinned(profile: Profile, item_id: str, n: int) -> Profile:
    """Return the profile with ``n`` fewer plays of an item, the latest of them first."""
    plays, counted = dict(profile.plays), dict(profile.tallies)
    of_tally = min(n, counted.get(item_id, 0))
    if of_tally:
        counted[item_id] -= of_tally
    if n > of_tally:
        plays[item_id] = msgspec.structs.replace(
            plays[item_id], n_plays=plays[item_id].n_plays - (n - of_tally)
        )
    of_it = [one for one in profile.recent if one.item_id == item_id][: n - of_tally]
    recent = tuple(one for one in profile.recent if one not in of_it)
    return msgspec.structs.replace(profile, plays=plays, tallies=counted, recent=recent)


def n_of(profile: Profile, item_id: str) -> int:
    """Return how often an item was played."""
    played = profile.plays.get(item_id)
    return profile.tallies.get(item_id, 0) + (played.n_plays if played else 0)


def n_events(profile: Profile) -> int:
    """Return how many events are known: listens, and counts somebody else kept as one each."""
    return sum(p.n_plays + p.n_skips for p in profile.plays.values()) + len(profile.tallies)


class Try(NamedTuple):
    """The ranks of one slot: as served, without the cited, without random items, without random plays.

    ``n_gone`` items went where as many plays went at random.
    """

    where: str
    n_ranked: int
    before: int
    cited: int
    items: int
    plays: int
    n_cited: int
    n_gone: int


class World:
    """A home with a model, and the way from a profile to a situation."""

    def __init__(self, home: Home) -> None:
        self.conn = connect(home)
        found = bundle.Current(home).refresh()
        self.stock: Stock = stock_of(View.read(self.conn), NO_RULINGS, found)
        self.listeners = everybody(self.conn)
        self.writer = Writer(home, REDUCERS, now=lambda: NOW)

    def situation(self, profile: Profile, surface: str = "home") -> Situation:
        """Ask for a surface, exploring nothing."""
        request = Request.of(profile, surface, time_zone="UTC", budget=0.0, seed=SEED)
        return Situation(request, self.stock)

    def make_mixes(self, listener_id: str) -> None:
        """Make the Daily Mixes of the day before, which those of today go on from."""
        profile = read_profile(self.conn, listener_id, NOW - timedelta(days=1))
        terms = Terms(load("daily_mix"), Ladder(time.monotonic, deadline_s=60), LEAST_EVENTS)
        asked = self.situation(profile, "daily_mix")
        daily_mix.current(self.conn, self.writer, asked, terms)


def tried(world: World, profile: Profile, slot: Slot, rng: np.random.Generator) -> Try:
    """Take evidence away three ways, and see where the item stands."""
    evidence = cited(slot, profile)
    n_plays = sum(n_of(profile, item_id) for item_id in evidence)
    chance = set(rng.choice(sorted(profile.used), len(evidence), replace=False).tolist())
    before = slot.replay(world.situation(profile))
    thinner = without_plays(profile, n_plays, rng)

    def rank(left: Profile) -> int:
        situation = world.situation(left)
        ranking = slot.replay(situation)
        if slot.item_id in ranking:
            return ranking.index(slot.item_id)
        return len(before) + n_better(situation, slot.item_id)

    return Try(
        slot.where,
        len(before),
        before.index(slot.item_id),
        rank(without(profile, evidence)),
        rank(without(profile, chance)),
        rank(thinner),
        len(evidence),
        len(profile.used) - len(thinner.used),
    )


def n_better(situation: Situation, item_id: str) -> int:
    """Return how many items the rules allow have a higher score."""
    column = situation.bundle.vocabulary.columns.get(item_id)
    if column is None or situation.taste.is_empty:
        return len(situation.scores)
    better = (situation.scores > situation.scores[column]) & situation.allowed_columns
    return int(np.count_nonzero(better))


def faithfulness(world: World, n_slots: int) -> dict[str, Any]:
    """Try slots of random listeners until there are so many."""
    rng, tries, none = np.random.default_rng(SEED), list[Try](), Counter[str]()
    for listener_id in rng.permutation(sorted(world.listeners)).tolist():
        profile = read_profile(world.conn, listener_id, NOW)
        if n_events(profile) < LEAST_EVENTS:
            continue
        world.make_mixes(listener_id)
        found = list(slots_of(world.situation(profile), world.conn))
        citing = [slot for slot in found if cited(slot, profile)]
        none.update(slot.where for slot in found if not cited(slot, profile))
        for place in rng.permutation(len(citing))[:MOST_OF_A_LISTENER]:
            tries.append(tried(world, profile, citing[place], rng))
        if len(tries) >= n_slots:
            break
    told = {
        where: summed([t for t in tries if t.where == where])
        for where in sorted({t.where for t in tries})
    }
    return {**summed(tries), "by_shelf": told, "slots_that_cite_nothing_played": dict(none)}


def summed(tries: list[Try]) -> dict[str, Any]:
    """Return how often the cited mattered more than chance, how often as much, how often less."""
    n = len(tries)
    told: dict[str, Any] = {
        "n": n,
        "mean_cited": round(sum(t.n_cited for t in tries) / n, 2),
        "mean_items_gone_with_as_many_plays": round(sum(t.n_gone for t in tries) / n, 2),
    }
    for name in ("items", "plays"):
        pairs = [(t.cited, getattr(t, name), t) for t in tries]
        ties = [(c, t) for c, r, t in pairs if c == r]
        told[name] = {
            "won": round(sum(c > r for c, r, _ in pairs) / n, 4),
            "tied": round(len(ties) / n, 4),
            "lost": round(sum(c < r for c, r, _ in pairs) / n, 4),
            "ties_where_neither_fell": sum(c <= t.before for c, t in ties),
            "ties_where_both_left": sum(c >= t.n_ranked for c, t in ties),
            "mean_fall_cited": round(float(np.mean([c - t.before for c, _, t in pairs])), 2),
            "mean_fall_random": round(float(np.mean([r - t.before for _, r, t in pairs])), 2),
        }
    told["could_not_fall"] = sum(t.n_ranked <= t.before + 1 for t in tries)
    return told


def exactness(world: World, n_listeners: int = 50, n_columns: int = 10) -> dict[str, float]:
    """Return how far cited shares of EASE and of neighbours lie from what the score loses, at worst."""
    found = world.stock.bundle
    if found is None:
        return {}
    worst: dict[str, float] = {}
    rng = np.random.default_rng(SEED)
    for name in ("ease", "cooccurrence"):
        scorer, off = found.scorers[name], 0.0
        for listener_id in rng.permutation(sorted(world.listeners))[:n_listeners].tolist():
            taste = world.situation(read_profile(world.conn, listener_id, NOW)).taste
            columns = np.argsort(-scorer.score(taste), kind="stable")[:n_columns].astype(np.int32)
            parts = scorer.contributions(taste, columns)
            gone = lost(wide(scorer).score, taste, columns.tolist())
            ids = found.vocabulary.ids
            told = reasons_of(parts, columns.tolist(), taste, ids, NOW)
            done = reasons_of(gone, columns.tolist(), taste, ids, NOW)
            off = max(off, largest_gap(told, done))
        worst[name] = off
    return worst


def wide(scorer: Scorer) -> Scorer:
    """Return the same model computing in twice as many digits, so that a difference of two scores keeps its own."""
    fields = {
        name: value.astype(np.float64)
        for name, value in msgspec.structs.asdict(scorer).items()
        if getattr(value, "dtype", None) == np.float32
    }
    return msgspec.structs.replace(scorer, **fields)


def largest_gap(told: list[tuple[Reason, ...]], done: list[tuple[Reason, ...]]) -> float:
    """Return the largest difference between the shares of the same evidence."""
    gaps = [0.0]
    for one, other in zip(told, done, strict=True):
        shares = {reason.about_id: reason.share for reason in other}
        gaps += [abs(r.share - shares.get(r.about_id, r.share)) for r in one]
    return max(gaps)


def prepare_hetrec(home: Home, folder: Path) -> None:
    """Import HetRec."""
    with Writer(home, REDUCERS, now=lambda: NOW) as writer:
        importing.run(
            partial(hetrec.read, folder),
            source=hetrec.SOURCE,
            digest="benchmark",
            writer=writer,
            now=lambda: NOW,
            tally_changes=tallies.changes,
        )


def prepare_toy(home: Home) -> None:
    """Fill a home with the toy world."""
    conn = connect(home)
    fill(home, conn, seed=SEED, now=NOW, tell=lambda *_: None)
    conn.close()


def learn(home: Home) -> None:
    """Train with the settings as they ship."""
    conn = connect(home)
    with lake.open_lake(home) as duck:
        lake.relation(duck, home, "listen")
        interactions = read_interactions(duck, "listen", conn, now=NOW)
    genres = read_genres(conn, interactions.vocabulary)
    rng = derive(SEED, "train")
    made = train(interactions, TrainingConfig(), rng, trained_at=NOW, genres=genres)
    artefacts.switch(home, bundle.save(home, made))
    conn.close()


def main() -> None:
    """Make both worlds, try the slots, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--slots", type=int, default=10_000)
    parser.add_argument("--homes", type=Path, help="folder whose homes are kept and used again")
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("toy", "hetrec"):
            place = (options.homes or Path(scratch)) / name
            if not place.exists():
                home = make_home(place)
                folder = options.shared / "data" / "hetrec_lastfm"
                _ = prepare_toy(home) if name == "toy" else prepare_hetrec(home, folder)
                learn(home)
            world = World(Home(place))
            weights = dict(world.stock.bundle.weights) if world.stock.bundle else {}
            figures[name] = {
                "faithfulness": faithfulness(world, options.slots),
                "largest_gap_of_shares": exactness(world),
                "weights": weights,
            }
        machine = facts(options.on)
    print(json.dumps({"benchmark": "reasons", "machine": machine, **figures}))
    for name, found in figures.items():
        won = found["faithfulness"]["items"]["won"]
        gaps = found["largest_gap_of_shares"]
        good = won >= LEAST_WON and max(gaps.values()) <= CLOSE
        print(
            f"{name}: cited evidence mattered more than chance in {won:.1%} of slots; shares off by {gaps}: {'kept' if good else 'MISSED'}"
        )
    print(sentence(machine))


if __name__ == "__main__":
    main()
