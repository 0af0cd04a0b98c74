"""Looks at outcomes: what is known stays, what is not is learned of lists like it."""

import numpy as np
import pytest

from ritornello.kinds.errors import BadValue
from ritornello.policies import looks
from ritornello.signals.success import Outcomes

GO_ON = 0.6


def outcomes(lists, device="mobile", surface="radio"):
    """Lists of slots ``(item, played, seen, seen_because)``, rows in any order."""
    rows = [
        (f"d{number:05}", place, *slot)
        for number, slots in enumerate(lists)
        for place, slot in enumerate(slots)
    ]
    np.random.default_rng(0).shuffle(rows)
    decision, position, item, played, seen, because = (
        np.array(column, dtype=object) for column in zip(*rows, strict=True)
    )
    n = len(rows)
    return Outcomes.of(
        {
            "decision_id": decision,
            "surface": np.full(n, surface, object),
            "shelf": np.full(n, surface, object),
            "device": np.full(n, device, object),
            "position": position,
            "item_id": item,
            "played": played,
            "seen": seen,
            "seen_because": because,
        }
    )


def world(n, rng):
    """Lists of four of which the first is in view; below it one goes on with ``GO_ON``, and plays are all that tells."""
    lists, looked = [], []
    for _ in range(n):
        depth = 1 + int((np.cumprod(rng.random(3) < GO_ON)).sum())
        slots = []
        for place in range(4):
            item = int(rng.integers(4))
            slots.append((f"track:{item}", place < depth and rng.random() < 0.15 + 0.15 * item))
        last = max((place for place, slot in enumerate(slots) if slot[1]), default=0)
        known = [
            (item, played, True if place <= last else None, "in_view" if place == 0 else "passed")
            for place, (item, played) in enumerate(slots)
        ]
        lists.append(known)
        looked.append([place < depth for place in range(4)])
    return lists, np.array(looked)


def by_list(shown, p):
    """Values of slots as lists, in the order of decisions and places."""
    order = np.lexsort((shown.column("position"), shown.column("decision_id")))
    return p[order].reshape(-1, 4)


def test_what_nobody_said_is_learned_from_plays():
    lists, looked = world(3000, np.random.default_rng(1))
    shown = outcomes(lists)
    found = looks.learn(shown)
    p = by_list(shown, found.p_examined(shown))
    reach = found.examination.reach("radio/mobile")
    assert found.examination.devices == ("radio/mobile",)
    np.testing.assert_allclose(reach[1] / reach[0], GO_ON, atol=0.08)
    for place in range(4):
        assert p[:, place].mean() == pytest.approx(looked[:, place].mean(), abs=0.06)


def test_what_is_known_stays_known():
    lists, _ = world(300, np.random.default_rng(2))
    found = looks.learn(outcomes(lists))
    nothing = ("track:1", False, None, None)
    told = [
        [("track:1", False, True, "impression"), ("track:2", False, True, "impression"),
         ("track:3", False, False, "not_reported"), ("track:0", False, False, "not_reported")],
        [("track:1", False, False, "no_screen")] * 4,
        [nothing] * 4,
        [("track:1", False, True, "in_view"), nothing, nothing, nothing],
        [("track:1", False, True, "in_view"), nothing, ("track:2", True, True, "played"), nothing],
    ]  # fmt: skip
    shown = outcomes(told)
    p = by_list(shown, found.p_examined(shown))
    assert p[0].tolist() == [1, 1, 0, 0]
    assert not p[1:3].any()
    assert p[3, 0] == 1
    assert 1 > p[3, 1] > p[3, 2] > p[3, 3] > 0
    assert p[4].tolist() == [1, 0, 1, 0]


def test_each_decision_by_itself_and_other_devices_not_at_all():
    lists, _ = world(400, np.random.default_rng(3))
    found = looks.learn(outcomes(lists))
    some = outcomes(lists[:7])
    together = by_list(outcomes(lists), found.p_examined(outcomes(lists)))[:7]
    np.testing.assert_allclose(by_list(some, found.p_examined(some)), together, rtol=1e-12)
    elsewhere = outcomes(lists[:7], device="tv")
    assert np.array_equal(found.p_examined(elsewhere), elsewhere.flag("seen"))


def test_the_version_is_that_of_what_it_says():
    lists, _ = world(300, np.random.default_rng(4))
    one, again = (looks.learn(outcomes(lists)) for _ in range(2))
    assert one.version == again.version
    assert one.version != looks.learn(outcomes(lists[:200])).version


def test_lists_beyond_the_places_are_unknown_there():
    lists, _ = world(300, np.random.default_rng(5))
    found = looks.learn(outcomes(lists))
    long = [[("track:1", False, True if not i else None, "in_view") for i in range(80)]]
    shown = outcomes(long)
    p = found.p_examined(shown)[np.argsort(shown.column("position"))]
    assert (p[: looks.N_PLACES] > 0).all()
    assert not p[looks.N_PLACES :].any()


def test_without_a_list_in_view_there_is_nothing_to_learn():
    with pytest.raises(BadValue, match="without a list"):
        looks.learn(outcomes([[("track:1", False, None, None)] * 4]))
