"""Transcripts in every form say the same; what peers read of them is the oracle."""

import json
from datetime import timedelta
from itertools import pairwise

import pytest
import srt
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake import captions
from ritornello.kinds.transcripts import Segment

SECOND = timedelta(seconds=1)


def segments(text, **how):
    """What a transcript is read as, without a fault."""
    kept, faults = captions.read(text if isinstance(text, bytes) else text.encode(), **how)
    assert faults == []
    return kept


SAID = [
    Segment(text="Hello & welcome.", start_ms=500, end_ms=2_000, speaker="Speaker 1"),
    Segment(text="Thank you.", start_ms=2_000, end_ms=4_250, speaker="Speaker 2"),
    Segment(text="It is good to be here.", start_ms=4_250, end_ms=6_000, speaker="Speaker 2"),
]
VTT = """WEBVTT - a talk

STYLE
::cue(v) { color: red }

REGION
id:one

NOTE made by hand -- nobody's

first
00:00.500 --> 00:02.000 align:start line:0%
<v Speaker 1>Hello &amp; <i>welcome</i>.</v>

2
00:00:02.000 --> 00:00:04.250
<v.loud Speaker 2>Thank <c.big>you</c>.

NOTE between

00:00:04.250 --> 00:00:06.000
It is <00:00:05.000>good
to be here.
"""
SRT = """1
00:00:00,500 --> 00:00:02,000
Speaker 1: Hello &amp; <i>welcome</i>.

2
00:00:02,000 --> 00:00:04,250
{\\an8}Speaker 2: Thank you.

3
00:00:04,250 --> 00:00:06,000
It is good

to be here.
"""
JSON = json.dumps({
    "version": "1.0.0",
    "segments": [
        {"speaker": "Speaker 1", "startTime": 0.5, "endTime": 2, "body": "Hello & welcome."},
        {"speaker": "Speaker 2", "startTime": 2, "endTime": 4.25, "body": "Thank you."},
        {"startTime": 4.25, "endTime": 6, "body": "It is good\nto be here."},
    ],
})  # fmt: skip


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=repr)
@pytest.mark.parametrize("form", [VTT, SRT], ids=["vtt", "srt"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16"])
def test_one_talk_is_read_alike_from_every_form(form, line_end, charset):
    if form is SRT:
        form = form.replace("Speaker 2: Thank you", "Speaker 2: Thank you")
    assert [s.text for s in segments(form.replace("\n", line_end).encode(charset))] == [
        s.text for s in SAID
    ]
    assert segments(VTT) == segments(JSON) == SAID


def test_subrip_names_its_speakers_before_their_words():
    again = SRT + "\n4\n00:00:06,000 --> 00:00:07,000\nSpeaker 2: Bye.\n"
    assert segments(again)[:3] == SAID


def test_a_cue_of_two_voices_is_parted_by_their_words():
    (one, two) = segments("WEBVTT\n\n00:00.000 --> 00:04.000\n<v A>abc</v> <v B>defghijkl</v>\n")
    assert one == Segment(text="abc", start_ms=0, end_ms=1_000, speaker="A")
    assert two == Segment(text="defghijkl", start_ms=1_000, end_ms=4_000, speaker="B")


HTML = """<!DOCTYPE html><html><head><title>T</title><style>p { }</style></head><body>
<cite>Speaker 1:</cite>
<time>0:00</time>
<p>We have an episode today.</p>
<cite>Speaker 2:</cite> <time>0:30</time>
<p>And a <b>great</b> one.<script>alert(1)</script></p><p>The best.</p>
</body></html>"""


def test_html_says_who_and_sometimes_when():
    said = segments(HTML)
    assert [(s.speaker, s.start_ms, s.text) for s in said] == [
        ("Speaker 1", 0, "We have an episode today."),
        ("Speaker 2", 30_000, "And a great one."),
        ("Speaker 2", None, "The best."),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.\n\nTwo.", [(None, None, "One."), (None, None, "Two.")]),
        ("One\nline.\n\nTwo.", [(None, None, "One line."), (None, None, "Two.")]),
        ("A: one\nB: two\nA: three", [("A", None, "one"), ("B", None, "two"), ("A", None, "three")]),
        ("**A:** one\n\n**B:** \\[01:44\\] two", [("A", None, "one"), ("B", 104_000, "two")]),
        ("[00:01] A: one\n[1:00:02.5] B: two", [("A", 1_000, "one"), ("B", 3_602_500, "two")]),
        ("0:05\nOne.\n0:03\nTwo.\n0:07\nThree.",
         [(None, 5_000, "One."), (None, None, "Two."), (None, 7_000, "Three.")]),
        ("He said: go. It is 12:30 now.", [(None, None, "He said: go. It is 12:30 now.")]),
        ("Ünï said: hi\nnote: this", [(None, None, "Ünï said: hi"), (None, None, "note: this")]),
    ],
)  # fmt: skip
def test_plain_text_is_read_as_paragraphs(text, expected):
    assert [(s.speaker, s.start_ms, s.text) for s in segments(text)] == expected


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        (b"", ["empty"]),
        (b"WEBVTT\n", ["empty"]),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\n", ["empty"]),
        (b"{}", ["empty"]),
        (b'{"segments": {}}', ["empty"]),
        (b"<html></html>", ["empty"]),
        (b"\x00" * 100, ["empty"]),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi.\n\n00:0", ["torn"]),
        (b"WEBVTT\n\n00:05.000 --> 00:02.000\nHi.", ["runs_backwards"]),
        (b"WEBVTT\n\nsoon --> later\nHi.", ["not_a_time"]),
        (
            b'{"segments": [{"startTime": 1, "body": "Hi."}, {"startTime": 2, "bo',
            ["malformed_json"],
        ),
        (b'{"segments": [{"startTime": "NaN", "body": "Hi."}]}', ["wrong_type"]),
        (b"x" * (17 << 20), ["too_large"]),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_wrong_is_named(body, rules):
    _, faults = captions.read(body)
    assert [fault.rule for fault in faults] == rules


@pytest.mark.slow
def test_there_is_an_end_to_cues():
    body = b"WEBVTT\n\n" + b"0:0 --> 0:0\nx\n\n" * 100_500
    kept, _ = captions.read(body)
    assert len(kept) <= 100_000
    assert len(captions.read(b'{"segments": [' + b"{}," * 200_000)[1]) <= 100_002


WORDS = st.text("abcdefgé .,", min_size=1, max_size=30).filter(str.strip)
CUES = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 5_000), WORDS), min_size=1)


def in_turn(cues):
    """Cues one after the other: gap, length and words become times."""
    now = timedelta()
    for number, (gap, lasting, words) in enumerate(cues, start=1):
        start = now + timedelta(milliseconds=gap)
        now = start + timedelta(milliseconds=lasting + 1)
        yield srt.Subtitle(number, start, now, words.strip())


@given(CUES)
def test_subrip_is_read_as_its_peer_reads_it(cues):
    text = srt.compose(in_turn(cues), reindex=False)
    kept, faults = captions.read(text.encode())
    theirs = [(s.start // (SECOND / 1000), s.end // (SECOND / 1000), " ".join(s.content.split()))
              for s in srt.parse(text)]  # fmt: skip
    assert faults == []
    assert [(s.start_ms, s.end_ms, s.text) for s in kept] == theirs


@given(CUES)
def test_webvtt_is_read_as_its_peer_reads_it(cues):
    made = webvtt.WebVTT(captions=[
        webvtt.Caption(srt.timedelta_to_srt_timestamp(s.start).replace(",", "."),
                       srt.timedelta_to_srt_timestamp(s.end).replace(",", "."), s.content)
        for s in in_turn(cues)
    ])  # fmt: skip
    kept, faults = captions.read(made.content.encode())
    theirs = [(1000 * c.start_in_seconds + c.start_time.milliseconds, " ".join(c.text.split()))
              for c in webvtt.from_string(made.content)]  # fmt: skip
    assert faults == []
    assert [(s.start_ms, s.text) for s in kept] == theirs


@given(st.data())
def test_any_mutation_of_a_transcript_is_read(data):
    body = bytearray(data.draw(st.sampled_from((VTT, SRT, JSON, HTML))).encode())
    for _ in range(data.draw(st.integers(0, 5))):
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(start, min(len(body), start + 20)))
        body[start:end] = data.draw(
            st.binary(max_size=6) | st.sampled_from((b"-->", b"\n\n", b"<v "))
        )
    kept, faults = captions.read(bytes(body), duration_ms=60_000)
    assert kept or faults
    assert all(s.text == s.text.strip() != "" for s in kept)


@pytest.mark.slow
@pytest.mark.data
def test_fifty_real_transcripts_are_read_as_their_peer_reads_them(shared):
    """Talk Python, 66,907 segments. Ours parts the speaker from the words and drops exact repeats."""
    n_segments = n_other = 0
    for path in sorted((shared / "data/transcripts/talkpython").glob("*.vtt")):
        kept, faults = captions.read(path.read_bytes())
        assert {fault.rule for fault in faults} <= {"overlap"}
        theirs = [(1000 * c.start_in_seconds + c.start_time.milliseconds, " ".join(c.text.split()))
                  for c in webvtt.from_string(path.read_text(encoding="utf-8")) if c.text.strip()]  # fmt: skip
        ours = {(s.start_ms, s.text) for s in kept}
        n_segments += len(kept)
        n_other += sum(cue not in ours for cue in theirs)
        assert all(a.end_ms <= b.start_ms for a, b in pairwise(kept))
    assert n_segments == 66_907
    assert n_other < 100


@pytest.mark.data
def test_real_markdown_transcripts_name_their_speakers(shared):
    """The Changelog's: nearly every paragraph begins with a bold name."""
    n_named = n_all = 0
    for path in sorted((shared / "data/transcripts/changelog").rglob("*.md")):
        kept, faults = captions.read(path.read_bytes())
        assert not faults
        assert not [s for s in kept if s.text.startswith("**")]
        n_all += len(kept)
        n_named += sum(s.speaker is not None for s in kept)
    assert n_all > 10_000
    assert n_named > 0.99 * n_all
