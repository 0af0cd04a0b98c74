"""Last.fm tables in every dialect in use, and what is wrong with some of their rows."""

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalog import identity
from ritornello.catalog.items import Resolver
from ritornello.intake import chunks, lastfm_csv
from ritornello.intake.archives import Member

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
AT = datetime(2024, 1, 2, 13, 45, tzinfo=UTC)
MBID = "98255a8c-017a-4bc7-8dd6-1fa36124572b"
PLAIN = (
    'Artist 0421,Album 01,Track 07,02 Jan 2024 13:45\n"Artist, B",,"Track ""8""",01 Jan 2024 9:05\n'
)
STATS = (
    "\ufeffArtist;Album;AlbumId;Track;Date#listener-1\n"
    '"Artist 0421";"Album 01";"";"Track 07";"1704203100000"\n'
    '"Artist, B";"";"";"Track ""8""";"1704099900000"'
)
GHAN = (
    "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"
    f'"1704203100","02 Jan 2024, 13:45","Artist 0421","{MBID}","Album 01","","Track 07","{MBID}"\n'
    '"1704099900","01 Jan 2024, 09:05","Artist, B","","","","Track ""8""",""\n'
)


def member(body, name="scrobbles.csv"):
    body = body if isinstance(body, bytes) else body.encode()
    return Member(name, len(body), lambda: BytesIO(body))


def read(*bodies, **more):
    members = [member(body) for body in bodies]
    stated = {"listener_id": "listener-1", "now": NOW, "resolver": Resolver(), **more}
    return list(lastfm_csv.read(members, **stated))


def only(*bodies, **more):
    (chunk,) = read(*bodies, **more)
    return chunk


def rules(chunk):
    return [(fault.position, fault.rule) for fault in chunk.faults]


@pytest.mark.parametrize("body", [PLAIN, STATS, GHAN, PLAIN.replace("\n", "\r\n")])
def test_every_dialect_says_the_same(body):
    chunk = only(body)
    assert rules(chunk) == []
    assert [listen.started_at for listen in chunk.events] == [
        AT,
        datetime(2024, 1, 1, 9, 5, tzinfo=UTC),
    ]
    assert [listen.item_id for listen in chunk.events] == [
        identity.track_id("Artist 0421", "Track 07"),
        identity.track_id("Artist, B", 'Track "8"'),
    ]
    assert [listen.event_id for listen in chunk.events] == [
        listen.event_id for listen in only(PLAIN).events
    ]
    assert {listen.source for listen in chunk.events} == {"lastfm"}


def test_the_id_of_the_artist_is_kept_and_that_of_the_track_is_not():
    artist, _album, track, *_ = only(GHAN).items
    assert (artist.mbid, track.mbid) == (MBID, None)


@pytest.mark.parametrize(
    "header",
    [
        "Artist,Album,Song,Date",
        "artist,album,track,timestamp",
        "Artist Name\tAlbum Name\tTrack Name\tuts",
    ],
)
def test_a_header_in_other_words_is_understood(header):
    delimiter = "\t" if "\t" in header else ","
    row = delimiter.join(("A", "R", "T", "1704203100"))
    (listen,) = only(f"{header}\n{row}\n").events
    assert listen.started_at == AT


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("1704203100", AT),
        ("1704203100000", AT),
        ("02 Jan 2024, 13:45", AT),
        ("2 January 2024 13:45:00", AT),
        ("2024-01-02 13:45:00", AT),
        ("2024-01-02T13:45:00Z", AT),
        ("2024-01-02T14:45:00+01:00", AT),
    ],
)
def test_a_date_in_any_of_the_exporters_forms(written, at):
    (listen,) = only(f'artist,track,date\nA,T,"{written}"\n').events
    assert listen.started_at == at


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("A,R,T,", "now_playing"),
        ("A,R,T,02 janv. 2024 13:45", "not_a_time"),
        ("A,R,T,02 Okt 2024 13:45", "not_a_time"),
        ("A,R,T,31 Feb 2024 13:45", "not_a_time"),
        ("A,R,T,01 Jan 1970 00:00", "too_old"),
        ("A,R,T,02 Jan 2089 13:45", "future_time"),
        (",R,T,02 Jan 2024 13:45", "empty"),
        ("A,R,,02 Jan 2024 13:45", "empty"),
        ("A,R," + "x" * 2_000 + ",02 Jan 2024 13:45", "too_long"),
        ("A,R," + "x" * 2_000_000 + ",02 Jan 2024 13:45", "too_long"),
        ("A,T,02 Jan 2024 13:45", "wrong_columns"),
        ("A,R,S,T,02 Jan 2024 13:45", "wrong_columns"),
        ('A,R,"T,02 Jan 2024 13:45', "malformed_csv"),
        ('A,R,"T"x,02 Jan 2024 13:45', "malformed_csv"),
        (b"A,R,Jos\xe9,02 Jan 2024 13:45", "not_utf8"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_bad_row_is_named_and_costs_only_itself(row, rule, place):
    rows = [line.encode() for line in PLAIN.splitlines()]
    rows.insert(place, row if isinstance(row, bytes) else row.encode())
    chunk = only(b"\n".join((*rows, b"")))
    assert rules(chunk) == [(place + 1, rule)]
    assert chunk.events == only(PLAIN).events


def test_a_quoted_field_may_hold_line_ends():
    rows = 'artist,track,date\n"A\r\n\r\nB","T\nU","1704203100"\nC,T,1704203160\n'
    chunk = only(rows)
    assert rules(chunk) == []
    assert [item.title for item in chunk.items] == ["A B", "T U", "C", "T"]
    assert [row.started_at for row in chunk.events] == [AT, AT + timedelta(minutes=1)]


def test_a_mark_that_is_never_closed_costs_one_row_of_thousands():
    good = "".join(f"A,T{n},{1704203100 + n}\n" for n in range(3_000))
    chunk = only('artist,track,date\nA,"T,1704203100\n' + good)
    assert rules(chunk) == [(2, "malformed_csv")]
    assert len(chunk.events) == 3_000


def test_quotation_marks_inside_a_name_are_the_name():
    (listen,) = only('artist,track,date\nA,7" Version,1704203100\n').events
    assert listen.item_id == identity.track_id("A", '7" Version')


def test_a_file_that_is_no_table_is_one_fault_beside_the_good_one():
    chunk = only("<html>\n" * 1000, GHAN)
    assert rules(chunk) == [(1, "unknown_file")]
    assert len(chunk.events) == 2


def test_a_torn_last_row_is_told_from_a_bad_one():
    assert rules(only(PLAIN + 'A,R,"T'))[-1] == (3, "torn_line")
    assert rules(only(PLAIN + "A,R"))[-1] == (3, "torn_line")


@pytest.mark.slow
def test_an_import_can_be_taken_up_again_anywhere():
    n_rows = chunks.ROWS + 1_000
    body = "artist,track,date\n" + "".join(f"A,T{n},{1704203100 + n}\n" for n in range(n_rows))
    first, second = read(body, PLAIN)
    again = read(body, PLAIN, after=first.position)
    assert again[0].events == second.events
    assert second.position == n_rows + 1 + 2


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
            st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20),
            st.datetimes(datetime(2003, 1, 1), datetime(2026, 11, 1)),  # noqa: DTZ001 UTC below
        ),
        max_size=8,
    )
)
def test_what_pythons_own_writer_writes_is_read(plays):
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(("artist", "track", "uts"))
    kept = [
        (artist, title, at.replace(tzinfo=UTC, microsecond=0))
        for artist, title, at in plays
        if identity.visible(artist) and identity.visible(title)
    ]
    writer.writerows((artist, title, int(at.timestamp())) for artist, title, at in kept)
    chunks = read(file.getvalue())
    listens = [listen for chunk in chunks for listen in chunk.events]
    assert [listen.started_at for listen in listens] == [at for _, _, at in kept]
    assert [listen.item_id for listen in listens] == [
        identity.track_id(" ".join(a.split()), " ".join(t.split())) for a, t, _ in kept
    ]


def test_a_table_is_told_by_its_first_rows():
    assert all(lastfm_csv.holds(member(body)) for body in (PLAIN, STATS, GHAN, "A,R,T,\n" + PLAIN))
    others = ("", "listener_id,item_id,started_at\n", '[{"ts": "2024"}]', b"\xff\xfe\x00")
    assert not any(lastfm_csv.holds(member(body)) for body in others)
