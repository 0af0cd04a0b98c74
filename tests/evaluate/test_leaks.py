"""The future leaves no trace: a home without it gives the same features, models and runs, byte by byte.

Three spies are planted, each through a door it could plausibly have. Each lets an evaluation run to its end and breaks
the comparison with the home that has no future, and nothing else.
"""

import shutil
from contextlib import closing

import msgspec
import numpy as np
import pytest

from ritornello.cli.wiring import REDUCERS, beside, schemas, settings_of
from ritornello.evaluate import as_of, in_service, offline, splits
from ritornello.evaluate.asking import parted
from ritornello.evaluate.entrants import parse
from ritornello.evaluate.learned import learn
from ritornello.kinds.times import to_us
from ritornello.listeners.profile import read_profile
from ritornello.models import extract
from ritornello.models.training import TrainingConfig
from ritornello.signals.building import open_tables
from ritornello.signals.shapes import shapes
from ritornello.store import artefacts, lake
from ritornello.store.database import connect, transaction
from ritornello.store.home import Home
from ritornello.store.rebuild import derived_tables, digest, rebuild
from tests.evaluate.lived_in import AT, lived_in, rooms

TEXTS = (
    "blend",
    "transitions",
    "new_for_you",
    "plackett_luce(budget=0.3) over ease",
    "home",
    "discover_weekly",
)
TRUTH = ("items", "aliases", "rulings", "tallies", "preferences", "pools", "receptivities")
QUICK = TrainingConfig(n_judges=5)
LISTENERS = [f"listener-{n}" for n in range(1, 5)]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return lived_in(tmp_path_factory.mktemp("lived") / "home")


@pytest.fixture(scope="module")
def without_future(home, tmp_path_factory):
    """The same home with every event and decision from the split on deleted, and its state made again."""
    twin = Home(shutil.copytree(home.path, tmp_path_factory.mktemp("twin") / "home"))
    with closing(connect(twin)) as conn, transaction(conn):
        gone = conn.execute("DELETE FROM events WHERE happened_at_us >= ?", (to_us(AT),)).rowcount
        gone += conn.execute("DELETE FROM decisions WHERE made_at_us >= ?", (to_us(AT),)).rowcount
        assert gone > 100
    rebuild(twin, schemas(), REDUCERS)
    return twin


def learned(home):
    """Return what is learned of a past: every table of signals, every lesson and belief."""
    split = splits.Split(name="global", at=AT)
    settings = settings_of(home)
    with as_of.whole(home) as everything, as_of.past(everything, split, rooms()) as past:
        assert learn(past, rooms(), beside(settings), settings["learn_from"]) == ()
        with closing(connect(past.home, read_only=True)) as conn, lake.open_lake(past.home) as duck:
            open_tables(duck, past.home, shapes())
            tables = {
                name: duck.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
                for name in shapes()
            }
            return tables, digest(conn, ("lessons", "beliefs", "receptivities"))


class Popular(msgspec.Struct, frozen=True):
    """A spy: it ranks by what is popular in the lake of the home that serves, not of the past."""

    home: Home
    name: str = "popular_in_the_lake"
    n_draws: int = 1

    def recipe(self, service):
        return {}

    def rank(self, block, n, draw):
        with lake.open_lake(self.home) as duck:
            lake.relation(duck, self.home, "listen")
            best = duck.execute(
                "SELECT item_id FROM listen GROUP BY 1 ORDER BY count(*) DESC, 1"
            ).fetchall()
        rows = block.service.stock.view.rows(item_id for (item_id,) in best)
        return parted(block, [rows for _ in block.situations], n)


def events(duck, home, kind):
    lake.relation(duck, home, kind)
    return duck.execute(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM {kind} ORDER BY ALL").fetchall()


def traces(home, *spies):
    """Return everything an evaluation makes of a home before the rest is opened, as digests or bytes."""
    entrants = [*map(parse, TEXTS), *spies]
    split = splits.Split(name="global", at=AT)
    with (
        as_of.whole(home) as everything,
        as_of.past(everything, split, rooms()) as past,
        in_service.in_service(past, settings_of(home), QUICK) as service,
        lake.open_lake(past.home) as duck,
    ):
        played = msgspec.structs.asdict(service.interactions)
        features = {k: v.tobytes() if isinstance(v, np.ndarray) else v for k, v in played.items()}
        profiles = [read_profile(service.conn, who, AT) for who in LISTENERS]
        answers = offline.ask(service, entrants, LISTENERS, 20)
        return {
            "events": [events(duck, past.home, kind) for kind in as_of.KINDS],
            "state": digest(service.conn, (*derived_tables(schemas()), *TRUTH)),
            "features": features | {"vocabulary": service.interactions.vocabulary.ids},
            "profiles": repr(profiles),
            "models": artefacts.current_version(past.home),
            "runs": {
                name: [
                    [rows.tobytes() for rows in each[part]]
                    for each in draws
                    for part in sorted(each)
                ]
                for name, draws in answers.of.items()
            },
        }


def assert_no_trace_of_the_future(home, twin, *spies_of):
    """Compare the traces of a home with those of its twin without a future."""
    ours, theirs = (traces(each, *(spy(each) for spy in spies_of)) for each in (home, twin))
    for what, found in ours.items():
        assert found == theirs[what], what


def test_deleting_the_future_leaves_features_models_and_runs_as_they_are(home, without_future):
    assert_no_trace_of_the_future(home, without_future)


@pytest.mark.slow
def test_deleting_the_future_leaves_signals_and_beliefs_as_they_are(home, without_future):
    (ours, beliefs), (theirs, others) = learned(home), learned(without_future)
    assert ours["visits"]
    assert ours["shown"]
    assert ours == theirs
    assert beliefs == others


@pytest.mark.slow
def test_a_scorer_that_reads_the_lake_of_today_is_caught(home, without_future):
    with pytest.raises(AssertionError, match="runs"):
        assert_no_trace_of_the_future(home, without_future, Popular)


@pytest.mark.slow
def test_a_feature_that_reads_the_lake_of_today_is_caught(home, without_future, monkeypatch):
    def peeking(duck, listens, conn, *, now):
        today = home if peeking.here == home.path else without_future
        lake.relation(duck, today, "listen")
        return extract.read_interactions(duck, listens, conn, now=now)

    def in_turn(at_home):
        peeking.here = at_home.path
        return traces(at_home)

    monkeypatch.setattr(in_service, "read_interactions", peeking)
    ours, theirs = in_turn(home), in_turn(without_future)
    assert ours["events"] == theirs["events"]
    assert ours["features"] != theirs["features"]
    assert ours["models"] != theirs["models"]


@pytest.mark.slow
def test_a_cut_at_midnight_instead_of_the_instant_is_caught(home, without_future, monkeypatch):
    by_day = as_of._KNOWN.replace("epoch_us(k.{time}) <", "epoch_us(date_trunc('day', k.{time})) <")
    assert by_day != as_of._KNOWN
    monkeypatch.setattr(as_of, "_KNOWN", by_day)
    with pytest.raises(AssertionError, match="events"):
        assert_no_trace_of_the_future(home, without_future)
