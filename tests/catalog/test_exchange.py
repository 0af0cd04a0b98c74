"""The catalogue goes out and comes back equal; what cannot come in is named."""

import json
from datetime import date
from io import BytesIO

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.catalog import exchange, items
from ritornello.kinds.errors import NotFound
from ritornello.kinds.items import ITEM_KINDS, Album, Artist, Episode, Show, Track
from ritornello.testing.records import records

FULL = [
    Track(
        item_id="track:a",
        title='T\x00 \u2028 "x"',
        mbid="98255a8c-017a-4bc7-8dd6-1fa36124572b",
        genres=("a", "b"),
        released_on=date(2020, 1, 2),
        extra={"x": [1, 2.5, None, {"y": "z"}], "big": 2**53},
        energy=0.1,
        bpm=120.25,
        regions=("DE",),
        available=False,
    ),
    Episode(item_id="episode:e", title="E", show_id="show:s", season=1, description="d"),
    Artist(item_id="artist:x", title="X"),
    Album(item_id="album:x", title="X", artist_ids=("artist:x",)),
    Show(item_id="show:s", title="S", author="q", explicit=True),
]
WRITERS = {"jsonl": exchange.write_json_lines, "parquet": exchange.write_parquet}
LISTS = st.lists(
    st.one_of([records(kind) for kind in ITEM_KINDS.values()]).filter(lambda item: item.title),
    max_size=5,
    unique_by=lambda item: item.item_id,
)


def round_trip(shelf, found, path, write):
    shelf.conn.execute("DELETE FROM items")
    shelf.put(items.changes(found))
    assert write(shelf.conn, path) == len(found)
    batches = list(exchange.read(path))
    assert not [fault for batch in batches for fault in batch.faults]
    return [item for batch in batches for item in batch.kept]


@pytest.mark.parametrize("form", WRITERS)
def test_a_full_catalogue_comes_back_equal(shelf, tmp_path, form):
    back = round_trip(shelf, FULL, tmp_path / f"items.{form}", WRITERS[form])
    assert back == sorted(FULL, key=lambda item: item.item_id)


@pytest.mark.parametrize("form", WRITERS)
def test_an_empty_catalogue_comes_back_empty(shelf, tmp_path, form):
    assert round_trip(shelf, [], tmp_path / f"items.{form}", WRITERS[form]) == []


@pytest.mark.parametrize("form", WRITERS)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=12
)
@given(found=LISTS)
def test_any_catalogue_comes_back_equal(shelf, tmp_path, form, found):
    found = [msgspec.structs.replace(i, extra=_without_nulls(i.extra)) for i in found]
    back = round_trip(shelf, found, tmp_path / f"any.{form}", WRITERS[form])
    assert back == sorted(found, key=lambda item: item.item_id)


def _without_nulls(extra):
    return {key: value for key, value in (extra or {}).items() if value is not None} or None


def test_long_files_come_in_batches_with_their_positions(tmp_path):
    path = tmp_path / "items.jsonl"
    rows = [{"kind": "artist", "item_id": f"artist:{n}", "title": "A"} for n in range(12_000)]
    rows[7_000] = {"kind": "artist", "item_id": "artist:bad"}
    path.write_text("\n".join(map(json.dumps, rows)))
    batches = list(exchange.read(path))
    assert [batch.position for batch in batches] == [5_000, 10_000, 12_000]
    assert batches[-1].share == 1.0
    assert [fault.position for batch in batches for fault in batch.faults] == [7_001]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b'{"kind":"track","item_id":"track:a","title":"' + b"x" * 10_000_000 + b'"}', "too_long"),
        (b'{"kind":"track","item_id":"track:a","title":"' + b"x" * 2_000 + b'"}', "wrong_length"),
        (b'{"kind":"film","item_id":"track:a","title":"T"}', "unknown_kind"),
        (b'{"kind":"track","item_id":"track:a","title":5}', "wrong_type"),
        (b'{"kind":"track","item_id":"track:a","title":"T","titel":"T"}', "unknown_field"),
        (b'{"kind":"track","item_id":"track:a","title":"\xff"}', "not_utf8"),
        (b'{"kind":"track","item_id":"track:a"', "malformed_json"),
        (b"[" * 500_000, "wrong_type"),
    ],
)
def test_a_bad_row_is_named_and_its_neighbours_kept(line, rule):
    good = b'{"kind":"artist","item_id":"artist:a","title":"A"}'
    (batch,) = exchange.read_json_lines(BytesIO(b"\n".join((good, line, good))))
    assert [(f.source, f.position, f.rule) for f in batch.faults] == [("catalogue", 2, rule)]
    assert len(batch.kept) == 2


def test_a_file_that_breaks_off_says_so():
    good = b'{"kind":"artist","item_id":"artist:a","title":"A"}'
    (batch,) = exchange.read_json_lines(BytesIO(good + b"\n" + good[:20]))
    assert [f.rule for f in batch.faults] == ["torn_line"]


def test_an_absent_file_is_told(tmp_path):
    with pytest.raises(NotFound, match="absent"):
        list(exchange.read(tmp_path / "absent.jsonl"))
