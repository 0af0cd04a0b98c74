"""What stays is looked at once; circles of what is new go at once, and older ones within the hour."""

import gc
import weakref

from ritornello.serve.collecting import LOOK_AT_ALL_S, collecting_what_is_new


class Circle:
    def __init__(self) -> None:
        self.me = self


def test_what_survives_a_full_collection_is_not_looked_at_again():
    with collecting_what_is_new(lambda: 0.0):
        kept = [[n] for n in range(10_000)]
        gc.collect()
        assert gc.get_freeze_count() > len(kept)
        assert not any(each is kept[-1] for each in gc.get_objects())
    assert gc.get_freeze_count() == 0


def test_new_circles_are_collected_at_once():
    with collecting_what_is_new(lambda: 0.0):
        gc.collect()
        seen = weakref.ref(Circle())
        gc.collect()
        assert seen() is None


def test_circles_that_were_frozen_go_when_all_is_looked_at_again():
    now_s = 0.0
    with collecting_what_is_new(lambda: now_s):
        circle = Circle()
        seen = weakref.ref(circle)
        gc.collect()
        del circle
        gc.collect()
        assert seen() is not None
        now_s = LOOK_AT_ALL_S
        gc.collect()
        assert seen() is None


def test_afterwards_nothing_is_frozen_by_a_collection():
    before = list(gc.callbacks)
    with collecting_what_is_new(lambda: 0.0):
        assert gc.callbacks != before
    assert gc.callbacks == before
    gc.collect()
    assert gc.get_freeze_count() == 0
