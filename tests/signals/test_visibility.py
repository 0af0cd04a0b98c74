"""What a device shows: the shipped table, a home's own laid over it, and what cannot be meant."""

from typing import get_args

import pytest

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.kinds.events import Device
from ritornello.signals import visibility
from ritornello.signals.inputs import COLUMNS
from ritornello.store.home import Home


def test_the_shipped_table_gives_rows_of_the_input():
    rows = list(visibility.defaults().rows())
    assert all(len(row) == len(COLUMNS["screen"]) for row in rows)
    keys = [row[:2] for row in rows]
    assert len(keys) == len(set(keys))
    assert {device for _, device in keys} <= set(get_args(Device))
    (speaker,) = [row for row in rows if row[1] == "speaker"]
    assert speaker == (None, "speaker", False, 0, False)


def test_a_homes_own_file_is_laid_over_it_key_by_key(tmp_path):
    home = Home(tmp_path)
    assert visibility.of_home(home) == visibility.defaults()
    (tmp_path / "visibility.toml").write_text(
        "[devices]\ntv = { n_in_view = 9 }\n[surfaces.grid]\ntv = { n_in_view = 20 }\n"
        "[surfaces.radio]\nmobile = { n_in_view = 2 }\n",
        encoding="utf-8",
    )
    found = {row[:2]: row[2:] for row in visibility.of_home(home).rows()}
    shipped = {row[:2]: row[2:] for row in visibility.defaults().rows()}
    changed = {key: row for key, row in found.items() if shipped.get(key) != row}
    assert changed == {
        (None, "tv"): (True, 9, False),
        ("grid", "tv"): (True, 20, False),
        ("radio", "mobile"): (True, 2, False),
    }
    assert shipped.keys() <= found.keys()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("devices.", BadValue),
        ("[devices]\nmobile = { n_in_view = -1 }", BadValue),
        ("[devices]\nmobile = { n_seen = 1 }", BadValue),
        ("[device]\nmobile = {}", BadValue),
        ("[devices]\nfridge = {}", UnknownName),
    ],
)
def test_what_cannot_be_meant_names_the_file(text, error):
    with pytest.raises(error, match=r"own\.toml"):
        visibility.read(text, "own.toml")


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "visibility.toml").write_bytes(b"\xff")
    with pytest.raises(BadValue, match="UTF-8"):
        visibility.of_home(Home(tmp_path))
