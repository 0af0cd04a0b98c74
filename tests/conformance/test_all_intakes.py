"""Every intake keeps every promise of the contract, on its own rows and on bytes that mean nothing."""

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalog import exchange
from ritornello.catalog.items import Resolver
from ritornello.intake import (
    captions,
    chapters,
    events,
    feeds,
    hetrec,
    interactions,
    lastfm_csv,
    listenbrainz,
    listenbrainz_export,
    scrobbler_log,
    spotify,
    spotify_basic,
)
from ritornello.intake.archives import Member
from ritornello.kinds.faults import Fault
from ritornello.kinds.items import Episode
from ritornello.testing.intake import CHECKS, Intake, keeps_the_good_among_the_bad

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def read_events(body):
    kept, faults = events.read(body, now=NOW)
    return list(kept.values()), faults


def event(number, **other):
    stated = {
        "kind": "listen",
        "event_id": f"01a1fd0f-7ef3-7393-96f5-{number:012d}",
        "listener_id": "listener-1",
        "happened_at": "2026-11-20T10:03:00Z",
        "started_at": "2026-11-20T10:00:00Z",
        "item_id": f"track:{number}",
    }
    return json.dumps({**stated, **other}).encode()


EVENTS = Intake(
    name="events",
    read=read_events,
    write=lambda rows: b'{"events": [' + b", ".join(rows) + b"]}",
    good=tuple(event(number) for number in range(3)),
    bad=(
        event(7, item_id="no such form"),
        event(7, happened_at="2027-01-01T00:00:00Z"),
        event(7, happened_at="1970-01-01T00:00:00Z", started_at="1970-01-01T00:00:00Z"),
        event(7, ms_played=10_000_000),
        event(7, started_att="2026-11-20T10:00:00Z"),
        event(7, client="x" * 1_000_000),
        event(7)[:-1] + b', "kind": "listen"}',
        event(7).replace(b"listener-1", b"listener-\xff"),
        event(7)[:-1] + b', "extra": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        b"tru",
        b"{}",
    ),
)


def read_listenbrainz(body):
    read = listenbrainz.read(body, listener_id="ada", now=NOW, resolver=Resolver())
    return [*read.listens.values()], read.faults


def listen(title, listened_at=1_795_226_849, **info):
    metadata = {"artist_name": "A", "track_name": title, "additional_info": info}
    return json.dumps({"listened_at": listened_at, "track_metadata": metadata}).encode()


LISTENBRAINZ = Intake(
    name="listenbrainz",
    read=read_listenbrainz,
    write=lambda rows: b'{"listen_type": "import", "payload": [' + b",".join(rows) + b"]}",
    good=(listen("one"), listen("two", duration_ms=1000), listen("three", 1_795_226_849.5)),
    bad=(
        listen(" "),
        listen("x" * 9_000),
        listen("x", listened_at=1),
        listen("x", listened_at=1_900_000_000),
        listen("x", recording_mbid="zzz"),
        listen("x", tags=["y" * 65]),
        listen("x\x00"),
        listen(5),
        b"null",
        b"{}",
        b"5",
    ),
    whole=True,
)


def chunked(read):
    """Read a body through a file, as the importing intakes do."""

    def read_body(body, name):
        with TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(body)
            chunks = list(read(path))
        kept = [record for chunk in chunks for record in (*chunk.events, *chunk.tallies)]
        return kept, [fault for chunk in chunks for fault in chunk.faults]

    return read_body


def read_table(path):
    return interactions.read(path, interactions.Columns(), now=NOW, resolver=Resolver())


def table_row(number, at="2026-11-20T10:00:00Z", ms_played="1000"):
    return f'l-{number},"Artist, {number}",Song {number},{at},{ms_played}'.encode()


CSV = Intake(
    name="interactions.csv",
    read=lambda body: chunked(read_table)(body, "plays.csv"),
    write=lambda rows: b"\n".join((b"listener_id,artist,title,started_at,ms_played", *rows, b"")),
    good=tuple(table_row(number) for number in range(3)),
    bad=(
        table_row(7, at="yesterday"),
        table_row(7, at="2026-11-20T10:00:00"),
        table_row(7, at="1970-01-01T00:00:00Z"),
        table_row(7, ms_played="-1"),
        table_row(7, ms_played="many"),
        b"a@b.example,A,B,2026-11-20T10:00:00Z,1",
        b"l,A," + b"x" * 2_000_000 + b",2026-11-20T10:00:00Z,1",
        b'l,"A,B,2026-11-20T10:00:00Z,1',
        b"l,A",
        b"l,\xff,B,2026-11-20T10:00:00Z,1",
    ),
)


def read_hetrec(path):
    (path.parent / "artists.dat").write_text("id\tname\turl\tpictureURL\n1\tA\t\t\n2\tB\t\t\n")
    return list(hetrec.read(path.parent))


def without_missing_tags(reading):
    kept, faults = reading
    return kept, [fault for fault in faults if fault.rule != "missing_file"]


HETREC = Intake(
    name="hetrec",
    read=lambda body: without_missing_tags(chunked(read_hetrec)(body, "user_artists.dat")),
    write=lambda rows: b"\r\n".join((b"userID\tartistID\tweight", *rows, b"")),
    good=(b"2\t1\t13883", b"2\t2\t11690", b"3\t1\t100000"),
    bad=(
        b"2\t9\t5",
        b"2\t1\t0",
        b"2\t1\tmany",
        b"2\t1",
        b"\xff\t1\t1",
        b"2\t1\t" + b"9" * 2_000_000,
    ),
)


def read_items(body):
    batches = list(exchange.read_json_lines(BytesIO(body)))
    return [i for batch in batches for i in batch.kept], [f for b in batches for f in b.faults]


def item(key, **other):
    stated = {"kind": "track", "item_id": f"track:{key}", "title": "T", "extra": {"a": [1]}}
    return json.dumps({**stated, **other}).encode()


JSON_LINES = Intake(
    name="catalogue.jsonl",
    read=read_items,
    write=lambda rows: b"\n".join((*rows, b"")),
    good=(
        item("a"),
        item("b", genres=["x"]),
        b'{"kind":"artist","item_id":"artist:a","title":"A"}',
    ),
    bad=(
        item("c", title=5),
        item("c", title="x" * 10_000_000),
        item("c", kind="film"),
        item("c", titel="T"),
        item("c", bpm=-1),
        item(
            "c",
            extra={
                "a": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
            },
        ),
        b"{" * 100_000,
        b'{"kind":"track","item_id":"track:c","title":"\xff"}',
    ),
)


def write_parquet(rows):
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "rows.json", Path(folder) / "rows.parquet"
        source.write_bytes(b"\n".join(rows))
        with duckdb.connect() as duck:
            duck.execute(
                "COPY (SELECT * FROM read_json(?, format = 'newline_delimited', columns = {"
                "kind: 'VARCHAR', item_id: 'VARCHAR', title: 'VARCHAR', extra: 'JSON',"
                "bpm: 'DOUBLE'}))"
                f" TO '{target}' (FORMAT parquet)",
                [str(source)],
            )
        return target.read_bytes()


def read_parquet(body):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "items.parquet"
        path.write_bytes(body)
        batches = list(exchange.read(path))
    return [i for batch in batches for i in batch.kept], [f for b in batches for f in b.faults]


PARQUET = Intake(
    name="catalogue.parquet",
    read=read_parquet,
    write=write_parquet,
    good=(*JSON_LINES.good[:1], item("b")),
    bad=(item("c", title="x" * 10_000), item("c", kind="film"), item("c", bpm=-1), item("no id")),
    whole=True,
)

EXPORT_AT = 1_704_203_100


def exported(reader, name):
    """Read a body as the only file of an export."""

    def read_body(body):
        member = Member(name, len(body), lambda: BytesIO(body))
        read = reader.read([member], listener_id="ada", now=NOW, resolver=Resolver())
        chunks = list(read)
        kept = [event for chunk in chunks for event in chunk.events]
        return kept, [fault for chunk in chunks for fault in chunk.faults]

    return read_body


def exported_listen(title, **other):
    metadata = {"artist_name": "A", "track_name": title, "mbid_mapping": None}
    return json.dumps({"listened_at": EXPORT_AT, "track_metadata": metadata, **other}).encode()


LISTENBRAINZ_EXPORT = Intake(
    name="listenbrainz_export",
    read=exported(listenbrainz_export, "listens/2024/1.jsonl"),
    write=lambda rows: b"\n".join((*rows, b"")),
    good=(
        exported_listen("one"),
        exported_listen("two", inserted_at=1.5),
        exported_listen("three", listened_at=EXPORT_AT + 0.5),
    ),
    bad=(
        exported_listen(" "),
        exported_listen("x" * 9_000),
        exported_listen("x", listened_at=1),
        exported_listen("x", listened_at=3_755_289_600),
        exported_listen("x", listened_at="soon"),
        exported_listen("x", track_metadata=None),
        b'{"score": 1, "recording_mbid": null, "created": 1704203100}',
        b'{"listened_at": "\xff"}',
        b"null",
        b"{}",
        b"[1",
        b'{"a":' * 5_000,
    ),
)


def spotify_play(title, **other):
    stated = {
        "ts": "2023-06-17T18:28:50Z",
        "ms_played": 160_768,
        "master_metadata_track_name": title,
        "master_metadata_album_artist_name": "A",
    }
    return json.dumps(stated | other).encode()


SPOTIFY = Intake(
    name="spotify",
    read=exported(spotify, "Streaming_History_Audio_2023_1.json"),
    write=lambda rows: b"[" + b", ".join(rows) + b"]",
    good=(spotify_play("one"), spotify_play("two", ms_played="5"), spotify_play("three")),
    bad=(
        spotify_play(" "),
        spotify_play("x" * 9_000),
        spotify_play("x", ts="2089-01-01T00:00:00Z"),
        spotify_play("x", ts="1999-01-01T00:00:00Z"),
        spotify_play("x", ts=None),
        spotify_play("x", ms_played=-5),
        spotify_play("x", incognito_mode=True),
        spotify_play("x", platform=[{}, {}]),
        spotify_play("x")[:-1] + b', "extra": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"null",
        b"{}",
        b"tru",
        b'{"ts": "}',
    ),
)


def spotify_basic_play(title, **other):
    stated = {"endTime": "2023-01-01 10:00", "artistName": "A", "msPlayed": 5_000}
    return json.dumps({**stated, "trackName": title, **other}).encode()


SPOTIFY_BASIC = Intake(
    name="spotify_basic",
    read=exported(spotify_basic, "StreamingHistory_music_0.json"),
    write=lambda rows: b"[" + b", ".join(rows) + b"]",
    good=tuple(spotify_basic_play(title) for title in ("one", "two", "three")),
    bad=(
        spotify_basic_play(" "),
        spotify_basic_play("x", endTime="2089-01-01 10:00"),
        spotify_basic_play("x", endTime="soon"),
        spotify_basic_play("x", msPlayed=-5),
        b"5",
        b"{}",
    ),
)


def log_line(title, started=EXPORT_AT, rating="L"):
    return f"Artist\tAlbum\t{title}\t1\t180\t{rating}\t{started}\t".encode()


SCROBBLER_LOG = Intake(
    name="scrobbler_log",
    read=exported(scrobbler_log, ".scrobbler.log"),
    write=lambda rows: b"\n".join((b"#AUDIOSCROBBLER/1.1", b"#TZ/UTC", *rows, b"")),
    good=(log_line("one"), log_line("two", rating="S"), log_line("three")),
    bad=(
        log_line(" "),
        log_line("<Untagged>"),
        log_line("x" * 2_000_000),
        log_line("x", started=0),
        log_line("x", started="1e999"),
        log_line("x", started=3_755_289_600),
        log_line("x", rating="?"),
        b"Artist\tAlbum",
        b"Artist\tAlbum\t\xff\t1\t180\tL\t1704203100\t",
    ),
)


def scrobble(title, at="02 Jan 2024 13:45"):
    return f'"Artist, {title}",Album,"{title}",{at}'.encode()


LASTFM = Intake(
    name="lastfm",
    read=exported(lastfm_csv, "scrobbles.csv"),
    write=lambda rows: b"\n".join((b"artist,album,track,date", *rows, b"")),
    good=(scrobble("one"), scrobble("two"), scrobble("three")),
    bad=(
        scrobble(""),
        scrobble("x" * 2_000_000),
        scrobble("x", at=""),
        scrobble("x", at="02 janv. 2024 13:45"),
        scrobble("x", at="02 Jan 2089 13:45"),
        scrobble("x", at="9" * 5_000),
        b'Artist,"Album,Title,02 Jan 2024 13:45',
        b"Artist,Title",
        b"Artist,Album,\xff,02 Jan 2024 13:45",
    ),
)


def feed_body(rows):
    head = (
        '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>S</title>'
    )
    return head.encode() + b"\n".join((b"", *rows, b"</channel></rss>"))


def read_episodes(body):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "feed.xml"
        path.write_bytes(body)
        chunks = list(feeds.read(path, now=NOW))
    kept = [item for chunk in chunks for item in chunk.items if isinstance(item, Episode)]
    return kept, [fault for chunk in chunks for fault in chunk.faults]


def episode(key, audio=b"https://example.org/a.mp3", title=b"T", rest=b""):
    enclosure = b'<enclosure url="' + audio + b'"/>' if audio else b""
    return (
        b"<item><guid>"
        + key
        + b"</guid><title>"
        + title
        + b"</title>"
        + enclosure
        + rest
        + b"</item>"
    )


FEED = Intake(
    name="feed.xml",
    read=read_episodes,
    write=feed_body,
    good=(
        episode(b"a"),
        episode(b"b", rest=b"<itunes:duration>1:02</itunes:duration>"),
        episode(b"c", title="Ünï ☂".encode()),
    ),
    bad=(
        episode(b"x", audio=b""),
        episode(b"x", audio=b"javascript:alert(1)"),
        episode(b"x", audio=b"file:///etc/passwd"),
        episode(b"x", title=b" "),
        episode(b"x", title=b"AT&T"),
        episode(b"x", title=b"<b>"),
        episode(b"x", title=b"&unknown;"),
        episode(b"x", title=b"&#0;"),
        b"<item",
        b"<item a=b/>",
        b"<item/>",
        b"&",
    ),
)


def read_captions(body):
    kept, faults = captions.read(body)
    return kept, [fault for fault in faults if fault.rule != "overlap"]


def cue(start, words=b"Hello.", arrow=b" --> ", end=b"10:00:00.000"):
    return start + arrow + end + b"\n" + words + b"\n"


CAPTIONS = Intake(
    name="captions.vtt",
    read=read_captions,
    write=lambda rows: b"WEBVTT\n\n" + b"\n".join(rows),
    good=(cue(b"00:00:01.000"), cue(b"00:01,5", b"<v A>Hi"), cue(b"00:00:02.000", b"\xc3\xa9")),
    bad=(
        cue(b"soon"),
        cue(b"00:00:61.000"),
        cue(b"00:00:01.000", arrow=b"-->-->"),
        cue(b"00:00:05.000", end=b"00:00:04.000"),
        cue(b"99999:00:00.000"),
        cue(b"", end=b""),
        cue(b"00:00:01.000", end=b"9" * 100_000),
    ),
)


def segment(start_s, body="Hello.", **other):
    return json.dumps({"startTime": start_s, "endTime": 9, "body": body, **other}).encode()


JSON_CAPTIONS = Intake(
    name="captions.json",
    read=read_captions,
    write=lambda rows: b'{"version": "1.0.0", "segments": [' + b", ".join(rows) + b'], "x": 1}',
    good=(segment(0.5), segment(1, "Hi", speaker="A"), segment(2.25)),
    bad=(
        segment("soon"),
        segment(-1),
        segment(1e300),
        segment(5, endTime=4),
        segment(1, 5),
        segment(1, speaker=["A"]),
        b"{}",
        b"null",
        b"tru",
        b'{"startTime": 1, "body": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"startTime": 1, "body": "\xff"}',
    ),
)


def chapter(start_s, title="T", **other):
    return json.dumps({"startTime": start_s, "title": title, **other}).encode()


CHAPTERS = Intake(
    name="chapters.json",
    read=chapters.read,
    write=lambda rows: b'{"version": "1.2.0", "chapters": [' + b",".join(rows) + b"]}",
    good=(chapter(0), chapter(10, url="https://example.org"), chapter(20.5, img="x")),
    bad=(
        chapter("soon"),
        chapter(-1),
        chapter(1, ""),
        chapter(1, "<b></b>"),
        chapter(1, 5),
        b"{}",
        b"tru",
        b'{"title": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    ),
)

INTAKES = [
    SPOTIFY,
    SPOTIFY_BASIC,
    LISTENBRAINZ_EXPORT,
    SCROBBLER_LOG,
    LASTFM,
    EVENTS,
    LISTENBRAINZ,
    CSV,
    HETREC,
    JSON_LINES,
    PARQUET,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize(
    "intake",
    [
        pytest.param(intake, marks=pytest.mark.slow if intake is PARQUET else ())
        for intake in INTAKES
    ],
    ids=lambda intake: intake.name,
)
def test_intake_keeps(intake, check):
    check(intake)


WHOLES = [FEED, CAPTIONS, JSON_CAPTIONS, CHAPTERS]
"""Intakes that put their rows in order and keep one of each: a good row twice is not two."""


@pytest.mark.parametrize(
    "check",
    [c for c in CHECKS if c is not keeps_the_good_among_the_bad],
    ids=lambda check: check.__name__,
)
@pytest.mark.parametrize("intake", WHOLES, ids=lambda intake: intake.name)
def test_an_intake_of_a_whole_keeps(intake, check):
    check(intake)


@pytest.mark.parametrize("intake", WHOLES, ids=lambda intake: intake.name)
def test_an_intake_of_a_whole_keeps_the_good_among_the_bad(intake):
    alone, _ = intake.read(intake.write(intake.good))
    for bad in intake.bad:
        kept, faults = intake.read(intake.write((bad, *intake.good, bad)))
        assert kept == alone, bad[:100]
        assert len(faults) == 2


@pytest.mark.parametrize(
    "intake",
    [EVENTS, LISTENBRAINZ, JSON_LINES, LASTFM, SCROBBLER_LOG, *WHOLES],
    ids=lambda i: i.name,
)
@given(data=st.data())
def test_any_bytes_and_any_mutation_get_an_answer(intake, data):
    body = bytearray(intake.write(intake.good))
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(start, min(len(body), start + 20)))
        body[start:end] = data.draw(st.binary(max_size=6) | st.sampled_from((b'"', b"[", b"\\")))
    kept, faults = intake.read(bytes(body))
    assert all(isinstance(fault, Fault) for fault in faults)
    assert kept or faults or not body.strip()


def test_the_kit_catches_an_intake_that_gives_up_at_the_first_bad_row():
    def hasty(body):
        kept, faults = read_events(body)
        return ([], faults[:1]) if faults else (kept, faults)

    broken = Intake(
        name="hasty", read=hasty, write=EVENTS.write, good=EVENTS.good, bad=EVENTS.bad[:2]
    )
    caught = []
    for check in CHECKS:
        try:
            check(broken)
        except AssertionError:
            caught.append(check.__name__)
    assert {"keeps_the_good_among_the_bad", "keeps_what_came_before_the_tear"} <= set(caught)
