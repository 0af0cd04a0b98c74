"""A home as it stood: cut to the instant, with what has no time bounded by what has."""

import shutil
from contextlib import closing
from datetime import timedelta

import pytest

from ritornello.catalog import items
from ritornello.cli.wiring import writing
from ritornello.evaluate import as_of, splits
from ritornello.evaluate.splits import Split
from ritornello.kinds.items import Artist, Track
from ritornello.kinds.times import to_us
from ritornello.listeners.profile import read_profile
from ritornello.store import erasure, lake
from ritornello.store.database import connect, transaction
from ritornello.store.home import Home
from tests.evaluate.lived_in import AT, lived_in, rooms

AN_HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The home, with items nobody can date, tallies of two imports and an artist known through a track."""
    made = lived_in(tmp_path_factory.mktemp("as_of") / "home")
    with closing(connect(made)) as conn, transaction(conn):
        makers = [Artist(item_id=f"artist:{name}", title=name) for name in ("tallied", "guest")]
        undated = Track(item_id="track:undated", title="Undated", artist_name="Nobody")
        tallied = Track(
            item_id="track:tallied",
            title="Tallied",
            artist_ids=("artist:tallied", "artist:guest"),
            artist_name="T",
        )
        for sql, changed in items.changes(
            [
                undated,
                tallied,
                *makers,
            ]
        ):
            conn.executemany(sql, changed)
        rows = [
            ("listener-1", "track:tallied", "early", 3),
            ("listener-1", "track:undated", "late", 4),
        ]
        conn.executemany("INSERT INTO tallies VALUES (?, ?, ?, ?)", rows)
        for source, at in (("early", AT - AN_HOUR), ("late", AT + AN_HOUR)):
            conn.execute(
                "INSERT INTO imports (digest, source, position, changed_at_us) VALUES (?, ?, 1, ?)",
                (source, source, to_us(at)),
            )
        for version, at in ((1, AT - AN_HOUR), (2, AT + AN_HOUR)):
            pool = ("quiet", version, version, to_us(at), "editor", "", None)
            conn.execute("INSERT INTO pools VALUES (?, ?, ?, ?, ?, ?, ?)", pool)
    return made


def taken(home, split=None, **more):
    """Return what is asked of a past while it is there: rows of a query each."""
    split = split or Split(name="global", at=AT)

    def ask(*queries):
        with (
            as_of.whole(home) as everything,
            as_of.past(everything, split, rooms(), **more) as past,
            closing(connect(past.home, read_only=True)) as conn,
        ):
            return [conn.execute(sql).fetchall() for sql in queries], past

    return ask


@pytest.fixture(scope="module")
def past(home):
    queries = (
        "SELECT from_id, into_id FROM aliases", "SELECT withdrawn_at_us FROM rulings",
        "SELECT item_id FROM items", "SELECT item_id, n_plays FROM tallies", "SELECT version FROM pools",
        "SELECT DISTINCT json_extract(CAST(body AS TEXT), '$.time_zone') FROM preferences",
        "SELECT max(started_at_us) FROM listens", "SELECT count(*) FROM plays",
    )  # fmt: skip
    found, past = taken(home)(*queries)
    names = ("aliases", "rulings", "items", "tallies", "pools", "zones", "last", "plays")
    return dict(zip(names, found, strict=True)), past


def test_nothing_is_known_from_the_instant_on(past):
    ((last_us,),) = past[0]["last"]
    midnight = AT.replace(hour=0, minute=0)
    assert to_us(midnight) < last_us < to_us(AT)
    assert past[0]["plays"][0][0] > 100


def test_merges_lead_where_they_led(past):
    ((from_id, into_id),) = past[0]["aliases"]
    assert from_id != into_id


def test_a_ruling_taken_back_later_is_in_force(past):
    assert past[0]["rulings"] == [(None,)]


def test_a_pool_has_the_versions_it_had(past):
    assert past[0]["pools"] == [(1,)]


def test_an_item_is_known_by_what_has_a_time(past):
    known = {item_id for (item_id,) in past[0]["items"]}
    assert "track:undated" not in known
    assert {"track:tallied", "artist:tallied", "artist:guest"} <= known
    assert "items_undated" in {warned.code for warned in past[1].warnings}


def test_a_tally_is_known_once_its_source_was_imported(past):
    assert past[0]["tallies"] == [("track:tallied", 3)]
    assert "tallies_undated" in {warned.code for warned in past[1].warnings}


@pytest.mark.slow
def test_all_tallies_are_known_where_that_is_said(home):
    (all_of_them,), past = taken(home, tallies="known")("SELECT count(*) FROM tallies")
    assert all_of_them == [(2,)]
    assert "tallies_undated" not in {warned.code for warned in past.warnings}


def test_a_zone_is_that_of_the_last_decision(past):
    assert past[0]["zones"] == [("Asia/Tokyo",)]


def test_the_past_is_gone_with_its_block(home, past):
    assert not past[1].home.path.exists()
    assert not list(home.spill.glob("as-of-*"))


@pytest.mark.slow
def test_every_listener_of_leave_one_out_has_an_instant_of_their_own(home):
    with as_of.whole(home) as everything:
        split = splits.leave_one_out(everything.duck)
        with as_of.past(everything, split, rooms()) as past, lake.open_lake(past.home) as duck:
            lake.relation(duck, past.home, "listen")
            last = dict(
                duck.execute(
                    "SELECT listener_id, max(epoch_us(happened_at)) FROM listen GROUP BY 1"
                ).fetchall()
            )
    assert len(split.own) > 5
    assert all(last[who] < to_us(at) for who, at in split.own.items())


@pytest.mark.slow
def test_a_hidden_pair_leaves_no_play_and_no_love(home):
    with as_of.whole(home) as everything:
        (who, item_id), *_ = everything.duck.execute(
            "SELECT listener_id, item_id FROM listen GROUP BY ALL ORDER BY count(*) DESC, 1, 2 LIMIT 1"
        ).fetchall()
        split = Split(
            name="share",
            at=AT + timedelta(days=30),
            hidden=((who, item_id), ("listener-1", "track:tallied")),
        )
        with (
            as_of.past(everything, split, rooms(), tallies="known") as past,
            closing(connect(past.home, read_only=True)) as conn,
        ):
            theirs, hers = (read_profile(conn, each, split.at) for each in (who, "listener-1"))
    assert item_id not in theirs.heard
    assert len(theirs.heard) > 3
    assert "track:tallied" not in hers.heard
    assert "track:undated" in hers.heard


@pytest.mark.slow
def test_nobody_who_is_leaving_is_in_the_past(home, tmp_path):
    twin = Home(shutil.copytree(home.path, tmp_path / "home"))
    with writing(twin) as writer:
        writer.run(lambda conn: erasure.begin(conn, "listener-2", AT)).result()
    found, _ = taken(twin)(
        "SELECT count(*) FROM listens WHERE listener_id = 'listener-2'",
        "SELECT count(*) FROM listens",
    )
    assert found[0] == [(0,)]
    assert found[1][0][0] > 100
