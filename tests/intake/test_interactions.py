"""A plain table: good rows become listens or tallies, bad rows are named by their line."""

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.catalog import identity
from ritornello.catalog.items import Resolver
from ritornello.intake import interactions
from ritornello.intake.interactions import Columns
from ritornello.kinds.errors import NotFound
from ritornello.kinds.items import Artist, Track

HEADER = "listener_id,artist,title,started_at,ms_played\n"
ROW = "l-1,A,T,2026-11-20T10:00:00Z,1000\n"


@pytest.fixture
def read(tmp_path, now):
    def read(body, columns=None, name="plays.csv", **options):
        path = tmp_path / name
        if body is not None:
            path.write_bytes(body if isinstance(body, bytes) else body.encode())
        chunks = list(
            interactions.read(path, columns or Columns(), now=now, resolver=Resolver(), **options)
        )
        return (
            [record for chunk in chunks for record in (*chunk.events, *chunk.tallies)],
            [item for chunk in chunks for item in chunk.items],
            [fault for chunk in chunks for fault in chunk.faults],
        )

    return read


def test_a_timed_row_is_a_listen_with_its_items(read):
    (listen,), items, faults = read(
        "listener_id,artist,title,release,recording_mbid,started_at,ms_played\n"
        'l-1,"A feat. B",T,R,98255a8c-017a-4bc7-8dd6-1fa36124572b,2026-11-20T10:00:00Z,1500\n'
    )
    assert faults == []
    assert listen.item_id == identity.track_id("A", "T (feat. B)")
    assert (listen.ms_played, listen.source) == (1500, "interactions")
    assert (listen.happened_at - listen.started_at).total_seconds() == 1.5
    artist, track = items
    assert artist == Artist(item_id=identity.artist_id("A"), title="A")
    assert (track.artist_name, track.album_title) == ("A feat. B", "R")
    assert track.mbid == "98255a8c-017a-4bc7-8dd6-1fa36124572b"


def test_a_row_without_a_time_is_a_tally(read):
    (tally,), items, faults = read("user,song,n\nl-1,51,7\n", Columns(
        listener="user", item="song", n_plays="n"))  # fmt: skip
    assert faults == []
    assert (tally.item_id, tally.n_plays) == ("track:51", 7)
    assert items == [Track(item_id="track:51", title="51")]


def test_the_same_row_has_the_same_id_in_any_file(read):
    one, _, _ = read(HEADER + ROW)
    other, _, _ = read("title;artist;started_at;who\nT;A;1795168800;l-1\n", Columns(
        listener="who", time_form="unix_s", delimiter=";"))  # fmt: skip
    assert one[0].event_id == other[0].event_id


def test_csv_tsv_and_parquet_say_the_same(read, tmp_path):
    csv, _, _ = read(HEADER + ROW + ROW.replace("l-1", "l-2"))
    table = (HEADER + ROW + ROW.replace("l-1", "l-2")).replace(",", "\t")
    tsv, _, _ = read(table.replace("\n", "\r\n"), name="plays.tsv")
    duckdb.connect().execute(
        "COPY (SELECT 'l-' || i AS listener_id, 'A' AS artist, 'T' AS title,"
        " TIMESTAMPTZ '2026-11-20 10:00:00+00' AS started_at, 1000 AS ms_played"
        f" FROM range(1, 3) t(i)) TO '{tmp_path / 'plays.parquet'}'"
    )
    parquet, _, faults = read(None, name="plays.parquet")
    assert csv == tsv == parquet
    assert faults == []


@pytest.mark.parametrize(
    ("row", "field", "rule"),
    [
        ("l-1,A,T,2026-11-20T10:00:00,1000", "started_at", "naive_time"),
        ("l-1,A,T,1970-01-01T00:00:00Z,1000", "started_at", "too_old"),
        ("l-1,A,T,2027-01-01T00:00:00Z,1000", "started_at", "future_time"),
        ("l-1,A,T,,1000", "started_at", "not_a_time"),
        ("l-1,A,T,2026-11-20T10:00:00Z,-1", "ms_played", "out_of_range"),
        ("l-1,A,T,2026-11-20T10:00:00Z,long", "ms_played", "wrong_type"),
        ("a@b.example,A,T,2026-11-20T10:00:00Z,1", "listener", "wrong_form"),
        (",A,T,2026-11-20T10:00:00Z,1", "listener", "wrong_form"),
        ("l-1,A, ,2026-11-20T10:00:00Z,1", "title", "empty"),
        ("l-1," + "A" * 1001 + ",T,2026-11-20T10:00:00Z,1", "artist", "too_long"),
        ("l-1," + "A" * 10_000_000 + ",T,2026-11-20T10:00:00Z,1", "", "too_long"),
        ('l-1,"A,T,2026-11-20T10:00:00Z,1', "", "malformed_csv"),
        ("l-1,A,T", "", "wrong_columns"),
    ],
)
def test_a_bad_row_is_named_by_its_line(read, row, field, rule):
    kept, _, faults = read(HEADER + ROW + row + "\n" + ROW)
    assert len(kept) == 2
    assert [(f.source, f.position, f.field, f.rule) for f in faults] == [
        ("interactions", 3, field, rule)
    ]


def test_a_torn_last_line_is_named_as_torn(read):
    kept, _, faults = read(HEADER + ROW + "l-1,A")
    assert (len(kept), [f.rule for f in faults]) == (1, ["torn_line"])


def test_a_byte_order_mark_is_no_part_of_a_name(read):
    kept, _, faults = read(b"\xef\xbb\xbf" + (HEADER + ROW).encode())
    assert (len(kept), faults) == (1, [])


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("listener,artist,title,started_at", "'listener_id'"),
        ("listener_id,artist,started_at", "'item_id' or 'title'"),
        ("listener_id,title,started_at", "'item_id' or 'artist'"),
        ("listener_id,item_id", "'started_at' or 'n_plays'"),
    ],
)
def test_a_table_that_lacks_a_column_is_told_which(read, header, wanted):
    kept, _, (fault,) = read(header + "\n" + ROW)
    assert (kept, fault.rule) == ([], "missing_column")
    assert wanted in fault.message


def test_the_nearest_column_is_named(read):
    _, _, (fault,) = read("listener_idd,item_id,n_plays\n")
    assert "did you mean 'listener_idd'?" in fault.message


def test_our_own_ids_must_be_known_and_others_become_tracks(read):
    table = "listener_id,item_id,n_plays\nl,track:a,1\nl,track:b,1\nl,spot/ify,1\n"
    kept, items, faults = read(table, known={"track:a"})
    assert kept[0].item_id == "track:a"
    assert [(f.position, f.rule) for f in faults] == [(3, "unknown_item")]
    assert [item.title for item in items] == ["spot/ify"]


def test_an_empty_file_holds_nothing_and_an_absent_one_is_told(read):
    assert read("") == ([], [], [])
    with pytest.raises(NotFound):
        read(None, name="absent.csv")


def test_what_is_not_parquet_is_a_fault(read):
    kept, _, faults = read(b"PAR1 but not really", name="plays.parquet")
    assert (kept, [f.rule for f in faults]) == ([], ["malformed_parquet"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(max_size=300), name=st.sampled_from(("a.csv", "a.tsv")))
def test_any_bytes_under_a_good_header_get_an_answer(read, body, name):
    separator = b"," if name == "a.csv" else b"\t"
    kept, _, faults = read(HEADER.encode().replace(b",", separator) + body, name=name)
    rows = [line for line in body.split(b"\n") if line.rstrip(b"\r")]
    assert len(kept) + len(faults) == len(rows)
