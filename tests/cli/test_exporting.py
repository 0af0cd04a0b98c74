"""``ritornello export list``: any surface's list for any player, written down as if it were shown."""

import json
import re
from uuid import UUID

import pytest

from ritornello.cli.wiring import find_home, reading
from ritornello.store.decisions import read_decision

WHO = ("--listener", "listener-1")


def tracks_of(path):
    return json.loads(path.read_bytes())["playlist"]["track"]


@pytest.mark.parametrize("surface", ["home", "discover_weekly"])
@pytest.mark.parametrize("form", ["jspf", "xspf", "m3u8"])
def test_every_list_goes_out_in_every_form(surface, form, cli, filled, tmp_path):
    path = tmp_path / f"list.{form}"
    told = cli("export", "list", path, *WHO, "--surface", surface, "--json", home=filled).json
    assert told["n_items"] > 5
    assert told["n_lost"] == (told["n_items"] if form == "m3u8" else 0)
    assert "listener-1" in told["title"]
    assert path.stat().st_size > 500
    home = find_home(filled)
    with reading(home) as conn:
        assert read_decision(conn, home, UUID(told["playlist_id"])) is not None


def test_a_list_with_a_period_goes_out_the_same_twice(cli, filled, tmp_path):
    first, second = tmp_path / "a.jspf", tmp_path / "b.jspf"
    for path in (first, second):
        assert cli("export", "list", path, *WHO, home=filled).code == 0
    assert first.read_bytes() == second.read_bytes()


def test_the_mixes_of_a_day_go_out_together_or_one_by_one(cli, filled, tmp_path):
    path = tmp_path / "a.jspf"
    for number in range(1, 41):
        words = ("export", "list", path, "--listener", f"listener-{number}")
        whole = cli(*words, "--surface", "daily_mix", "--json", home=filled)
        if whole.code == 0:
            break
    every = tracks_of(path)
    refused = cli(*words, "--surface", "daily_mix", "--shelf", "none", home=filled).err
    name = re.search(r"mix-\w{8}", refused)[0]
    told = cli(*words, "--surface", "daily_mix", "--shelf", name, "--json", home=filled).json
    assert 0 < told["n_items"] <= len(every) == whole.json["n_items"]
    assert told["playlist_id"] != whole.json["playlist_id"]
    assert all(track in every for track in tracks_of(path))


def test_one_shelf_of_home_goes_out_alone(cli, filled, tmp_path):
    words = ("export", "list", tmp_path / "a.jspf", *WHO, "--surface", "home")
    told = cli(*words, "--shelf", "new_for_you", "--json", home=filled).json
    assert told["n_items"] == len(tracks_of(tmp_path / "a.jspf"))
    assert "New for you" in told["title"]
    refused = cli(*words, "--shelf", "new_for_yo", home=filled)
    assert "did you mean 'new_for_you'" in refused.err


def test_a_player_that_cannot_find_anything_is_said_so(cli, filled, tmp_path):
    told = cli("export", "list", tmp_path / "a.m3u8", *WHO, home=filled)
    assert "nobody said where they lie" in told.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a.pls", *WHO), "no form of playlist 'pls'"),
        (("none/a.jspf", *WHO), "no folder"),
        (("a.jspf", "--listener", "nobody-yet"), "too little is known"),
        (("a.jspf", "--listener", "nobody-yet", "--surface", "daily_mix"), "too little is known"),
    ],
)
def test_a_list_that_cannot_be_written_leaves_nothing(words, said, cli, filled, tmp_path):
    name, *more = words
    told = cli("export", "list", tmp_path / name, *more, home=filled)
    assert (told.code, said in told.err) == (1, True)
    assert {path.name for path in tmp_path.iterdir()} == {"filled"}
