"""The five choices and the dial as pages: by plain form, by keyboard, in a browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from ritornello.listeners.profile import read_profile


@pytest.fixture
def page_of(signed_in: Any, living: Any) -> Any:
    return lambda path: signed_in.get(path).text


def profile(service: Any) -> Any:
    return read_profile(service.readers.connection, "listener-1", service.now())


def test_a_newcomers_home_invites_to_choose_until_the_question_is_answered(
    page_of: Any, signed_in: Any, csrf: str, service: Any
) -> None:
    assert 'href="/choose">What do you like?' in page_of("/")
    form = page_of("/choose")
    boxes = re.findall(r'name="chosen" value="([^"]+)"', form)
    assert len(boxes) == 30
    assert ">Skip<" in form
    answer = signed_in.post("/choose", data={"csrf_token": csrf, "chosen": boxes[:2]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert profile(service).chosen == set(boxes[:2])
    home = page_of("/")
    assert 'href="/choose">What do you like?' not in home
    assert "To begin with" in home
    assert "from what you chose" in home
    again = page_of("/choose")
    assert again.count("checked") == 2
    assert ">Skip<" not in again


def test_skipping_is_an_answer_too(page_of: Any, signed_in: Any, csrf: str, service: Any) -> None:
    assert signed_in.post("/choose", data={"csrf_token": csrf}).status_code == 303
    assert profile(service).was_asked
    assert 'href="/choose">What do you like?' not in page_of("/")


def test_only_a_form_of_ours_chooses(signed_in: Any, living: Any, service: Any) -> None:
    assert signed_in.post("/choose", data={"chosen": "artist:a00"}).status_code == 403
    assert signed_in.post("/dial", data={"exploration_budget": "0.3"}).status_code == 403
    assert not profile(service).was_asked


def test_too_many_choices_are_refused(signed_in: Any, csrf: str, living: Any) -> None:
    many = [f"artist:a{n}" for n in range(101)]
    answer = signed_in.post("/choose", data={"csrf_token": csrf, "chosen": many})
    assert answer.status_code == 422


def test_the_dial_turns_and_leaves_every_other_choice(
    page_of: Any, signed_in: Any, csrf: str, service: Any
) -> None:
    kept = {"csrf_token": csrf, "exploration_budget": "0.1", "time_zone": "Europe/Berlin"}
    signed_in.post("/preferences", data=kept)
    turned = {"csrf_token": csrf, "exploration_budget": "0.35", "back": "/"}
    answer = signed_in.post("/dial", data=turned)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    preferences = profile(service).preferences
    assert preferences.exploration_budget == 0.35
    assert preferences.time_zone == "Europe/Berlin"
    assert preferences.allow_explicit is False
    assert "35 % of the places may be a try" in page_of("/")
    assert signed_in.post("/dial", data={**turned, "exploration_budget": "0.9"}).status_code == 422


def test_a_dial_at_zero_says_so(page_of: Any, signed_in: Any, csrf: str) -> None:
    signed_in.post("/dial", data={"csrf_token": csrf, "exploration_budget": "0"})
    assert "No place is a try" in page_of("/")


@pytest.mark.web
def test_choices_are_made_by_keyboard_without_scripts(visit: Any) -> None:
    page = visit("newcomer-1", "/choose", java_script_enabled=False)
    first = page.get_by_role("checkbox").first
    first.focus()
    page.keyboard.press("Space")
    expect(first).to_be_checked()
    page.get_by_role("button", name="Show my Home").click()
    expect(page.get_by_role("heading", name="To begin with")).to_be_visible()


@pytest.mark.web
def test_the_dial_opens_turns_and_is_obeyed(visit: Any) -> None:
    page = visit("listener-30", "/")
    page.locator(".adventure summary").click()
    page.get_by_role("slider", name="How adventurous").fill("0.3")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".adventure summary")).to_have_text("30 % of the places may be a try")
