"""How good is a Home by what is known? For 0, 5, 20 and 100 events, with and without the five choices.

(a) The simulated world: 300 listeners are trained on, 120 others are met anew. Each is given their first n listens, once as they
are and once after choosing at the beginning, and asks for a Home. They choose from each group the artist they feel best about, if
that is more than 0.6. Of the first 20 cards (five of each of the first four shelves) two things are told against the
truth only tests may read: nDCG@20, where the gain is the true satisfaction and the best is what the catalogue could do, and the share
that satisfies with 0.8 or more. Beside them the 20 most popular tracks, what a service without an answer to newcomers shows.

(b) HetRec Last.fm: 1,500 listeners are trained on; 300 others have 0, 5 or 20 of their artists known (counts, no
times; nobody has 100), the rest hidden. They choose from each group an artist they play, if there is one.
nDCG@20 of the hidden ones among the first 20 cards, the known and the chosen left out on both sides.

lastfm_gaps names neither artists nor genres, so there is nothing to choose from. Means with 95 % bootstrap intervals over
listeners; choosing against not choosing paired. Run from the project's root:

    python benchmarks/quality_by_events.py --shared ../shared --on 2026-11-21
"""

import argparse
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from msgspec.structs import replace

from machine import facts, sentence
from ritornello.catalog import items
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.evaluate.surfaces_asked import as_met
from ritornello.intake import hetrec, importing
from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import Answer, Listen
from ritornello.kinds.ids import uuid8
from ritornello.kinds.randomness import derive
from ritornello.listeners import tallies
from ritornello.listeners.preferences import Preferences
from ritornello.listeners.profile import Profile, read_profile
from ritornello.measures.resampling import interval, paired_interval
from ritornello.models import bundle
from ritornello.models.extract import read_genres, read_interactions
from ritornello.models.training import TrainingConfig, train
from ritornello.store import artefacts, lake
from ritornello.store.database import connect
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.surfaces import home, onboarding
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.recipes import load
from ritornello.surfaces.situation import Request, Situation, Stock, stock_of
from ritornello.worlds.toy import Size, World, make_toy

NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)
SEED = 20261116
K = 20
N_CARDS_SEEN = 5
WORLD = Size(n_listeners=420)
N_NEWCOMERS = 120
N_HELD_OUT = 300
LIKED = 0.6
SATISFIES = 0.8
RECIPE = load("home")
Values = dict[str, np.ndarray]


class Toy(NamedTuple):
    """The simulated service: its home, what there is to choose from, its world, its writer."""

    service: Home
    stock: Stock
    world: World
    writer: Writer


def first_cards(page: Decision, n: int) -> list[str]:
    """Return the first tracks as somebody meets them: five of each shelf, then the next five."""
    return [item_id for item_id in as_met(page, N_CARDS_SEEN) if item_id.startswith("track:")][:n]


def page_of(stock: Stock, profile: Profile) -> Decision:
    """Decide a Home as the server does, for somebody whose page was never shown."""
    asked = Request.of(profile, "home", time_zone="UTC", budget=0.1, seed=SEED, device="mobile")
    ladder = Ladder(time.monotonic, deadline_s=60)
    return home.decide(
        Situation(asked, stock), RECIPE, ladder, remembered=lambda: None, counted=list
    )


def offered(stock: Stock, profile: Profile) -> list[onboarding.Group]:
    """Return what a listener may choose from."""
    asked = Request.of(profile, "home", time_zone="UTC", budget=0.1, seed=SEED)
    return onboarding.groups(Situation(asked, stock))


def trained(service: Home, now: datetime) -> Stock:
    """Train on what the home holds and return what there is to choose from."""
    conn = connect(service)
    with lake.open_lake(service) as duck:
        lake.relation(duck, service, "listen")
        interactions = read_interactions(duck, "listen", conn, now=now)
    genres = read_genres(conn, interactions.vocabulary)
    made = train(
        interactions, TrainingConfig(), derive(SEED, "train"), trained_at=now, genres=genres
    )
    artefacts.switch(service, bundle.save(service, made))
    stock = stock_of(View.read(conn), NO_RULINGS, bundle.Current(service).refresh())
    conn.close()
    return stock


def measure_toy(folder: Path) -> dict[str, Any]:
    """Measure part (a)."""
    service = make_home(folder / "toy")
    world = make_toy(NOW, np.random.default_rng(SEED), WORLD)
    known, new = world.listener_ids[:-N_NEWCOMERS], world.listener_ids[-N_NEWCOMERS:]
    trained_on = set(known)
    with Writer(service, REDUCERS, now=lambda: NOW) as writer:
        events = [event for event in world.events() if event.listener_id in trained_on]
        writer.append(events, changes=items.changes(world.items)).result()
        stock = trained(service, NOW)
        listens = {
            who: [listen for listen in world.listens if listen.listener_id == who] for who in new
        }
        at = Toy(service, stock, world, writer)
        enough = [who for who in new if len(listens[who]) >= 100]
        values = {
            f"{n}{' chosen' * chooses}": [
                judged(at, who, listens[who][:n], chooses) for who in enough
            ]
            for n in (0, 5, 20, 100)
            for chooses in (False, True)
        }
    popular = np.argsort(-stock.bundle.popularity.all_time)
    most = [i for i in (stock.bundle.vocabulary.ids[c] for c in popular) if i in world.track_ids]
    values["popular"] = [quality(world, who, most[:K]) for who in enough]
    return {
        "data": f"simulated world, {len(enough)} listeners not trained on",
        **{
            name: told({key: np.array(v)[:, place] for key, v in values.items()}, (0, 5, 20, 100))
            for place, name in enumerate(("ndcg_20", "share_satisfying"))
        },
    }


def judged(at: Toy, who: str, listens: Sequence[Listen], chooses: bool) -> tuple[float, float]:
    """Store what is known of a listener under a name of its own, and judge the Home they get."""
    service, stock, world, writer = at
    name = f"{who}-{len(listens)}{'-chosen' * chooses}"
    conn = connect(service, read_only=True)
    if listens:
        writer.append([renamed(listen, name) for listen in listens]).result()
    if chooses:
        writer.append(list(answered(stock, world, who, read_profile(conn, name, NOW)))).result()
    page = page_of(stock, read_profile(conn, name, NOW))
    conn.close()
    return quality(world, who, first_cards(page, K))


def renamed(listen: Listen, name: str) -> Listen:
    """Return the same listen of somebody of another name."""
    return replace(
        listen, listener_id=name, event_id=uuid8(listen.happened_at, name, listen.item_id)
    )


def answered(stock: Stock, world: World, who: str, profile: Profile) -> Iterator[Answer]:
    """Yield what a listener chooses: of each group the artist they feel best about, if they do."""
    view = stock.view
    feels = world.truth[world.listener_ids.index(who)]
    makers = view.artist[view.rows(world.track_ids)]
    for group in offered(stock, profile):
        rows = view.rows(group.choices)
        likes = [feels[makers == row].mean() if (makers == row).any() else 0.0 for row in rows]
        if max(likes) > LIKED:
            about_id = group.choices[int(np.argmax(likes))]
            yield Answer(
                event_id=uuid8(NOW, profile.listener_id, about_id),
                listener_id=profile.listener_id, happened_at=NOW, question="onboarding",
                about_id=about_id, value="yes",
            )  # fmt: skip


def quality(world: World, who: str, shown: Sequence[str]) -> tuple[float, float]:
    """Return nDCG@20 with true satisfaction as gain, and the share that satisfies."""
    feels = world.truth[world.listener_ids.index(who)]
    place = {track_id: n for n, track_id in enumerate(world.track_ids)}
    gains = np.zeros(K)
    found = [feels[place[item_id]] for item_id in shown]
    gains[: len(found)] = found
    weights = 1 / np.log2(np.arange(2, K + 2))
    best = np.sort(feels)[::-1][:K]
    return float(gains @ weights / (best @ weights)), float((gains >= SATISFIES).mean())


def measure_hetrec(folder: Path, shared: Path) -> dict[str, Any]:
    """Measure part (b)."""
    service = make_home(folder / "hetrec")
    with Writer(service, REDUCERS, now=lambda: NOW) as writer:
        importing.run(
            partial(hetrec.read, shared / "data" / "hetrec_lastfm"), source=hetrec.SOURCE,
            digest="benchmark", writer=writer, now=lambda: NOW, tally_changes=tallies.changes,
        )  # fmt: skip
        played = writer.run(hold_out).result()
    stock = trained(service, NOW)
    values: dict[str, list[float]] = {}
    rng = np.random.default_rng(SEED)
    for who, counts in played.items():
        order = [list(counts)[n] for n in rng.permutation(len(counts))]
        for n in (0, 5, 20):
            for chooses in (False, True):
                key = f"{n}{' chosen' * chooses}"
                values.setdefault(key, []).append(
                    found_again(stock, who, counts, order[:n], chooses)
                )
    return {
        "data": f"HetRec Last.fm, {len(played)} listeners not trained on",
        "ndcg_20": told({key: np.array(v) for key, v in values.items()}, (0, 5, 20)),
    }


def hold_out(conn: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """Take the tallies of some listeners with 40 artists or more out of the home, and return them."""
    who = "SELECT listener_id FROM tallies GROUP BY 1 HAVING count(*) >= 40 ORDER BY 1"
    every = [listener_id for (listener_id,) in conn.execute(who)]
    held = np.random.default_rng(SEED).choice(every, N_HELD_OUT, replace=False).tolist()
    found: dict[str, dict[str, int]] = {}
    for listener_id in held:
        rows = "SELECT item_id, n_plays FROM tallies WHERE listener_id = ?"
        found[listener_id] = dict(conn.execute(rows, (listener_id,)))
        conn.execute("DELETE FROM tallies WHERE listener_id = ?", (listener_id,))
    return found


def found_again(
    stock: Stock, who: str, counts: dict[str, int], known: Sequence[str], chooses: bool
) -> float:
    """Return nDCG@20 of a listener's hidden artists among the first cards of their Home."""
    view = stock.view
    profile = Profile(
        listener_id=who, at=NOW, plays={}, tallies={item: counts[item] for item in known},
        recent=(), marks={}, snoozed=frozenset(), marked_at={}, preferences=Preferences(),
    )  # fmt: skip
    makers = {view.ids[view.artist[view.number[item]]]: item for item in counts}
    chosen: list[str] = []
    for group in offered(stock, profile):
        plays = [maker for maker in group.choices if maker in makers]
        chosen += sorted(plays, key=lambda maker: -counts[makers[maker]])[:1]
    left_out = {*known, *(makers[maker] for maker in chosen)}
    if chooses:
        profile = replace(profile, marks={(maker, "chosen"): 1 for maker in chosen})
    shown = [item for item in first_cards(page_of(stock, profile), 100) if item not in left_out][:K]
    hits = np.zeros(K)
    hits[: len(shown)] = [item in counts for item in shown]
    weights = 1 / np.log2(np.arange(2, K + 2))
    n_hidden = min(len(counts.keys() - left_out), K)
    return float(hits @ weights / weights[:n_hidden].sum())


def told(values: Values, steps: Sequence[int]) -> dict[str, Any]:
    """Return means with intervals, and what choosing changes at each number of events."""
    rng = np.random.default_rng(SEED)

    def of(found: Callable[[], Any]) -> list[float]:
        each = found()
        return [round(each.mean, 4), round(each.low, 4), round(each.high, 4)]

    by = {key: of(lambda key=key: interval(values[key], rng)) for key in values}
    changes = {
        str(n): of(lambda n=n: paired_interval(values[f"{n} chosen"], values[str(n)], rng))
        for n in steps
    }
    return {"by_events": by, "choosing_adds": changes}


def main() -> None:
    """Measure both and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--part", choices=("toy", "hetrec", "both"), default="both")
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        if options.part != "hetrec":
            figures["toy"] = measure_toy(Path(folder))
        if options.part != "toy":
            figures["hetrec"] = measure_hetrec(Path(folder), options.shared)
        machine = facts(options.on, Path(folder))
    print(json.dumps({"benchmark": "quality_by_events", "machine": machine, **figures}))
    for part, found in figures.items():
        for name, table in found.items():
            if isinstance(table, dict):
                print(part, name)
                for key, (mean, low, high) in table["by_events"].items():
                    print(f"  {key:>12}: {mean:.3f} [{low:.3f}, {high:.3f}]")
                for key, (mean, low, high) in table["choosing_adds"].items():
                    print(f"  choosing adds at {key:>3}: {mean:+.3f} [{low:+.3f}, {high:+.3f}]")
    print(sentence(machine))


if __name__ == "__main__":
    main()
