"""``ritornello merge``."""

import msgspec
import pytest

from ritornello.catalog import aliases
from ritornello.cli.wiring import find_home, reading
from ritornello.kinds.items import Track


@pytest.fixture
def two_tracks(cli, home, tmp_path):
    file = tmp_path / "items.jsonl"
    tracks = [Track(item_id=f"track:{name}", title=name) for name in "ab"]
    file.write_bytes(msgspec.json.Encoder().encode_lines(tracks))
    assert cli("import", "catalog", file, home=home).code == 0
    return home


def into(home, item_id):
    with reading(find_home(home)) as conn:
        return aliases.resolve(conn, item_id)


def test_two_ids_become_one_and_two_again(cli, two_tracks):
    said = cli("merge", "track:a", "track:b", "--json", home=two_tracks)
    assert said.json == {"from_id": "track:a", "into_id": "track:b"}
    assert into(two_tracks, "track:a") == "track:b"
    assert cli("merge", "track:a", "--undo", home=two_tracks).code == 0
    assert into(two_tracks, "track:a") == "track:a"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["track:a", "track:nobody"], 1),
        (["track:a", "artist:b"], 1),
        (["track:a", "track:a"], 1),
        (["track:a", "--undo"], 1),
        (["track:a"], 2),
        (["track:a", "track:b", "--undo"], 2),
    ],
)
def test_what_cannot_be_one_stays_two(words, code, cli, two_tracks):
    said = cli("merge", *words, home=two_tracks)
    assert said.code == code
    assert "Traceback" not in said.err
    assert into(two_tracks, "track:a") == "track:a"
