"""Pools from files and back: TOML, a playlist as JSPF, or a TOML with the playlist beside it."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ritornello.catalog import identity
from ritornello.kinds.errors import BadValue, NotFound
from ritornello.surfaces import pool_files, pools
from ritornello.surfaces.pools import Boost, Pin, Pool
from ritornello.testing.small_service import fill

TOML = 'name = "rain"\ntitle = "Rain"\nbrief = "Wet."\nintent = "focus"\n'
FULL = Pool(
    name="rain",
    title='Rain "and" \\ sun\n\x7f',
    brief="Wet — très.",
    intent="focus",
    by_hand=("track:a",),
    arc=(0.1, 1.0),
    until_at=datetime(2027, 1, 1, tzinfo=UTC),
    pins=(Pin(item_id="track:a", position=2, reason="It fits."),),
    boosts=(
        Boost(about_id="artist:a", factor=2.5, reason="Tour.", until_at=datetime(2027, 1, 1, tzinfo=UTC)),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def conn() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    fill(opened)
    yield opened
    opened.close()


def jspf(*tracks: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"playlist": {"track": tracks, **more}}).encode()


KNOWN = {"identifier": [identity.urn("track:a03t2")], "title": "whatever"}
UNKNOWN = {"title": "Nobody's", "creator": "Nobody"}


@pytest.mark.parametrize("pool", [FULL, *pools.shipped().values()], ids=lambda pool: pool.name)
def test_what_is_written_is_read_back(pool: Pool) -> None:
    assert pools.read(pool_files.write(pool), "again") == pool


def test_a_playlist_alone_is_a_pool_of_what_the_catalogue_knows(conn: Any) -> None:
    content = jspf(KNOWN, UNKNOWN, KNOWN, title=" Autumn walk ", annotation="Leaves.")
    pool, n_lost = pool_files.read(conn, "My Walk!.jspf", content)
    assert (pool.name, pool.title, pool.brief) == ("my-walk", "Autumn walk", "Leaves.")
    assert (pool.by_hand, n_lost) == (("track:a03t2",), 1)


def test_a_playlist_beside_a_pool_gives_it_its_tracks(conn: Any, tmp_path: Path) -> None:
    (tmp_path / "rain.toml").write_text(TOML)
    (tmp_path / "rain.jspf").write_bytes(jspf(KNOWN, UNKNOWN))
    pool, n_lost = pool_files.load(conn, tmp_path / "rain.toml")
    assert (pool.title, pool.by_hand, n_lost) == ("Rain", ("track:a03t2",), 1)
    (tmp_path / "rain.toml").write_text(TOML + 'by_hand = ["track:a01t0", "track:a03t2"]\n')
    found = pool_files.load(conn, tmp_path / "rain.toml").pool.by_hand
    assert found == ("track:a01t0", "track:a03t2")
    (tmp_path / "rain.jspf").unlink()
    assert pool_files.load(conn, tmp_path / "rain.toml").n_lost == 0


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.toml", TOML.encode(), "nothing is eligible"),
        ("a.toml", b"\xff\xfe", "not text in UTF-8"),
        ("a.jspf", b"{", "neither a pool as TOML nor a playlist"),
        ("a.jspf", b'{"playlist": {"track": "all"}}', "neither a pool as TOML nor a playlist"),
        ("a.jspf", jspf(UNKNOWN), "knows none of the 1 tracks"),
        ("a.jspf", jspf({"identifier": ["spotify:track:1"]}), "knows none of the 1 tracks"),
    ],
)
def test_a_file_that_is_no_pool_is_refused(conn: Any, name: str, content: bytes, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        pool_files.read(conn, name, content)


def test_a_file_that_is_not_there_is_named(conn: Any, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no file .*rain\.toml"):
        pool_files.load(conn, tmp_path / "rain.toml")
