"""Which slot a listen belongs to: by what it states, by what was on offer, and never twice."""

import pytest

from tests.signals.relations import DAY, HOUR, MINUTE, SECOND, Duck, made

AT = 20_600 * DAY
DUCK = Duck()


def decision(name, at=AT, items="abc", **said):
    usual = {
        "decision_id": name, "listener_id": "ada", "surface": "home", "made_at_us": at,
        "shelf": "home", "device": "mobile",
    }  # fmt: skip
    return [
        usual | {"position": place, "item_id": f"track:{item}"} | said
        for place, item in enumerate(items)
    ]


def listen(name, item, at, **said):
    usual = {
        "event_id": name, "listener_id": "ada", "item_id": f"track:{item}", "visit_id": "v",
        "nth_listen": 1, "started_at_us": at, "ended_at_us": at + 3 * MINUTE,
        "reading": "play", "counts": True, "attribution": "none",
    }  # fmt: skip
    return usual | said


def placed(shown, readings, **more):
    """Return where each listen belongs: decision, shelf, position, how."""
    visits = [{"visit_id": v, "ended_at_us": AT} for v in {r["visit_id"] for r in readings}]
    given = {"shown": shown, "readings": readings, "visits": visits} | more
    rows = made(DUCK, given, ["attributions"])["attributions"]
    ids = [row["event_id"] for row in rows]
    assert len(ids) == len(set(ids))
    return {
        row["event_id"]: (row["decision_id"], row["shelf"], row["position"], row["attribution"])
        for row in rows
    }


STATED = {"decision_id": "d", "shelf": "home", "position": 1, "attribution": "stated"}


@pytest.mark.parametrize(
    ("said", "where"),
    [
        (STATED, ("d", "home", 1, "stated")),
        (STATED | {"attribution": "inferred"}, ("d", "home", 1, "inferred")),
        (STATED | {"attribution": "none"}, ("d", "home", 1, "stated")),
        ({"decision_id": "d"}, ("d", "home", 1, "stated")),
        (STATED | {"position": 0}, ("d", "home", 1, "stated")),
        (STATED | {"shelf": "nowhere"}, ("d", "home", 1, "stated")),
        (STATED | {"item_id": "track:z"}, ("d", "home", 1, "none")),
        (STATED | {"decision_id": "unheard-of"}, ("unheard-of", "home", 1, "none")),
        (STATED | {"listener_id": "bob"}, ("d", "home", 1, "none")),
    ],
)
def test_a_statement_is_believed_where_the_decision_bears_it_out(said, where):
    found = placed(decision("d"), [listen("e", "b", AT + HOUR, **said)])
    assert found == {"e": where}


@pytest.mark.parametrize(
    ("after_us", "how"),
    [(-DAY - 1, "none"), (-DAY, "stated"), (8 * DAY - 1, "stated"), (8 * DAY, "none")],
)
def test_a_statement_is_believed_from_a_day_before_until_eight_days_after(after_us, how):
    found = placed(decision("d"), [listen("e", "b", AT + after_us, **STATED)])
    assert found["e"][3] == how


def test_what_does_not_count_belongs_nowhere():
    listens = [
        listen("stated", "b", AT + HOUR, counts=False, **STATED),
        listen("silent", "b", AT + HOUR, counts=False),
    ]
    assert placed(decision("d"), listens) == {}


@pytest.mark.parametrize(
    ("after_us", "said", "joins"),
    [
        (0, {}, True),
        (-1, {}, False),
        (4 * HOUR - 1, {}, True),
        (4 * HOUR, {}, False),
        (2 * HOUR, {"expires_at_us": AT + HOUR}, False),
        (20 * HOUR, {"expires_at_us": AT + DAY}, True),
        (7 * DAY - 1, {"expires_at_us": AT + 7 * DAY}, True),
        (8 * DAY, {"expires_at_us": AT + 30 * DAY}, False),
        (HOUR, {"visible_from_at_us": AT + 2 * HOUR}, False),
        (5 * HOUR, {"visible_from_at_us": AT + 2 * HOUR}, True),
        (-HOUR, {"visible_from_at_us": AT - 2 * HOUR}, False),
    ],
)
def test_a_silent_listen_joins_a_decision_only_while_it_is_live(after_us, said, joins):
    found = placed(decision("d", **said), [listen("e", "b", AT + after_us)])
    assert found == ({"e": ("d", "home", 1, "inferred")} if joins else {})


def test_of_several_live_decisions_the_latest_has_it():
    shown = [*decision("old", AT), *decision("new", AT + HOUR, "xb", surface="radio")]
    found = placed(shown, [listen("e", "b", AT + 2 * HOUR), listen("f", "b", AT + HOUR - 1)])
    assert found == {"e": ("new", "home", 1, "inferred"), "f": ("old", "home", 1, "inferred")}


def test_the_next_decision_of_a_surface_ends_the_life_of_the_one_before():
    shown = [
        *decision("old", AT, expires_at_us=AT + DAY),
        *decision("new", AT + HOUR, "xyz"),
        *decision("bobs", AT + MINUTE, listener_id="bob"),
    ]
    found = placed(shown, [listen("e", "b", AT + HOUR - 1), listen("f", "b", AT + HOUR)])
    assert found == {"e": ("old", "home", 1, "inferred")}


def test_ids_that_were_merged_are_one_item():
    item = [
        {"item_id": "track:old", "canonical_id": "track:b"},
        {"item_id": "track:b", "canonical_id": "track:b"},
    ]
    shown = decision("d", items=["a", "old"])
    listens = [listen("silent", "b", AT + MINUTE), listen("stated", "b", AT + MINUTE, **STATED)]
    found = placed(shown, listens, item=item)
    assert found == {
        "silent": ("d", "home", 1, "inferred"),
        "stated": ("d", "home", 1, "stated"),
    }


def test_a_slot_named_twice_or_an_item_shown_twice_makes_no_second_listen():
    shown = [*decision("d", items="bb"), *decision("d", items="bb")]
    listens = [
        listen("first", "b", AT + MINUTE),
        listen("second", "b", AT + MINUTE, **STATED),
        listen("third", "b", AT + MINUTE, decision_id="d"),
    ]
    assert placed(shown, listens) == {
        "first": ("d", "home", 0, "inferred"),
        "second": ("d", "home", 1, "stated"),
        "third": ("d", "home", 0, "stated"),
    }


def test_what_the_report_left_out_states_holds_for_the_one_that_stands():
    listens = [
        listen("stands", "b", AT + 9 * HOUR),
        listen("twin", "b", AT + 9 * HOUR + MINUTE, counts=False, **STATED),
        listen("alone", "b", AT + 9 * HOUR, counts=False, **STATED),
    ]
    left_out = [
        {"event_id": "twin", "because": "same_play", "same_as": "stands"},
        {"event_id": "alone", "because": "disowned", "same_as": None},
    ]
    found = placed(decision("d"), listens, left_out=left_out)
    assert found == {"stands": ("d", "home", 1, "stated")}


def test_what_comes_next_in_the_visit():
    listens = [
        listen("one", "a", AT),
        listen("two", "z", AT + 4 * MINUTE, nth_listen=2),
        listen("three", "b", AT + 8 * MINUTE, nth_listen=3),
        listen("four", "c", AT + 12 * MINUTE, nth_listen=4),
        listen("elsewhere", "c", AT + HOUR, visit_id="w"),
    ]
    activity = [
        {"event_id": "q", "visit_id": "v", "kind": "query", "place": 6, "n_begun": 3},
        {"event_id": "again", "visit_id": "v", "kind": "query", "place": 7, "n_begun": 3},
        {"event_id": "i", "visit_id": "v", "kind": "impression", "place": 3, "n_begun": 1},
    ]
    visits = [
        {"visit_id": "v", "n_listens": 4, "ended_at_us": AT + 20 * MINUTE + SECOND},
        {"visit_id": "w", "n_listens": 1, "ended_at_us": AT + HOUR + 3 * MINUTE},
    ]
    given = {"shown": decision("d"), "readings": listens, "activity": activity, "visits": visits}
    rows = made(DUCK, given, ["attributions"])["attributions"]
    assert {
        row["event_id"]: (row["next_begins"], row["n_after"], row["ms_after"]) for row in rows
    } == {
        "one": ("listen", 3, 17 * 60_000 + 1000),
        "three": ("query", 1, 9 * 60_000 + 1000),
        "four": (None, 0, 5 * 60_000 + 1000),
        "elsewhere": (None, 0, 0),
    }
