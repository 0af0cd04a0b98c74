"""Do mixes keep their identity from day to day? On simulated and on real histories.

Day by day, as a service would: what was played until then is a profile, the day's mixes are made through
the same store, and read back the next day. Two sets of listeners:

- the simulated world (``worlds.toy``), whose listeners' tastes are stable by construction; models are
  trained anew every week, with another seed, on what was played until then;
- Last.fm event sequences with times (Du et al., KDD 2016; ``lastfm_gaps``), events as stand-in tracks of an
  artist each; models are trained once, on other listeners' sequences.

Of the mixes of a day: the share whose identity stands on the next day's list too, and of these the share
that keep their name, and their order; the artists two days of one identity share, beside what two mixes of a
day share; how many come back within a week after they went; how many tracks of a mix are others the next
day; how far the share of the new lies from the stated one; items that stand twice on a day.

    python benchmarks/daily_mix.py --shared ../shared --on 2026-11-21
"""

import argparse
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from machine import facts, sentence
from ritornello.catalog import items
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.kinds.decisions import Decision
from ritornello.kinds.items import AnyItem, Artist, Track
from ritornello.kinds.times import to_us
from ritornello.listeners.preferences import Preferences
from ritornello.listeners.profile import Played, Profile, RecentListen
from ritornello.models.bundle import Bundle
from ritornello.models.interactions import Plays, from_plays
from ritornello.models.training import TrainingConfig, train
from ritornello.models.vocabulary import Vocabulary
from ritornello.policies.choice import FAMILIAR
from ritornello.store.database import connect, execute_rows, transaction
from ritornello.store.log import Writer
from ritornello.surfaces import daily_mix
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.lists import Terms
from ritornello.surfaces.recipes import load
from ritornello.surfaces.situation import Request, Situation, stock_of
from ritornello.worlds.toy import Size, make_toy

SEED = 20261116
NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
RECIPE = load("daily_mix")

Listen = tuple[datetime, str, bool]
"""When it began, what it was, whether it was skipped."""
Histories = dict[str, list[Listen]]
Trained = Callable[[int], Bundle]


class Past:
    """One listener's history until an instant that moves on."""

    def __init__(self, listener_id: str, listens: Sequence[Listen]) -> None:
        self._listener_id = listener_id
        self._listens = sorted(listens)
        self._n = 0
        self._plays: dict[str, Played] = {}

    def until(self, at: datetime) -> Profile:
        """Return the profile as of an instant not before the last one asked for."""
        while self._n < len(self._listens) and self._listens[self._n][0] < at:
            began_at, item_id, skipped = self._listens[self._n]
            us = to_us(began_at)
            old = self._plays.get(item_id, Played(0, 0, us, us))
            self._plays[item_id] = Played(
                old.n_plays + (not skipped), old.n_skips + skipped, old.first_at_us, us
            )
            self._n += 1
        newest = self._listens[max(self._n - 100, 0) : self._n][::-1]
        recent = tuple(RecentListen(i, a, None, "skip" if s else "play") for a, i, s in newest)
        return Profile(
            listener_id=self._listener_id, at=at, plays=dict(self._plays), tallies={},
            recent=recent, marks={}, snoozed=frozenset(), marked_at={}, preferences=Preferences(),
        )  # fmt: skip


def simulated(n_listeners: int, n_days: int) -> tuple[list[AnyItem], Histories, Trained]:
    """Return the toy world's catalogue and histories; a model a week, each by a seed of its own."""
    rng = np.random.default_rng(SEED)
    world = make_toy(NOW, rng, Size(n_listeners=max(n_listeners, 300), n_weeks=12))
    histories: Histories = {}
    for listen in world.listens:
        skipped = listen.ended_because == "skipped_forward"
        heard = (listen.started_at, listen.item_id, skipped)
        histories.setdefault(listen.listener_id, []).append(heard)

    def trained(day: int) -> Bundle:
        until = NOW - timedelta(days=n_days - day)
        known = {who: [each for each in all_ if each[0] < until] for who, all_ in histories.items()}
        return fitted(known, until, day)

    few = {who: histories[who] for who in list(histories)[:n_listeners]}
    return list(world.items), few, trained


def real(folder: Path, n_listeners: int, n_days: int) -> tuple[list[AnyItem], Histories, Trained]:
    """Return stand-in tracks, the test sequences that are long enough, and a model of the others."""
    events = _lines(folder / "event_split_1000-test.txt", int)
    times = _lines(folder / "time_split_1000-test.txt", float)
    histories: Histories = {}
    for number, (what, when) in enumerate(zip(events, times, strict=True)):
        if when[-1] - when[0] >= n_days + 30:
            at = [NOW - timedelta(days=when[-1] - each) for each in when]
            found = [(a, f"track:e{w}", False) for a, w in zip(at, what, strict=True)]
            histories[f"listener-{number}"] = found
    others: Histories = {}
    for number, what in enumerate(_lines(folder / "event_split_1000-train.txt", int)):
        at = [NOW - timedelta(hours=len(what) - n) for n in range(len(what))]
        others[f"other-{number}"] = [
            (a, f"track:e{w}", False) for a, w in zip(at, what, strict=True)
        ]
    numbers = sorted({w for what in events for w in what} | {
        int(i.removeprefix("track:e")) for each in others.values() for _, i, _ in each
    })  # fmt: skip
    catalogue = [item for number in numbers for item in _stand_in(number)]
    model = fitted(others, NOW, 0)
    return catalogue, dict(list(histories.items())[:n_listeners]), lambda _: model


def _stand_in(number: int) -> tuple[Artist, Track]:
    artist = Artist(item_id=f"artist:e{number}", title=f"Artist {number:04d}")
    return artist, Track(
        item_id=f"track:e{number}", title=f"Track {number:04d}",
        artist_ids=(artist.item_id,), artist_name=artist.title,
    )  # fmt: skip


def _lines(path: Path, kind: Callable[[str], Any]) -> list[list[Any]]:
    text = path.read_text(encoding="ascii")
    return [[kind(word) for word in line.split()] for line in text.splitlines() if line.strip()]


def fitted(histories: Histories, at: datetime, seed: int) -> Bundle:
    """Train on histories."""
    names = tuple(histories)
    vocabulary = Vocabulary.of({item for all_ in histories.values() for _, item, _ in all_})
    played = [
        (row, vocabulary.columns[item], began_at.timestamp())
        for row, who in enumerate(names)
        for began_at, item, skipped in histories[who]
        if not skipped
    ]
    rows, columns, at_s = (np.array(column) for column in zip(*played, strict=True))
    interactions = from_plays(names, vocabulary, Plays(rows, columns, at_s), now_s=at.timestamp())
    config = TrainingConfig(n_trials=1)
    return train(interactions, config, np.random.default_rng(SEED + seed), trained_at=at)


def run(
    catalogue: Sequence[AnyItem], histories: Histories, trained: Trained, n_days: int
) -> Iterator[list[Decision | None]]:
    """Yield each listener's decisions, one a day."""
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home")
        conn = connect(home)
        with transaction(conn):
            for sql, rows in items.changes(catalogue):
                execute_rows(conn, sql, rows)
        view = View.read(conn)
        terms = Terms(RECIPE, Ladder(lambda: 0.0), 20)
        pasts = {who: Past(who, listens) for who, listens in histories.items()}
        made: dict[str, list[Decision | None]] = {who: [] for who in histories}
        with Writer(home, REDUCERS, now=lambda: NOW) as writer:
            for day in range(n_days):
                if day % 7 == 0:
                    stock = stock_of(view, NO_RULINGS, trained(day))
                at = NOW - timedelta(days=n_days - day)
                decisions = []
                for who, past in pasts.items():
                    asked = Request.of(
                        past.until(at), "daily_mix", time_zone="UTC", budget=0.1, seed=SEED
                    )
                    decision = daily_mix.due(conn, Situation(asked, stock), terms)
                    made[who].append(decision)
                    decisions += [decision] if decision is not None else []
                writer.decide(decisions).result()
        conn.close()
    yield from made.values()


def look(listeners: Sequence[Sequence[Decision | None]]) -> dict[str, Any]:
    """Measure what the mixes did from day to day."""
    n: Counter[str] = Counter()
    shared, apart, fresh_familiar, fresh_new, off = [], [], [], [], []
    because: Counter[str] = Counter()
    for days in listeners:
        gone: dict[str, int] = {}
        for day, (before, now) in enumerate(zip([None, *days], days, strict=False)):
            if now is None:
                n["days_without"] += 1
                continue
            n["days"] += 1
            n["mixes"] += len(now.shelves)
            n["twice"] += len(now.slots) - len({slot.item_id for slot in now.slots})
            because[now.rung_because] += 1
            sets = {s.name: _shown(now, s.name) for s in now.shelves}
            for fam, new in sets.values():
                off.append(
                    abs(len(new) / (len(fam) + len(new)) - (1 - RECIPE.mixes.familiar_share))
                )
            names = list(sets)
            for i, a in enumerate(names):
                apart += [_jaccard(sets[a][0], sets[b][0]) for b in names[i + 1 :]]
            n["returned"] += sum(day - gone[name] <= 7 for name in sets if name in gone)
            gone = {k: v for k, v in gone.items() if k not in sets}
            if before is None:
                continue
            old = {s.name: s for s in before.shelves}
            n["could_keep"] += len(old)
            kept = [s for s in now.shelves if s.name in old]
            n["kept"] += len(kept)
            n["kept_name"] += sum(s.title == old[s.name].title for s in kept)
            places = [list(old).index(s.name) for s in kept]
            n["kept_order"] += places == sorted(places)
            n["orders"] += 1
            gone |= {name: day for name in old if name not in sets}
            for shelf in kept:
                fam, new = _shown(before, shelf.name)
                shared.append(_jaccard(fam, sets[shelf.name][0]))
                fresh_familiar.append(1 - len(fam & sets[shelf.name][0]) / len(sets[shelf.name][0]))
                if sets[shelf.name][1]:
                    fresh_new.append(1 - len(new & sets[shelf.name][1]) / len(sets[shelf.name][1]))
    return {
        "n_listeners": len(listeners),
        "n_days": n["days"],
        "days_without": n["days_without"],
        "mixes_a_day": _round(n["mixes"] / max(n["days"], 1)),
        "identity_kept": _round(n["kept"] / max(n["could_keep"], 1)),
        "name_kept": _round(n["kept_name"] / max(n["kept"], 1)),
        "order_kept": _round(n["kept_order"] / max(n["orders"], 1)),
        "returned_within_a_week_per_100_mixes": _round(100 * n["returned"] / max(n["mixes"], 1)),
        "familiar_shared_by_two_days_of_one": _round(np.mean(shared)),
        "familiar_shared_by_two_of_a_day": _round(np.mean(apart)) if apart else 0.0,
        "familiar_that_change_in_a_day": _round(np.mean(fresh_familiar)),
        "new_that_change_in_a_day": _round(np.mean(fresh_new)),
        "share_within_2_points_of_new": _round(np.mean(np.array(off) <= 0.02 + 1e-9)),
        "items_twice_on_a_day": n["twice"],
        "because": dict(because.most_common(4)),
    }


def _shown(decision: Decision, shelf: str) -> tuple[set[str], set[str]]:
    slots = [slot for slot in decision.slots if slot.shelf == shelf]
    familiar = {slot.item_id for slot in slots if slot.source == FAMILIAR}
    return familiar, {slot.item_id for slot in slots} - familiar


def _jaccard(a: set[str], b: set[str]) -> float:
    return len(a & b) / max(len(a | b), 1)


def _round(value: float) -> float:
    return round(float(value), 4)


def main() -> None:
    """Run both sets and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--listeners", type=int, default=100)
    parser.add_argument("--days", type=int, default=28)
    options = parser.parse_args()
    n, days = options.listeners, options.days
    sets = {
        "simulated": simulated(n, days),
        "lastfm_gaps": real(options.shared / "data" / "lastfm_gaps", n, days),
    }
    figures = {name: look(list(run(*each, days))) for name, each in sets.items()}
    machine = facts(options.on)
    print(json.dumps({"benchmark": "daily_mix", "machine": machine, "figures": figures}))
    for name, found in figures.items():
        print(f"{name}: {found}")
    print(sentence(machine))


if __name__ == "__main__":
    main()
