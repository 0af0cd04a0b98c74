"""A portable player's log: heard, skipped, and by whose clock."""

from datetime import UTC, datetime
from io import BytesIO

import pytest

from ritornello.catalog.items import Resolver
from ritornello.intake import scrobbler_log
from ritornello.intake.archives import Member
from ritornello.kinds.times import zone
from ritornello.signals import plays

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MBID = "98255a8c-017a-4bc7-8dd6-1fa36124572b"
HEADER = "#AUDIOSCROBBLER/1.1\n#TZ/UTC\n#CLIENT/Rockbox h3xx 1.1\n"
HEARD = f"Artist 0421\tAlbum 01\tTrack 07\t1\t365\tL\t1143374412\t{MBID}"
SKIPPED = "Artist 0007\t\tTrack 08\t\t312\tS\t1143374777\t"


def member(text, name=".scrobbler.log"):
    body = text if isinstance(text, bytes) else text.encode()
    return Member(name, len(body), lambda: BytesIO(body))


def read(*texts, **more):
    members = [member(text) for text in texts]
    stated = {"listener_id": "listener-1", "now": NOW, "resolver": Resolver(), **more}
    return list(scrobbler_log.read(members, **stated))


def only(*texts, **more):
    (chunk,) = read(*texts, **more)
    return chunk


def rules(chunk):
    return [(fault.position, fault.rule) for fault in chunk.faults]


def test_what_was_heard_and_what_was_skipped():
    chunk = only(HEADER + HEARD + "\n" + SKIPPED + "\n")
    heard, skipped = chunk.events
    assert heard.started_at == datetime(2006, 3, 26, 12, 0, 12, tzinfo=UTC)
    assert (heard.duration_ms, heard.ms_played, heard.client) == (365_000, None, "Rockbox h3xx 1.1")
    assert [plays.read(listen) for listen in chunk.events] == ["play", "skip"]
    assert {listen.source for listen in chunk.events} == {"scrobbler_log"}
    artist, album, track, *_ = chunk.items
    assert (artist.title, album.title, track.title) == ("Artist 0421", "Album 01", "Track 07")
    assert (track.mbid, track.item_id, track.album_id) == (MBID, heard.item_id, album.item_id)
    assert skipped.item_id == chunk.items[-1].item_id
    assert chunk.faults == ()


def test_a_clock_without_a_zone_is_the_listeners():
    log = HEADER.replace("UTC", "UNKNOWN") + "A\t\tT\t\t60\tL\t1704067200\n"
    for tz, hour in ((UTC, 0), (zone("Europe/Berlin"), 23), (zone("America/New_York"), 5)):
        (listen,) = only(log, tz=tz).events
        assert listen.started_at.hour == hour
        assert listen.started_at.tzinfo is UTC
    (stated,) = only(log.replace("UNKNOWN", "UTC"), tz=zone("Europe/Berlin")).events
    assert stated.started_at == datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("A\t\tT\t\t60\tX\t1704067200\t", "unknown_word"),
        ("A\t\tT\t\t60\tL\t0\t", "no_clock"),
        ("A\t\tT\t\t60\tL\t\t", "no_clock"),
        ("A\t\tT\t\t60\tL\tsoon\t", "not_a_time"),
        ("A\t\tT\t\t60\tL\t3755289600\t", "future_time"),
        ("A\t\tT\t\t60\tL\t60\t", "too_old"),
        ("A\t\tT\t\tlong\tL\t1704067200\t", "wrong_type"),
        ("A\t\tT\t\t-4\tL\t1704067200\t", "out_of_range"),
        ("<Untagged>\t\tT\t\t60\tL\t1704067200\t", "empty"),
        ("\t\tT\t\t60\tL\t1704067200\t", "empty"),
        ("A\t\t \t\t60\tL\t1704067200\t", "empty"),
        ("A\t\tT\x00\t\t60\tL\t1704067200\t", "null_character"),
        ("A\tT", "wrong_columns"),
        ("A" * 2_000_000, "too_long"),
        (b"A\t\tJos\xe9\t\t60\tL\t1704067200\t", "not_utf8"),
    ],
)
def test_a_bad_line_is_named_and_costs_only_itself(line, rule):
    bad = line if isinstance(line, bytes) else line.encode()
    body = b"\n".join((HEADER.encode() + HEARD.encode(), bad, SKIPPED.encode(), b""))
    chunk = only(body)
    assert rules(chunk) == [(5, rule)]
    assert len(chunk.events) == 2


def test_lines_of_the_player_itself_are_no_rows():
    names = "#ARTIST #ALBUM #TITLE #TRACKNUM #LENGTH #RATING #TIMESTAMP #MUSICBRAINZ_TRACKID\n"
    log = HEADER + names + "# FAILED - Artist\tTitle\n#1 Artist\t\tT\t\t60\tL\t1704067200\t\n"
    chunk = only(log)
    assert rules(chunk) == []
    assert [item.title for item in chunk.items] == ["#1 Artist", "T"]


def test_another_file_is_one_fault():
    chunk = only("<html>\n" * 1000, "#AUDIOSCROBBLER/2.0\nA\n", HEADER + HEARD + "\n")
    assert [rule for _, rule in rules(chunk)] == ["unknown_file", "unknown_version"]
    assert len(chunk.events) == 1


def test_a_torn_last_line_is_told_from_a_bad_one():
    assert rules(only(HEADER + HEARD + "\nA\tT")) == [(5, "torn_line")]


def test_the_same_log_gives_the_same_ids_and_can_be_taken_up_again():
    log = HEADER + "".join(f"A\t\tT{n}\t\t60\tL\t{1704067200 + n}\t\n" for n in range(9_000))
    first, second = read(log)
    assert read(log) == [first, second]
    assert read(log, after=first.position)[0].events == second.events
    assert 0 < first.share < second.share <= 1
    again = only(HEADER.replace("1.1", "1.0", 1) + HEARD + "\n", resolver=Resolver())
    assert again.events[0].event_id == only(HEADER + HEARD + "\n").events[0].event_id
    other = only(HEADER + HEARD + "\n", listener_id="listener-2")
    assert other.events[0].event_id != again.events[0].event_id


def test_a_log_is_told_by_how_it_begins():
    assert scrobbler_log.holds(member(HEADER))
    assert scrobbler_log.holds(member("\ufeff" + HEADER, name="log.txt"))
    assert not scrobbler_log.holds(member("Artist,Title\n"))
