"""``ritornello moments`` over the small simulated world, and a moment's list as a file."""

import json
from datetime import timedelta

import pytest

from ritornello.cli.situations import moment, situations
from ritornello.cli.wiring import find_home, now, reading, settings_of, writing
from ritornello.kinds.events import Context, Listen, SlotAddress
from ritornello.kinds.ids import uuid7
from ritornello.listeners.profile import read_profile
from ritornello.surfaces.pools import load

POOL = """
name = "rain"
title = "Rain"
brief = "For a wet afternoon."
intent = "background"
length = 8

[[eligible]]
genres = ["jazz", "soul"]
"""


@pytest.fixture
def file(tmp_path):
    place = tmp_path / "rain.toml"
    place.write_text(POOL)
    return place


def test_every_shipped_moment_finds_something(cli, filled_once):
    listed = cli("moments", "list", "--json", home=filled_once).json
    assert len(listed) == 13
    assert all(each["n_eligible"] > 10 for each in listed)
    told = cli("moments", "list", home=filled_once)
    assert told.out.startswith("13 moments:")


def test_what_is_shown_can_be_put_back_and_undone(cli, filled, file, tmp_path):
    made = cli("moments", "put", file, "--note", "Autumn.", home=filled)
    assert made.out == "rain is in force as version 1.\n"
    shown = cli("moments", "show", "rain", home=filled).out
    assert 'title = "Rain"' in shown
    file.write_text(shown.replace('"Rain"', '"Heavy rain"'))
    assert cli("moments", "put", file, "--json", home=filled).json["version"] == 2
    again = cli("moments", "put", file, home=filled)
    assert (again.code, "is so already" in again.err) == (1, True)
    undone = cli("moments", "undo", "rain", home=filled)
    assert undone.out == "rain is in force as version 3, what version 1 was.\n"
    assert cli("moments", "show", "rain", "--json", home=filled).json["pool"]["title"] == "Rain"
    gone = cli("moments", "undo", "rain", home=filled)
    assert "is withdrawn: nothing was before" in gone.out
    assert cli("moments", "show", "rain", home=filled).code == 1


def test_a_draft_is_checked_and_a_bad_one_named(cli, filled_once, file):
    file.write_text(POOL.replace('"jazz", "soul"', '"jazz", "sould"'))
    (doubt,) = cli("moments", "check", file, "--json", home=filled_once).json
    assert "did you mean 'soul'" in doubt["message"]
    for text, said in [
        (POOL.replace('"jazz", "soul"', '"jaz"'), "is empty: no item of the catalogue"),
        (POOL.replace("length", "lenght"), "did you mean 'length'"),
        (POOL + "\nuntil_at = 2020-01-01T00:00:00Z\n", "no key 'eligible[0].until_at'"),
    ]:
        file.write_text(text)
        refused = cli("moments", "check", file, home=filled_once)
        assert (refused.code, said in refused.err) == (1, True), refused.err


def test_a_moment_is_previewed_as_anybody_and_nothing_is_written(cli, filled):
    before = (filled / "ritornello.sqlite").read_bytes()
    words = ("moments", "preview", "sad", "--listener", "listener-1")
    looked = cli(*words, "--json", home=filled).json
    assert (looked["rung"], len(looked["slots"])) == ("personal", 25)
    assert (filled / "ritornello.sqlite").read_bytes() == before
    told = cli(*words, "--device", "car", "--at", "2026-11-20T22:00:00", home=filled)
    assert told.out.startswith("sad of listener-1, from the personal rung:")


@pytest.mark.slow
def test_a_moments_list_goes_out_as_a_playlist(cli, filled, tmp_path):
    out = tmp_path / "gym.jspf"
    words = ("export", "list", out, "--listener", "listener-1", "--surface", "moments")
    assert cli(*words, "--shelf", "gym", home=filled).code == 0
    playlist = json.loads(out.read_text())["playlist"]
    assert playlist["title"].startswith("Gym for listener-1")
    assert len(playlist["track"]) == 25
    missing = cli(*words, "--shelf", "gim", home=filled)
    assert "did you mean 'gym'" in missing.err


@pytest.mark.slow
def test_without_outcomes_there_are_no_results(cli, filled_once):
    said = cli("moments", "results", "gym", home=filled_once)
    assert (said.code, "signals build" in said.err) == (1, True)


@pytest.mark.slow
def test_what_was_kept_and_skipped_in_a_moment_is_learned_of_it(cli, filled):
    """A list is played from, learned from, and drawn anew: what was skipped weighs less than what was heard."""
    home = find_home(filled)
    first = shown(home, now() - timedelta(hours=3))
    with writing(home) as writer:
        writer.decide([first]).result()
        writer.append([played(first, place) for place in range(8)]).result()
    assert "8 lessons changed" in cli("policies", "learn", home=filled).out
    after = {each.item_id: each.weight for each in shown(home, now()).shelves[0].shortlist}
    ratio = [
        after[slot.item_id] / candidate.weight
        for slot in first.slots[:8]
        for candidate in first.shelves[0].shortlist
        if candidate.item_id == slot.item_id
    ]
    assert min(ratio[::2]) > max(ratio[1::2])


def shown(home, at):
    """Return the list listener-1 would be shown of the moment `sad`."""
    with reading(home) as conn:
        situation_of = situations(home, conn, settings_of(home), at, "moments", device="mobile")
        return moment(home, conn, situation_of(read_profile(conn, "listener-1", at)), load("sad"))


def played(decision, place):
    """Return a listen of one place; every other one is skipped."""
    at = decision.made_at + timedelta(minutes=1 + 4 * place)
    ms, ended = ((200_000, "finished"), (8_000, "skipped_forward"))[place % 2]
    return Listen(
        event_id=uuid7(at),
        listener_id=decision.listener_id,
        happened_at=at + timedelta(milliseconds=ms),
        item_id=decision.slots[place].item_id,
        started_at=at,
        ms_played=ms,
        duration_ms=210_000,
        ended_because=ended,
        decision_id=decision.decision_id,
        slot=SlotAddress("sad", place),
        attribution="stated",
        context=Context("shelf", "sad"),
        surface="moments",
        device="mobile",
    )
