"""How far listeners came with an artist, who came back to a slot, against counting by hand."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.signals.shapes import shapes
from tests.signals.relations import DAY, HOUR, Duck, in_order, made

FIRST = 20_600
EPOCH = date(1970, 1, 1)
DUCK = Duck()
FAR = [{"through_us": (FIRST + 400) * DAY - 1}]


def heard(day, hour=12, artist="artist:1", *, listener="ada", local=0, **said):
    """One play that counts, on a day after the first; ``local`` days off by the listener's clock."""
    usual = {
        "listener_id": listener, "artist_id": artist, "item_id": "track:a", "counts": True, "reading": "play",
        "started_at_us": (FIRST + day) * DAY + round(hour * HOUR),
        "active_on": str(EPOCH + timedelta(days=FIRST + day + local)), "programmed": False,
    }  # fmt: skip
    return usual | said


def relationships(readings, **more):
    """Return the relationships by listener and artist."""
    rows = made(DUCK, {"readings": readings, "observed": FAR} | more, ["relationships"])
    return {(row["listener_id"], row["about_id"]): row for row in rows["relationships"]}


def act(word, day, about="artist:1"):
    at = (FIRST + day) * DAY
    return {
        "event_id": f"{word}{day}", "listener_id": "ada", "act": word, "about_id": about,
        "happened_at_us": at,
    }  # fmt: skip


def at(day, hour=12):
    return (FIRST + day) * DAY + round(hour * HOUR)


def test_what_was_seen_and_never_played_is_exposed():
    outcomes = [
        {"listener_id": "ada", "artist_id": "artist:1", "seen": True, "made_at_us": at(3)},
        {"listener_id": "ada", "artist_id": "artist:1", "seen": True, "made_at_us": at(2)},
        {"listener_id": "ada", "artist_id": "artist:2", "seen": None, "made_at_us": at(1)},
        {"listener_id": "ada", "artist_id": "artist:3", "seen": False, "made_at_us": at(1)},
        {"listener_id": "ada", "artist_id": None, "seen": True, "made_at_us": at(1)},
    ]
    found = relationships([], outcomes=outcomes)
    assert list(found) == [("ada", "artist:1")]
    row = found["ada", "artist:1"]
    assert (row["state"], row["exposed_at_us"], row["tried_at_us"]) == ("exposed", at(2), None)
    assert (row["n_plays"], row["n_active_days"], row["last_at_us"]) == (0, 0, None)


def test_a_skip_is_no_try_and_what_does_not_count_is_nothing():
    readings = [
        heard(1, reading="skip"),
        heard(0, counts=False),
        heard(5),
        heard(2, artist="artist:2", reading="glance"),
        heard(2, artist="artist:3", counts=False),
        heard(2, artist=None),
    ]
    found = relationships(readings, observed=[{"through_us": at(9)}])
    assert {key[1]: row["state"] for key, row in found.items()} == {
        "artist:1": "tried",
        "artist:2": "exposed",
    }
    row = found["ada", "artist:1"]
    assert (row["exposed_at_us"], row["tried_at_us"]) == (at(1), at(5))


def test_who_comes_back_on_another_day_by_their_own_clock_is_returning():
    soon = [{"through_us": at(9)}]
    same_night = [heard(0, 23), heard(1, 1, local=-1)]
    two_days = [heard(0, 10), heard(0, 23, local=1)]
    (row,) = relationships(same_night, observed=soon).values()
    assert (row["state"], row["n_active_days"]) == ("tried", 1)
    (row,) = relationships(two_days, observed=soon).values()
    assert (row["state"], row["returning_at_us"], row["n_active_days"]) == (
        "returning",
        at(0, 23),
        2,
    )


@pytest.mark.parametrize(
    ("plays", "fan_at_us"),
    [
        ([(0, 4), (1, 4), (2, 2)], at(2)),
        ([(0, 4), (1, 4), (2, 1)], None),
        ([(0, 10), (1, 10)], None),
        ([(0, 8), (10, 1), (27, 1)], at(27)),
        ([(0, 8), (10, 1), (28, 1)], None),
        ([(0, 8), (10, 1), (28, 8), (30, 1)], at(30)),
    ],
)
def test_a_fan_plays_ten_times_on_three_days_of_four_weeks(plays, fan_at_us):
    readings = [heard(day, 12 + n / 100) for day, n_plays in plays for n in range(n_plays)]
    (row,) = relationships(readings, observed=[{"through_us": at(40)}]).values()
    assert row["fan_at_us"] == fan_at_us
    assert row["state"] == ("returning" if fan_at_us is None else "fan")


@pytest.mark.parametrize(
    ("acts", "exposed_at_us", "fan_at_us"),
    [
        ([act("follow", 7)], at(5), at(7, 0)),
        ([act("love", 2)], at(2, 0), at(5)),
        ([act("follow", 7), act("unfollow", 8)], at(5), None),
        ([act("follow", 7), act("unfollow", 8), act("follow", 9)], at(5), at(9, 0)),
        ([act("unlove", 7)], at(5), None),
        ([act("follow", 7, "artist:old")], at(5), at(7, 0)),
        ([act("love", 7, "track:a")], at(5), None),
        ([act("save", 7)], at(5), None),
    ],
)
def test_a_follow_or_love_that_stands_makes_a_fan_of_who_played(acts, exposed_at_us, fan_at_us):
    item = [{"item_id": "artist:old", "canonical_id": "artist:1"}]
    found = relationships([heard(5)], act=acts, item=item, observed=[{"through_us": at(20)}])
    (row,) = found.values()
    assert (row["exposed_at_us"], row["fan_at_us"]) == (exposed_at_us, fan_at_us)


def test_a_follow_without_a_play_is_an_exposure():
    (row,) = relationships([], act=[act("follow", 7), act("love", 9)]).values()
    assert (row["state"], row["exposed_at_us"], row["fan_at_us"]) == ("exposed", at(7, 0), None)


@pytest.mark.parametrize(("through_us", "lapsed"), [(at(56) - 1, False), (at(56), True)])
def test_who_has_not_played_for_eight_weeks_has_lapsed(through_us, lapsed):
    (row,) = relationships([heard(0)], observed=[{"through_us": through_us}]).values()
    assert (row["state"], row["lapsed_at_us"]) == (
        ("lapsed", at(56)) if lapsed else ("tried", None)
    )


plays = st.tuples(
    st.integers(0, 120), st.sampled_from([0, 6, 23]), st.sampled_from(["artist:1", "show:2"]),
    st.sampled_from(["ada", "bob"]), st.sampled_from([-1, 0, 1]), st.sampled_from(["play", "play", "skip"]),
)  # fmt: skip


@settings(max_examples=15)
@given(st.lists(plays, max_size=60), st.integers(0, 200))
def test_relationships_and_the_funnel_are_what_counting_by_hand_gives(rows, n_days):
    readings = [
        heard(day, hour, artist, listener=listener, local=local, reading=reading)
        for day, hour, artist, listener, local, reading in rows
    ]
    through_us = at(n_days)
    given = {"readings": readings, "observed": [{"through_us": through_us}]}
    found = made(DUCK, given, ["relationships", "funnel"])
    expected = [_by_hand(key, list(those), through_us) for key, those in _each(readings)]
    names = ("listener_id", "about_id", "state", "tried_at_us", "returning_at_us", "fan_at_us")
    of_names = [{name: row[name] for name in names} for row in found["relationships"]]
    assert in_order(of_names) == sorted(expected, key=repr)
    states = Counter(row[2] for row in expected)
    for row in found["funnel"]:
        if row["about_id"] == "all":
            assert row["n_exposed"] == len(expected)
            assert row["n_tried"] == sum(e[3] is not None for e in expected)
            assert row["n_lapsed"] == states["lapsed"]
            assert row["n_fan"] == sum(e[5] is not None for e in expected)
        assert row["n_exposed"] >= row["n_tried"] >= row["n_returning"] >= row["n_fan"]
        assert all(row[s] is None or 0 <= row[s] <= 1 for s in row if s.startswith("share"))
    assert len(found["funnel"]) == len({e[1] for e in expected}) + bool(expected)


def _each(readings):
    def key(row):
        return row["listener_id"], row["artist_id"]

    return groupby(sorted(readings, key=key), key)


def _by_hand(key, readings, through_us):
    days = defaultdict(list)
    for row in readings:
        if row["reading"] == "play":
            days[date.fromisoformat(row["active_on"])].append(row["started_at_us"])
    in_turn = sorted(days)
    tried = min((min(those) for those in days.values()), default=None)
    fan = [
        min(days[day])
        for day in in_turn
        if len(lately := [d for d in in_turn if timedelta() <= day - d < timedelta(days=28)]) >= 3
        and sum(len(days[d]) for d in lately) >= 10
    ]
    returning = min(days[in_turn[1]]) if len(in_turn) > 1 else None
    fan_at = min(fan, default=None)
    lapsed = bool(days) and max(map(max, days.values())) + 56 * DAY <= through_us
    reached = [
        s for s, when in (("tried", tried), ("returning", returning), ("fan", fan_at)) if when
    ]
    return (*key, "lapsed" if lapsed else (["exposed", *reached][-1]), tried, returning, fan_at)


@pytest.mark.parametrize(
    ("plays", "returned"),
    [
        ([], (False, False, False)),
        ([heard(0, 23)], (False, False, False)),
        ([heard(1, 0)], (True, True, True)),
        ([heard(2), heard(7)], (False, True, True)),
        ([heard(8)], (False, False, True)),
        ([heard(28, 23)], (False, False, True)),
        ([heard(29, 0)], (False, False, False)),
        ([heard(1, programmed=True)], (False, False, False)),
        ([heard(1, reading="skip")], (False, False, False)),
        ([heard(1, counts=False)], (False, False, False)),
        ([heard(1, listener="bob")], (False, False, False)),
        ([heard(1, item_id="track:b")], (False, False, False)),
    ],
)
def test_who_returned_by_themselves_on_a_later_day(plays, returned):
    slot = {
        "decision_id": "d",
        "shelf": "s",
        "position": 0,
        "listener_id": "ada",
        "made_at_us": at(0),
    }
    shown = [slot | {"item_id": "track:a"}, slot | {"item_id": "track:old", "position": 1}]
    item = [{"item_id": "track:old", "canonical_id": "track:a"}]
    world = {"shown": shown, "readings": plays, "item": item, "observed": FAR}
    for row in made(DUCK, world, ["returned"])["returned"]:
        assert (row["returned_1d"], row["returned_7d"], row["returned_28d"]) == returned
        assert row["item_id"] == "track:a"


@pytest.mark.parametrize(
    ("through_us", "known"),
    [
        (at(2, 0) - 2, (False, False, False)),
        (at(2, 0) - 1, (True, False, False)),
        (at(8, 0) - 1, (True, True, False)),
        (at(29, 0) - 2, (True, True, False)),
        (at(29, 0) - 1, (True, True, True)),
    ],
)
def test_a_return_is_unknown_until_its_days_are_over(through_us, known):
    slot = {
        "decision_id": "d",
        "shelf": "s",
        "position": 0,
        "listener_id": "ada",
        "made_at_us": at(0),
    }
    world = {
        "shown": [slot | {"item_id": "track:a"}], "readings": [heard(1)], "observed": [{"through_us": through_us}],
    }  # fmt: skip
    (row,) = made(DUCK, world, ["returned"])["returned"]
    columns = ("returned_1d", "returned_7d", "returned_28d")
    assert tuple(row[column] is not None for column in columns) == known


@pytest.mark.data
def test_purchases_read_as_plays_give_the_returns_and_lapses_counted_by_hand(shared):
    file = shared / "data/cdnow/CDNOW_master.txt"
    rows = [line.split() for line in file.read_text(encoding="ascii").splitlines()[1:]]
    bought = defaultdict(list)
    for customer, day, *_ in rows:
        bought[customer].append(date.fromisoformat(day))
    through = date(1998, 6, 30)
    by_hand = Counter(
        (len(set(days)) > 1, max(days) + timedelta(days=56) <= through) for days in bought.values()
    )
    given = {
        "listener_id": "customer", "artist_id": "'artist:1'", "counts": "TRUE", "reading": "'play'",
        "active_on": "strftime(day, '%Y-%m-%d')", "started_at_us": "epoch_us(day) + nth",
    }  # fmt: skip
    columns = ", ".join(
        f"CAST({given.get(name, 'NULL')} AS {kind}) AS {name}"
        for name, kind in shapes()["readings"].items()
    )
    duck = Duck()
    duck.view(
        "bought",
        f"""SELECT words[1] AS customer, strptime(words[2], '%Y%m%d') AS day, row_number() OVER () AS nth
        FROM (SELECT regexp_split_to_array(trim(line), ' +') AS words FROM read_csv(
            '{file}', header = false, skip = 1, delim = '|', columns = {{'line': 'VARCHAR'}}))""",
    )
    through_us = ((through - EPOCH).days + 1) * DAY - 1
    world = {"observed": [{"through_us": through_us}]}
    found = made(duck, world, ["relationships"], laid={"readings": f"SELECT {columns} FROM bought"})
    counted = Counter(
        (row["returning_at_us"] is not None, row["state"] == "lapsed")
        for row in found["relationships"]
    )
    assert counted == by_hand
    assert sum(counted.values()) == 23_570
