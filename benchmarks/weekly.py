"""How long Discover Weekly takes for everyone in HetRec Last.fm, and what the lists are like.

Counted from opening the catalogue and the models to the last committed Decision, a second week after
it; training is not counted. A service asks for five plays before a first list; four of the 1,892
listeners have fewer, so one play is enough here (``--min-plays``). Of the lists: how many hold an
artist known to be heard (there must be none), how many tracks of the catalogue and how many of one
list are reached, how much of a list came back the week after. Run from the project's root:

    python benchmarks/weekly.py --shared ../shared --on 2026-11-21
"""

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from machine import facts, sentence
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.intake import hetrec, importing
from ritornello.kinds.randomness import derive
from ritornello.listeners import tallies
from ritornello.listeners.profile import Profile
from ritornello.models import bundle
from ritornello.models.extract import read_genres, read_interactions
from ritornello.models.training import TrainingConfig, train
from ritornello.store import artefacts, lake
from ritornello.store.database import connect
from ritornello.store.decisions import unpack
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.list_build import build, everybody
from ritornello.surfaces.lists import Terms
from ritornello.surfaces.recipes import load
from ritornello.surfaces.situation import Request, Situation, Stock, stock_of

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
SEED = 20261116
SURFACE = "discover_weekly"
Clock = Callable[[], datetime]


def prepare(home: Home, folder: Path, clock: Clock) -> None:
    """Import HetRec and train with the settings as they ship."""
    with Writer(home, REDUCERS, now=clock) as writer:
        importing.run(
            partial(hetrec.read, folder),
            source=hetrec.SOURCE,
            digest="benchmark",
            writer=writer,
            now=clock,
            tally_changes=tallies.changes,
        )
    conn = connect(home)
    with lake.open_lake(home) as duck:
        lake.relation(duck, home, "listen")
        interactions = read_interactions(duck, "listen", conn, now=clock())
    genres = read_genres(conn, interactions.vocabulary)
    rng = derive(SEED, "train")
    made = train(interactions, TrainingConfig(), rng, trained_at=clock(), genres=genres)
    artefacts.switch(home, bundle.save(home, made))
    conn.close()


def build_week(home: Home, now: datetime, min_plays: int) -> dict[str, Any]:
    """Reveal one week for everybody; time it from opening to the last commit."""
    began = time.perf_counter()
    conn = connect(home)
    stock = stock_of(View.read(conn), NO_RULINGS, bundle.Current(home).refresh())
    terms = Terms(load(SURFACE), Ladder(time.monotonic, deadline_s=60), min_plays)
    with Writer(home, REDUCERS, now=lambda: now) as writer:
        listeners = everybody(conn)
        asked = partial(situation, stock)
        on = {SURFACE: terms}
        built = build(conn, writer, listeners, asked, on, now=now, time_zone="UTC")
    elapsed = time.perf_counter() - began
    conn.close()
    return {
        "week_of": now.date().isoformat(),
        "n_listeners": built.n_listeners,
        "n_lists": built.n_lists,
        "n_short": built.n_short,
        "by_rung": built.by_rung,
        "seconds": round(elapsed, 2),
        "lists_per_s": round(built.n_lists / elapsed),
    }


def situation(stock: Stock, profile: Profile) -> Situation:
    """Ask for a Weekly."""
    return Situation(Request.of(profile, SURFACE, time_zone="UTC", budget=0.1, seed=SEED), stock)


def look(home: Home) -> dict[str, Any]:
    """Hold the stored lists against what their listeners are known to have heard."""
    conn = connect(home)
    view = View.read(conn)
    heard: dict[str, set[int]] = {}
    for listener_id, item_id in conn.execute("SELECT listener_id, item_id FROM tallies"):
        heard.setdefault(listener_id, set()).add(int(view.artist[view.number[item_id]]))
    shown: dict[str, list[set[str]]] = {}
    reached: Counter[str] = Counter()
    n_known = 0
    for listener_id, body in conn.execute("SELECT listener_id, body FROM lists ORDER BY period"):
        items = {slot.item_id for slot in unpack(body).slots}
        artists = {int(view.artist[view.number[item_id]]) for item_id in items}
        n_known += bool(artists & heard[listener_id])
        reached.update(items)
        shown.setdefault(listener_id, []).append(items)
    repeated = [len(a & b) / len(b) for a, b in (weeks for weeks in shown.values())]
    top = [n for _, n in reached.most_common(len(reached) // 100 or 1)]
    conn.close()
    return {
        "n_lists_with_a_known_artist": n_known,
        "n_tracks_reached": len(reached),
        "share_of_catalogue_reached": round(len(reached) / int(view.available.sum()), 3),
        "share_of_slots_on_the_top_1_percent": round(sum(top) / reached.total(), 3),
        "share_repeated_the_week_after": round(sum(repeated) / len(repeated), 3),
    }


def main() -> None:
    """Import, train, build two weeks, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--min-plays", type=int, default=1, help="plays a first list asks for")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home")
        prepare(home, options.shared / "data" / "hetrec_lastfm", lambda: MONDAY)
        mondays = [MONDAY + timedelta(weeks=week) for week in range(2)]
        weeks = [build_week(home, monday, options.min_plays) for monday in mondays]
        lists = look(home)
        machine = facts(options.on, home.path)
    figures = {"min_plays": options.min_plays, "weeks": weeks, "lists": lists}
    print(json.dumps({"benchmark": "weekly", "machine": machine, **figures}))
    for week in weeks:
        print(
            f"{week['n_lists']:,} lists for {week['n_listeners']:,} listeners with {options.min_plays} "
            f"or more plays in {week['seconds']} s ({week['by_rung']})"
        )
    print(lists)
    print(sentence(machine))


if __name__ == "__main__":
    main()
