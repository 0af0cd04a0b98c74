"""What was right for whom after the split, by the success function that is named."""

from datetime import UTC, datetime, timedelta

import pytest

from ritornello.catalog import aliases, items
from ritornello.cli.wiring import ground_of, make_home, settings_of, writing
from ritornello.evaluate import as_of, held_out
from ritornello.evaluate.splits import Split
from ritornello.kinds.errors import UnknownName
from ritornello.kinds.events import Act, Listen
from ritornello.kinds.ids import uuid8
from ritornello.kinds.items import Track

AT = datetime(2026, 11, 14, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def listen(who, track, minutes, *, ms=200_000, ended="finished", **more):
    at = AT + minutes * MINUTE
    return Listen(
        event_id=uuid8(at, who, track), listener_id=who, item_id=f"track:{track}", happened_at=at,
        started_at=at - MINUTE, ms_played=ms, duration_ms=200_000, ended_because=ended, **more,
    )  # fmt: skip


EVENTS = [
    listen("ada", "a", -60),
    listen("ada", "at_the_instant", 0),
    listen("ada", "a", 20),
    listen("ada", "skipped", 22, ms=4_000, ended="skipped_forward"),
    listen("ada", "private", 25, private=True),
    listen("ada", "broken", 26, ended="error"),
    listen("bob", "b", 600),
    listen("bob", "banned", 605),
    Act(event_id=uuid8(AT, "act"), listener_id="bob", happened_at=AT + 606 * MINUTE, act="ban", about_id="track:banned"),
    listen("bob", "twice", 5_000),
    listen("bob", "twice", 9_000, ms=4_000, ended="skipped_forward"),
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = make_home(tmp_path_factory.mktemp("held_out") / "home")
    names = {event.item_id for event in EVENTS if isinstance(event, Listen)} | {"track:merged"}
    tracks = [
        Track(item_id=name, title=name, artist_name="A", duration_ms=200_000) for name in names
    ]
    with writing(made) as writer:
        writer.append(EVENTS, changes=items.changes(tracks)).result()
        writer.run(
            lambda conn: aliases.merge(conn, "track:b", "track:merged", at=AT + MINUTE)
        ).result()
        tally = (
            "INSERT INTO tallies VALUES (?, ?, 'elsewhere', ?)",
            [("eve", "track:a", 7), ("eve", "track:b", 1)],
        )
        writer.append([], changes=[tally]).result()
    return made


def right(home, success="played", **split):
    split = Split(**{"name": "global", "at": AT, **split})
    with as_of.whole(home) as everything:
        as_of.cut(everything, split)
        function = held_out.success_of(home, success)
        found = held_out.right(everything, split, ground_of(home, settings_of(home)), function)
    pairs = zip(found.listener_ids, found.item_ids, found.served, strict=True)
    return {
        (str(who), str(item).removeprefix("track:")): bool(good) for who, item, good in pairs
    }, found


def test_plays_are_right_and_skips_are_not(home):
    found, told = right(home)
    assert found == {
        ("ada", "at_the_instant"): True, ("ada", "a"): True, ("ada", "skipped"): False,
        ("bob", "merged"): True, ("bob", "banned"): True, ("bob", "twice"): True,
    }  # fmt: skip
    assert told.success == "played@1"


@pytest.mark.slow
def test_another_success_function_says_otherwise(home):
    found, told = right(home, "declared")
    assert found["bob", "banned"] is False
    assert found["ada", "a"] is True
    assert told.success.startswith("declared@")


@pytest.mark.slow
def test_what_is_held_out_ends_where_it_is_said_to(home):
    found, _ = right(home, until=AT + 30 * MINUTE)
    assert {who for who, _ in found} == {"ada"}


@pytest.mark.slow
def test_everybody_has_an_instant_of_their_own_where_the_split_says_so(home):
    found, _ = right(
        home, name="leave_one_out", own={"ada": AT + 21 * MINUTE}, at=AT + 700 * MINUTE
    )
    assert found == {("ada", "skipped"): False, ("bob", "twice"): True}


def test_hidden_counts_are_judged_by_as_plays(home):
    hidden = (("eve", "track:merged"), ("ada", "track:a"))
    found, _ = right(home, name="share", at=AT + timedelta(days=99), hidden=hidden)
    assert found == {("eve", "merged"): True, ("ada", "a"): True}


def test_nothing_held_out_is_nothing_right(home):
    found, told = right(home, at=AT + timedelta(days=99))
    assert found == {}
    assert len(told.served) == 0


def test_a_success_function_nobody_defined_is_named(home):
    with pytest.raises(UnknownName, match="did you mean 'declared'"):
        held_out.success_of(home, "declard")
