from datetime import UTC, datetime
from uuid import UUID

from ritornello.explain.difference import Cited, Place, between, cited, place
from ritornello.kinds.decisions import Decision, Reason, Shelf, Slot


def decision(*slots):
    """A decision of one shelf; each slot is its item, then pairs of evidence and share."""
    return Decision(
        decision_id=UUID(int=7),
        listener_id="listener-1",
        surface="home",
        made_at=datetime(2026, 11, 21, tzinfo=UTC),
        shelves=(Shelf("made_for_you", "Made for you", "greedy", ()),),
        slots=tuple(
            Slot(
                "made_for_you", n, item_id, 0.5, "made_for_you", 1.0,
                tuple(Reason("because_you_played", share, about) for about, share in why),
            )
            for n, (item_id, *why) in enumerate(slots)
        ),
        rung="personal",
        policy_version="home/1",
        model_version="m",
        recipe_hash="r",
    )  # fmt: skip


BEFORE = decision(
    ("track:a", ("track:x", 0.5), ("track:y", 0.25)),
    ("track:b", ("track:x", 0.25)),
    ("track:c", ("track:z", 1.0)),
    ("track:d",),
)
AFTER = decision(("track:c", ("track:z", 1.0)), ("track:a", ("track:y", 0.5)))


def test_what_cites_is_counted_and_its_share_is_of_all_slots():
    assert cited(BEFORE, {"track:x"}) == Cited(4, 2, 0.75 / 4)
    assert cited(BEFORE, {"track:x", "track:y"}) == Cited(4, 2, 1.0 / 4)
    assert cited(BEFORE, set()) == Cited(4, 0, 0.0)
    assert cited(decision(), {"track:x"}) == Cited(0, 0, 0.0)


def test_an_item_stands_where_it_stands_or_nowhere():
    assert place(BEFORE, "track:b") == Place("made_for_you", "Made for you", 1, 0.5)
    assert place(AFTER, "track:b") is None


def test_two_decisions_are_held_side_by_side():
    found = between(BEFORE, AFTER, {"track:x"}, "track:a")
    assert (found.cited_before.n_citing, found.cited_after.n_citing) == (2, 0)
    assert (found.place_before.position, found.place_after.position) == (0, 1)
    assert found.n_gone == 2


def test_a_decision_differs_in_nothing_from_itself():
    found = between(BEFORE, BEFORE, {"track:x"}, "track:a")
    assert found.cited_before == found.cited_after
    assert found.place_before == found.place_after
    assert found.n_gone == 0
