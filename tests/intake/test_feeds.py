"""A podcast's feed becomes a show and its episodes, with what is said in them."""

from datetime import UTC, date, datetime
from io import BytesIO
from uuid import UUID, uuid5
from xml.sax.saxutils import escape

import msgspec
import podcastparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalog import identity, items, transcripts
from ritornello.intake import feeds
from ritornello.intake.feed_items import GUIDS
from ritornello.intake.refusal import Refused
from ritornello.kinds.errors import NotFound
from ritornello.kinds.items import Episode, Show
from ritornello.kinds.transcripts import Chapter, Segment

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:psc="http://podlove.org/simple-chapters"'
)
AUDIO = '<enclosure url="https://cdn.example.org/{}.mp3" type="audio/mpeg" length="1"/>'
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Host>Hello.\n"


def feed(*listed, channel="<title>Show 07</title>", spaces=SPACES):
    return f"<rss {spaces}><channel>{channel}{''.join(listed)}</channel></rss>"


def item(key="1", title="Episode 1", rest="", audio=AUDIO):
    return f"<item><guid>{key}</guid><title>{title}</title>{audio.format(key)}{rest}</item>"


@pytest.fixture
def read(tmp_path):
    """Read a feed: the show, the episodes, the rules broken and the changes."""

    def read_text(text, **how):
        path = tmp_path / "feed.xml"
        path.write_text(text, encoding="utf-8") if isinstance(text, str) else path.write_bytes(text)
        chunks = list(feeds.read(path, now=NOW, **how))
        found = [item for chunk in chunks for item in chunk.items]
        return Reading(
            next((item for item in found if isinstance(item, Show)), None),
            [item for item in found if isinstance(item, Episode)],
            [(f.position, f.rule) for chunk in chunks for f in chunk.faults],
            chunks,
        )

    return read_text


class Reading:
    def __init__(self, show, episodes, faults, chunks):
        self.show, self.episodes, self.faults, self.chunks = show, episodes, faults, chunks


def test_a_whole_feed_is_read(read):
    found = read(
        feed(
            item(
                "e-1",
                "Q&amp;amp;A",
                """<link>https://example.org/1</link><itunes:duration>1:02:03</itunes:duration>
                <pubDate>Mon, 16 Nov 2026 23:30:00 -0500</pubDate><itunes:explicit>yes</itunes:explicit>
                <itunes:season>2</itunes:season><itunes:episode>5</itunes:episode>
                <description><![CDATA[<p>Hi <b>you</b><script>alert(1)</script></p>]]></description>
                <podcast:person role="Guest">Listener 7</podcast:person>
                <podcast:soundbite startTime="73.0" duration="60.5">Ha</podcast:soundbite>""",
            ),
            channel="""<title>Show 07</title><link>https://example.org</link><language>pt_br</language>
            <itunes:author>Artist 0421</itunes:author><itunes:explicit>no</itunes:explicit>
            <itunes:category text="Arts"><itunes:category text="Books &amp; more"/></itunes:category>
            <itunes:keywords>One, two,,one</itunes:keywords><podcast:medium>podcast</podcast:medium>
            <podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>
            <atom:link rel="self" href="https://example.org/feed.xml"/>
            <podcast:podroll><podcast:remoteItem feedGuid="29cdca4a-32d8-56ba-b48b-09a011c5daa9"/></podcast:podroll>
            <description>&lt;p&gt;About &lt;i&gt;it&lt;/i&gt;&lt;/p&gt;</description>""",
        )
    )
    guid = UUID("917393e3-1b1e-5cef-ace4-edaa54e1f810")
    show_id = identity.feed_show_id(guid)
    assert found.faults == []
    assert found.show == Show(
        item_id=show_id,
        title="Show 07",
        author="Artist 0421",
        description="About it",
        genres=("arts", "books & more"),
        tags=("one", "two"),
        language="pt-BR",
        identifiers=("https://example.org/feed.xml", "https://example.org"),
        extra={
            "guid": str(guid),
            "medium": ("podcast",),
            "podroll": [identity.feed_show_id(UUID("29cdca4a-32d8-56ba-b48b-09a011c5daa9"))],
        },
    )
    assert found.episodes == [
        Episode(
            item_id=identity.feed_episode_id(show_id, "e-1"),
            title="Q&A",
            show_id=show_id,
            show_title="Show 07",
            season=2,
            number=5,
            description="Hi you",
            duration_ms=3_723_000,
            released_on=date(2026, 11, 16),
            explicit=True,
            location="https://cdn.example.org/e-1.mp3",
            genres=("arts", "books & more"),
            language="pt-BR",
            identifiers=("https://example.org/1", "https://cdn.example.org/e-1.mp3"),
            extra={
                "guid": "e-1",
                "persons": [{"name": "Listener 7", "role": "guest"}],
                "soundbites": [{"start_ms": 73_000, "duration_ms": 60_500, "title": "Ha"}],
            },
        )
    ]


def test_the_guid_of_an_address_is_the_one_podcasting_gives_it():
    """The example of the podcast:guid specification."""
    found = uuid5(GUIDS, "mp3s.nashownotes.com/pc20rss.xml")
    assert str(found) == "917393e3-1b1e-5cef-ace4-edaa54e1f810"


SELF = '<atom:link rel="self" type="application/rss+xml" href="{}"/>'
PC20 = "mp3s.nashownotes.com/pc20rss.xml"
STATED = "<podcast:guid>917393E3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>"


@pytest.mark.parametrize(
    ("channel", "address"),
    [(STATED, None), (SELF.format("https://" + PC20), None), (SELF.format(f"HTTP://{PC20}/"), None),
     ("", "https://" + PC20), (SELF.format("https://" + PC20), "https://mirror.example/feed"),
     ("<podcast:guid>no guid</podcast:guid>", "https://" + PC20)],
)  # fmt: skip
def test_a_show_is_one_however_its_guid_is_come_by(read, channel, address):
    text = feed(item(), channel="<title>Podcasting 2.0</title>" + channel)
    found = read(text, address=address)
    assert found.show.item_id == identity.feed_show_id(UUID("917393e3-1b1e-5cef-ace4-edaa54e1f810"))


def test_without_guid_and_address_the_title_speaks(read):
    assert read(feed(item())).show.item_id == identity.show_id("Show 07")
    assert read(feed(item(), channel="<link>x</link>")).faults == [(1, "empty")]
    named = read(feed(item(), channel=""), address="https://example.org/feed")
    assert named.show.title == "https://example.org/feed"
    assert len(named.episodes) == 1


def test_the_same_guid_in_two_shows_is_two_episodes(read):
    one = read(feed(item("1"))).episodes
    two = read(feed(item("1"), channel="<title>Other</title>")).episodes
    assert one[0].item_id != two[0].item_id


def test_what_the_channel_says_after_its_items_counts(read):
    found = read(
        feed(item(), channel="", spaces=SPACES).replace(
            "</channel>", "<title>Late</title></channel>"
        )
    )
    assert found.show.title == found.episodes[0].show_title == "Late"


DURATIONS = {
    "3600": 3_600_000, "61": 61_000, "1:01": 61_000, "01:01:01": 3_661_000, "1:00:00.5": 3_600_500,
    "90:00": 5_400_000, "0": None, "00:00:00": None, "": None,
}  # fmt: skip


@pytest.mark.parametrize(("stated", "expected"), DURATIONS.items())
def test_durations_in_every_spelling(read, stated, expected):
    found = read(feed(item(rest=f"<itunes:duration> {stated} </itunes:duration>")))
    assert (found.episodes[0].duration_ms, found.faults) == (expected, [])


DATES = {
    "Mon, 16 Nov 2026 10:00:00 GMT": date(2026, 11, 16),
    "Mon, 16 Nov 2026 23:59:59 -1100": date(2026, 11, 16),
    "16 Nov 2026 10:00:00 EST": date(2026, 11, 16),
    "Fri, 16 Nov 2026 10:00 +0000": date(2026, 11, 16),
    "Mon, 16 November 2026 10:00:00 +0000": date(2026, 11, 16),
    "Mon,16 Nov 2026 10:00:00 +00:00": date(2026, 11, 16),
    "Mon, 16 Nov 26 10:00:00 PDT": date(2026, 11, 16),
    "2026-11-16T10:00:00Z": date(2026, 11, 16),
    "2026-11-16": date(2026, 11, 16),
    "2026-11-16 25:99": date(2026, 11, 16),
}
NO_DATES = {
    "yesterday": "not_a_time", "Nov 16, 2026": "not_a_time", "32 Nov 2026 10:00:00 GMT": "not_a_time", "2026-13-01": "not_a_time",
    "1795226849": "not_a_time", "Mon, 16 Nov 2089 10:00:00 GMT": "out_of_range", ",": "not_a_time",
    "Thu, 01 Jan 1970 00:00:00 GMT": "out_of_range", "0001-01-01": "out_of_range", "( (": "not_a_time",
}  # fmt: skip


@pytest.mark.parametrize(("stated", "expected"), DATES.items())
def test_dates_are_the_publishers_however_written(read, stated, expected):
    found = read(feed(item(rest=f"<pubDate>{stated}</pubDate>")))
    assert (found.episodes[0].released_on, found.faults) == (expected, [])


@pytest.mark.parametrize(("stated", "rule"), NO_DATES.items())
def test_a_date_that_is_none_is_left_out_and_the_episode_stays(read, stated, rule):
    found = read(feed(item(rest=f"<pubDate>{stated}</pubDate>")))
    assert (found.episodes[0].released_on, found.faults) == (None, [(1, rule)])


@pytest.mark.parametrize("stated", ["soon", "PT1H", "1:99", "1:2:3:4", "-5", "99999999"])
def test_a_duration_that_is_none_is_left_out_and_the_episode_stays(read, stated):
    found = read(feed(item(rest=f"<itunes:duration>{stated}</itunes:duration>")))
    assert found.episodes[0].duration_ms is None
    assert [rule for _, rule in found.faults] in (["not_a_duration"], ["out_of_range"])


@pytest.mark.parametrize(
    ("show", "own", "expected"),
    [("yes", "", True), ("no", "", False), ("", "true", True), ("yes", "false", False),
     ("explicit", "clean", False), ("", "", False)],
)  # fmt: skip
def test_explicit_is_the_shows_unless_the_episode_says(read, show, own, expected):
    said = f"<title>S</title><itunes:explicit>{show}</itunes:explicit>"
    found = read(feed(item(rest=f"<itunes:explicit>{own}</itunes:explicit>"), channel=said))
    assert found.episodes[0].explicit is expected


@pytest.mark.parametrize(
    ("listed", "faults"),
    [
        ([item("1", audio="")], [(1, "no_audio")]),
        ([item("1", audio='<enclosure url="javascript:alert(1)"/>')], [(1, "no_audio")]),
        ([item("1", title="")], [(1, "empty")]),
        ([item("1", title="&#x200b;")], [(1, "empty")]),
        ([item("1"), item("1", "Other")], [(2, "duplicate_guid")]),
        ([item("1", "A & B")], [(1, "malformed_xml")]),
    ],
)  # fmt: skip
def test_an_item_that_is_no_episode_is_a_fault_and_its_neighbours_stay(read, listed, faults):
    found = read(feed(*listed, item("last", "Last")))
    assert found.faults == faults
    assert found.episodes[-1].title == "Last"


@pytest.mark.parametrize("body", [b"", b"<html>", b"gone", b"<rss/>", b"<rss><channel/></rss>"])
def test_what_is_no_feed_is_one_fault_and_nothing_is_kept(read, body):
    for address in (None, "https://example.org/feed"):
        found = read(body, address=address)
        assert (found.show, found.episodes, len(found.faults)) == (None, [], 1)


def test_there_must_be_a_file(tmp_path):
    with pytest.raises(NotFound):
        list(feeds.read(tmp_path / "none.xml", now=NOW))


def test_a_feed_read_again_brings_nothing_back_that_was_taken_out(read, shelf):
    (chunk,) = read(feed(item())).chunks
    put = {"override": chunk.override, "keeps_available": chunk.keeps_available}
    shelf.put(items.changes(chunk.items, **put))
    one = next(one for one in chunk.items if isinstance(one, Episode))
    shelf.put(items.changes([msgspec.structs.replace(one, available=False)], override=True))
    shelf.put(items.changes(chunk.items, **put))
    assert not items.get(shelf.conn, one.item_id).available


# What a feed names beside it.

NAMED = (
    '<podcast:transcript url="https://cdn.example.org/t/1.{}" type="{}" {}/>'
)  # fmt: skip


def transcript(suffix, kind="", more=""):
    return NAMED.format(suffix, kind, more)


def asked(found, shelf):
    """The transcripts and chapters the changes would store, by episode."""
    for chunk in found.chunks:
        shelf.put([*items.changes(chunk.items, override=chunk.override), *chunk.changes])
    return {e.item_id: transcripts.of(shelf.conn, e.item_id) for e in found.episodes}


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ([transcript("txt", "text/plain"), transcript("srt", "application/srt"), transcript("vtt", "text/vtt")], "vtt"),
        ([transcript("html", "text/html"), transcript("json", "application/json; charset=utf-8")], "json"),
        ([transcript("bin"), transcript("srt")], "srt"),
        ([transcript("vtt", "text/vtt", 'language="de"'), transcript("srt", "text/srt", 'language="en"')], "srt"),
        ([transcript("vtt", "text/vtt", 'language="de"')], "vtt"),
        ([transcript("vtt", "text/vtt", 'language="EN-gb"'), transcript("srt", "text/srt")], "vtt"),
    ],
)  # fmt: skip
def test_the_best_transcript_is_asked_for_first(read, named, expected):
    told = []

    def document(address):
        told.append(address)
        return VTT.encode()

    channel = "<title>S</title><language>en-US</language>"
    read(feed(item(rest="".join(named)), channel=channel), document=document)
    assert told == [f"https://cdn.example.org/t/1.{expected}"]


def test_a_transcript_that_cannot_be_had_gives_way_to_the_next(read, shelf):
    def document(address):
        if address.endswith(".vtt"):
            raise Refused("address", "private_address", "no")
        return None if address.endswith(".srt") else b"Host: Hello."

    rest = transcript("vtt") + transcript("srt") + transcript("txt")
    found = read(feed(item(rest=rest)), document=document)
    assert found.faults == [(1, "private_address")]
    assert list(asked(found, shelf).values()) == [[Segment(text="Hello.", speaker="Host")]]


@pytest.mark.parametrize(
    "url", ["https://[x/1.vtt", "https://[::1", "//[", "", " ", "\ud7ff", "x" * 70_000]
)
def test_no_address_of_a_document_stops_the_feed(read, tmp_path, url):
    rest = f'<podcast:transcript url="{url}"/><podcast:chapters url="{url}"/>'
    found = read(feed(item(rest=rest)), document=feeds.beside(tmp_path))
    assert len(found.episodes) == 1
    assert {rule for _, rule in found.faults} <= {"missing_file", "too_large"}


def test_many_faults_of_a_transcript_are_one_a_rule(read):
    body = b"WEBVTT\n\n" + b"a --> b\nx\n\n" * 50 + b"00:00.000 --> 00:01.000\nHello.\n"
    found = read(feed(item(rest=transcript("vtt"))), document=lambda address: body)
    assert found.faults == [(1, "not_a_time")]
    assert "49" in found.chunks[0].faults[0].message or "50" in found.chunks[0].faults[0].message


def test_a_known_transcript_is_not_asked_for_again(read):
    text = feed(item(rest=transcript("vtt")))
    known = {read(text).episodes[0].item_id}

    def document(address):
        raise AssertionError(address)

    assert read(text, document=document, transcribed=known).faults == []


def test_nothing_is_asked_for_before_the_position_an_import_goes_on_from(read):
    told = []
    listed = [item(str(n), rest=transcript("vtt")) for n in range(5)]
    found = read(feed(*listed), document=told.append, after=3)
    assert len(found.episodes) == 2
    assert len(told) == 2


def test_chapters_come_from_the_feed_or_from_beside_it(read, shelf):
    inline = '<psc:chapters><psc:chapter start="0:10" title="A"/></psc:chapters>'
    named = (
        '<podcast:chapters url="https://cdn.example.org/c.json" type="application/json+chapters"/>'
    )
    listed = [item("1", rest=inline + named), item("2", rest=named)]
    body = b'{"chapters": [{"startTime": 5, "title": "B"}]}'
    found = read(feed(*listed), document=lambda address: body)
    asked(found, shelf)
    ids = [episode.item_id for episode in found.episodes]
    assert [transcripts.chapters_of(shelf.conn, key) for key in ids] == [
        [Chapter(title="A", start_ms=10_000)],
        [Chapter(title="B", start_ms=5_000)],
    ]


def test_reading_again_updates_and_doubles_nothing(read, shelf):
    first = read(feed(*(item(str(n), f"Episode {n}") for n in range(3))))
    asked(first, shelf)
    second = read(
        feed(item("1", "Renamed", rest=transcript("vtt")), item("3", "New")),
        document=lambda a: VTT.encode(),
    )
    asked(second, shelf)
    asked(second, shelf)
    stored = items.get_many(shelf.conn, [e.item_id for e in (*first.episodes, *second.episodes)])
    assert sorted(item.title for item in stored.values()) == [
        "Episode 0",
        "Episode 2",
        "New",
        "Renamed",
    ]
    assert shelf.conn.execute("SELECT count(*) FROM transcripts").fetchone() == (1,)
    assert shelf.conn.execute("SELECT count(*) FROM items").fetchone() == (5,)


def test_a_folder_gives_what_lies_in_it_and_nothing_else(tmp_path):
    folder = tmp_path / "podcast"
    folder.mkdir()
    (folder / "1 é.vtt").write_text(VTT)
    (folder / "feed.xml").write_text("secret")
    (tmp_path / "above.vtt").write_text("secret")
    (folder / "link.vtt").symlink_to(tmp_path / "above.vtt")
    document = feeds.beside(folder)
    assert document("https://cdn.example.org/a/1%20%C3%A9.vtt?x=1#y") == VTT.encode()
    for name in ("../above.vtt", "%2e%2e%2fabove.vtt", "..%5cabove.vtt", "link.vtt", "feed.xml", "..", "",
                 "none.vtt", "a%00.vtt", "/etc/passwd", "%2fetc%2fpasswd.txt"):  # fmt: skip
        assert document(f"https://cdn.example.org/{name}") is None
    assert document(str(tmp_path / "above.vtt")) is None


def test_the_feed_in_a_folder_is_found(tmp_path):
    with pytest.raises(NotFound):
        feeds.feed_of(tmp_path)
    (tmp_path / "show.rss").touch()
    assert feeds.feed_of(tmp_path).name == "show.rss"
    (tmp_path / "other.xml").touch()
    with pytest.raises(NotFound):
        feeds.feed_of(tmp_path)
    (tmp_path / "feed.xml").touch()
    assert feeds.feed_of(tmp_path).name == "feed.xml"


def test_a_large_feed_comes_in_chunks_that_can_be_gone_on_from(read):
    listed = [item(str(n), f"Episode {n}") for n in range(1_200)]
    whole = read(feed(*listed))
    assert [chunk.position for chunk in whole.chunks] == [500, 1000, 1200]
    assert [chunk.share for chunk in whole.chunks] == sorted(c.share for c in whole.chunks)
    rest = read(feed(*listed), after=500)
    assert rest.episodes == whole.episodes[500:]


WORDS = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="<>&"), min_size=1
)
SAID = st.fixed_dictionaries({
    "title": WORDS.filter(identity.visible),
    "seconds": st.integers(1, 36_000),
    "at": st.integers(1_104_537_600, 1_793_491_200).map(lambda s: datetime.fromtimestamp(s, UTC)),
})  # fmt: skip


@given(st.lists(SAID, min_size=1, max_size=5))
def test_a_feed_is_read_as_its_peer_reads_it(tmp_path_factory, said):
    """podcastparser 0.6.11 parses titles, addresses, durations and dates of the same feed."""
    listed = [
        item(
            str(n),
            escape(s["title"]),
            f"<itunes:duration>{s['seconds'] // 60}:{s['seconds'] % 60:02d}</itunes:duration>"
            f"<pubDate>{s['at']:%a, %d %b %Y %H:%M:%S} +0000</pubDate>",
        )
        for n, s in enumerate(said)
    ]
    text = feed(*listed)
    path = tmp_path_factory.mktemp("feed") / "feed.xml"
    path.write_text(text, encoding="utf-8")
    ours = [i for chunk in feeds.read(path, now=NOW) for i in chunk.items if isinstance(i, Episode)]
    theirs = podcastparser.parse("https://example.org/feed", BytesIO(text.encode()))["episodes"]
    theirs = {episode["enclosures"][0]["url"]: episode for episode in theirs}
    assert len(ours) == len(theirs) == len(said)
    for episode in ours:
        peer = theirs[episode.location]
        assert "".join(episode.title.split()) == "".join(peer["title"].split())
        assert episode.duration_ms == 1000 * peer["total_time"]
        assert episode.released_on == datetime.fromtimestamp(peer["published"], UTC).date()
