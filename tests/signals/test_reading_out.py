"""A visit told: every event once and in order, as the tables read it, and what was meant when one is not there."""

from uuid import UUID

import pytest

from ritornello.kinds.errors import NotFound
from ritornello.signals.building import open_tables
from ritornello.signals.finding_visits import rows
from ritornello.signals.reading_out import tell
from ritornello.store import lake


@pytest.fixture(scope="module")
def longest(built_once):
    """The visit with the most plays, and its rows."""
    with lake.open_lake(built_once) as duck:
        open_tables(duck, built_once, ["visits", "activity", "readings", "attributions"])
        (visit,) = rows(duck, "SELECT * FROM visits ORDER BY n_plays DESC, visit_id LIMIT 1")
        of = {"id": visit["visit_id"]}
        found = {
            name: rows(duck, f"SELECT * FROM {name} WHERE visit_id = $id", of)
            for name in ("activity", "readings", "attributions")
        }
    return visit, found


def test_every_event_of_a_visit_is_told_once_in_order(built_once, longest):
    visit, found = longest
    told = tell(built_once, visit["visit_id"])
    assert told.visit.visit_id == visit["visit_id"]
    assert told.visit.n_plays == visit["n_plays"]
    assert [each.place for each in told.events] == list(range(1, visit["n_events"] + 1))
    assert {e.event_id for e in told.events} == {row["event_id"] for row in found["activity"]}
    assert told.broken == ()


def test_listens_are_told_as_the_tables_read_them(built_once, longest):
    visit, found = longest
    told = {e.event_id: e for e in tell(built_once, visit["visit_id"]).events}
    for row in found["readings"]:
        listen = told[row["event_id"]].listen
        assert listen.reading == row["reading"]
        assert listen.because
        assert listen.left_out_because == row["left_out_because"]
        assert listen.programmed == row["programmed"]
    places = {row["event_id"]: row for row in found["attributions"]}
    assert places
    for event in told.values():
        row = places.get(event.event_id)
        if event.kind == "listen" and row is not None:
            assert (event.slot.shelf, event.slot.position) == (row["shelf"], row["position"])
            assert event.slot.attribution == row["attribution"]
        else:
            assert event.slot is None


def test_success_is_said_of_slots_and_intents_of_what_is_not_private(built_once, longest):
    told = tell(built_once, longest[0]["visit_id"]).events
    said = [e.slot.success for e in told if e.slot is not None]
    assert any(any(name.startswith("declared@") for name in each) for each in said)
    values = [value for each in said for value in each.values() if value is not None]
    assert values
    assert all(0 <= value <= 1 for value in values)
    for event in told:
        if event.kind in {"act", "query"}:
            assert event.intent is not None
        if event.intent is not None:
            assert 0 < event.intent.p <= 1
            assert event.intent.how in {"stated", "declared", "narrowed", "inferred", "unknown"}


def test_one_event_is_told_alone_with_its_visit(built_once, longest):
    visit, found = longest
    event_id = found["readings"][0]["event_id"]
    told = tell(built_once, event_id.upper())
    assert [each.event_id for each in told.events] == [event_id]
    assert told.visit.visit_id == visit["visit_id"]


def test_what_was_not_built_says_what_may_be_meant(built_once, longest):
    visit, _ = longest
    with pytest.raises(NotFound, match="run `ritornello signals build`"):
        tell(built_once, str(UUID(int=7)))
    off = visit["visit_id"][:-1] + ("1" if visit["visit_id"][-1] != "1" else "2")
    with pytest.raises(NotFound, match=visit["visit_id"]):
        tell(built_once, off)
    for asked in (visit["listener_id"], visit["listener_id"] + "/" + "9" * 5000):
        with pytest.raises(NotFound, match=f"the nearest of {visit['listener_id']} are"):
            tell(built_once, asked)
    with pytest.raises(NotFound, match="did you mean 'listener-"):
        tell(built_once, "listner-1")


def test_a_search_is_told_with_what_it_took_and_why_it_counts_as_it_does(built_once):
    with lake.open_lake(built_once) as duck:
        open_tables(duck, built_once, ["searches"])
        row, *_ = rows(duck, "SELECT * FROM searches ORDER BY search_id", {})
    (told,) = tell(built_once, row["search_id"]).events
    assert (told.kind, told.search.n_queries) == ("query", row["n_queries"])
    assert [each.mindset for each in told.search.judged] == ["known_item", "exploring"]
    assert all(each.because for each in told.search.judged)
    assert told.listen is None
