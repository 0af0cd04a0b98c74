"""Editors' boosts on a page: what is lifted rises, says so, and every propensity is still that of the log."""

import msgspec
import numpy as np
import pytest

from ritornello.catalog.rulings import Ruling, Rulings
from ritornello.kinds.ids import uuid7
from ritornello.policies.replay import probability
from ritornello.policies.traits import Traits
from ritornello.surfaces import home
from ritornello.surfaces.boosts import shares_of
from ritornello.surfaces.recipes import load
from ritornello.testing.small_service import artist_id

NEW = "new_for_you"
RECIPE = load("home")


@pytest.fixture
def decide(service, ladder):
    def page(profile, **kw):
        situation = service.situation(profile, **kw)
        return home.decide(situation, RECIPE, ladder, remembered=lambda: None, counted=list)

    return page


def boost(service, about_id, **other):
    stated = {
        "verdict": "boost",
        "made_at": service.now,
        "by_role": "editor",
        "reason": "a debut",
    } | other
    return Ruling(ruling_id=uuid7(service.now), about_id=about_id, **stated)


def page_with(decide, service, listener, *boosts):
    stock = service.stock_with(rulings=Rulings(boosts=boosts), bundle=service.bundle)
    return decide(listener, stock=stock)


def of(page, name):
    return next(each for each in page.shelves if each.name == name)


def test_where_nobody_lifts_anything_a_shelf_reads_no_boost(decide, listener):
    page = decide(listener)
    assert of(page, NEW).objective == ""
    assert "boost=0.0" in of(page, "made_for_you").objective
    assert "boost" not in of(page, "made_for_you").traits


def test_what_is_lifted_stands_higher_says_so_and_replays(decide, service, listener):
    before = decide(listener)
    shown = {slot.item_id for slot in before.slots}
    last = next(c for c in reversed(of(before, NEW).shortlist) if c.item_id not in shown)
    lifting = boost(service, last.item_id, strength=4.0)
    page = page_with(decide, service, listener, lifting)
    slot = next(slot for slot in page.slots if slot.item_id == last.item_id)
    assert slot.shelf == NEW
    why = slot.reasons[0]
    assert (why.kind, why.by_role, why.note) == ("chosen_by_editors", "editor", "a debut")
    assert sum(reason.share for reason in slot.reasons) <= 1 + 1e-9
    assert of(page, NEW).objective.endswith("boost=1.0)")
    np.testing.assert_allclose(probability(page), [s.propensity for s in page.slots], atol=1e-9)


def test_a_boost_of_an_artist_lifts_their_tracks_and_no_ban_gives_way(decide, service, listener):
    whose = artist_id(59)
    lifting = boost(service, whose, strength=4.0)
    page = page_with(decide, service, listener, lifting)
    lifted = [
        slot for slot in page.slots if any(reason.note == "a debut" for reason in slot.reasons)
    ]
    assert lifted
    banned = msgspec.structs.replace(listener, marks={(whose, "ban"): 1})
    page = page_with(decide, service, banned, lifting)
    assert not [
        slot for slot in page.slots if any(reason.note == "a debut" for reason in slot.reasons)
    ]


def test_shares_are_of_what_the_boost_adds_after_what_stood_before():
    traits = Traits.of(("boost",), [[1.0], [0.0], [3.0]])
    found = shares_of(traits, np.array([2, 1, 0]), 1.0)
    assert found == pytest.approx([1 - np.exp(-np.sqrt(3)), 0.0, 1 - np.exp(-(2 - np.sqrt(3)))])
