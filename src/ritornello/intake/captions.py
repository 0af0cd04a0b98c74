"""Transcripts in every form podcasts publish them in, read as segments.

WebVTT, SubRip, Podcasting 2.0 JSON, HTML and plain text (or Markdown) are told apart by what they
hold, never by what somebody calls them. Cues become segments as ``cues`` says. HTML and plain text
mostly say who speaks and seldom when: a segment has a time only where one is written before it.

Read more widely than written: hours may be missing, fractions stand after a point or a comma and have
one to three digits, cue settings and styles are passed over, a cue of several voices is parted.

Sources: WebVTT (W3C Candidate Recommendation, 2019); Podcasting 2.0 namespace, transcripts
(Podcastindex.org); SubRip has no specification.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from io import StringIO
from itertools import groupby, islice
from typing import Annotated

import msgspec

from ritornello.intake.charsets import text_of
from ritornello.intake.cues import MAX_SEGMENTS, MAX_SPEAKER, Cue, label, segments, times
from ritornello.intake.elements import elements
from ritornello.intake.plain_text import plain, squeezed
from ritornello.kinds.faults import Fault, rule_of
from ritornello.kinds.transcripts import Segment

SOURCE = "captions"
MAX_BYTES = 8 << 20
MAX_CUE_CHARACTERS = 20_000
MAX_PARAGRAPH = 100_000
FORMS = {".vtt": 0, ".srt": 1, ".json": 2, ".html": 3, ".htm": 3, ".txt": 4, ".md": 4}
"""What files of transcripts are called, and which form is read rather than another."""
TYPES = {
    "text/vtt": ".vtt", "application/x-subrip": ".srt", "application/srt": ".srt", "text/srt": ".srt",
    "application/json": ".json", "text/html": ".html", "text/plain": ".txt", "text/markdown": ".md",
}  # fmt: skip

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_ARROW = "-->"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?\Z")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]*)>")
_STYLING = re.compile(r"</?[^<>]{0,200}>|\{\\[^{}]{0,100}\}")
_NUMBER = re.compile(r"\s*\d+\s*\Z")
_TORN = re.compile(rb"(?:\r\n|\r|\n)[ \t]*[\r\n]+[\d:.,-][\d:.,\- \t]*\Z")
_SEGMENTS = re.compile(rb'"segments"\s*:\s*(?=\[)')
_STAMP = re.compile(rf"[\[(]?{_TIME}[\])]?(?:\s+|\Z)")
_BEFORE_STAMP = re.compile(r"(?<=\s)(?=\[[\d:.,]+\]\s)")

_Cues = Iterator[Cue | Fault]


class _JsonSegment(msgspec.Struct, frozen=True):
    """A segment as Podcasting 2.0 writes it; times in seconds."""

    body: str
    start_s: Annotated[float, msgspec.Meta(ge=0, le=1e7)] = msgspec.field(name="startTime")
    end_s: Annotated[float, msgspec.Meta(ge=0, le=1e7)] | None = msgspec.field(
        name="endTime", default=None
    )
    speaker: str | None = None


def read(
    body: bytes, *, source: str = SOURCE, duration_ms: int | None = None
) -> tuple[list[Segment], list[Fault]]:
    """Read a transcript; a fault's position counts its cues, from 1.

    Parameters
    ----------
    source : what the faults are filed under.
    duration_ms : of the episode, where it is known.
    """
    if len(body) > MAX_BYTES:
        message = f"a transcript of {len(body):,} bytes; at most {MAX_BYTES:,} are read"
        return [], [Fault.at(source, 0, "too_large", message)]
    cues: list[Cue] = []
    faults: list[Fault] = []
    for found in islice(_recognised(body)(body, source), MAX_SEGMENTS + 1):
        if isinstance(found, Cue):
            cues.append(found)
        else:
            faults.append(found)
    kept, wrong = segments(cues, source=source, duration_ms=duration_ms)
    if not (kept or faults or wrong):
        faults.append(Fault.at(source, 0, "empty", "a transcript without words"))
    return kept, [*faults, *wrong]


def _recognised(body: bytes) -> Callable[[bytes, str], _Cues]:
    """Return the reader of the form a transcript has."""
    head = text_of(body[:4096])
    if head.startswith("WEBVTT"):
        return _vtt
    if head.startswith(("{", "[{")):
        return _json
    if _ARROW in head:
        return _srt
    return _html if head.startswith("<") else _plain


def _vtt(body: bytes, source: str) -> _Cues:
    """Read WebVTT: a cue ends at an empty line; comments, styles and regions have no timing."""
    position = 0
    for position, timing, lines in _timed(body):
        until = next((n for n, line in enumerate(lines) if not line.strip()), len(lines))
        yield from _parted(position, timing, lines[:until], source)
    yield from _torn(body, position + 1, source)


def _srt(body: bytes, source: str) -> _Cues:
    """Read SubRip: a cue lasts until the number and timing of the next, over empty lines too."""
    position = 0
    for position, timing, lines in _timed(body):
        last = lines and _NUMBER.match(lines[-1]) and (len(lines) < 2 or not lines[-2].strip())
        yield from _parted(position, timing, lines[:-1] if last else lines, source)
    yield from _torn(body, position + 1, source)


def _timed(body: bytes) -> Iterator[tuple[int, str, list[str]]]:
    """Yield each timing line with the lines up to the next one, numbered from 1."""
    position, timing, lines = 0, "", list[str]()
    for line in _lines(body):
        if _ARROW not in line:
            lines.append(line)
            continue
        if position:
            yield position, timing, lines
        position, timing, lines = position + 1, line, []
        if position > MAX_SEGMENTS + 1:
            return
    if position:
        yield position, timing, lines


def _torn(body: bytes, position: int, source: str) -> Iterator[Fault]:
    """Tell of a file that breaks off in the number or the timing of a cue."""
    if _TORN.search(body[-200:]):
        yield Fault.at(source, position, "torn", "the file breaks off where a cue begins")


def _parted(position: int, timing: str, lines: list[str], source: str) -> _Cues:
    """Yield a cue, or one for each voice in it."""
    found = _TIMING.match(timing)
    start_ms = _ms(*found.groups()[:4]) if found else None
    end_ms = _ms(*found.groups()[4:]) if found else None
    if start_ms is None or end_ms is None:
        message = (
            f"{timing.strip()[:80]!r} is no timing; they look like 00:01:02.500 --> 00:01:04.000"
        )
        yield Fault.at(source, position, "not_a_time", message)
        return
    text = "\n".join(lines)[:MAX_CUE_CHARACTERS]
    cue = Cue(position, (), start_ms, end_ms)
    parts = _VOICE.split(text)
    names = [None, *(squeezed(unescape(name))[:MAX_SPEAKER] or None for name in parts[1::2])]
    said = [
        (name, words)
        for name, part in zip(names, parts[::2], strict=True)
        if (words := _words(part))
    ]
    shares = times(cue, [" ".join(words) for _, words in said])
    for (name, words), (start, end) in zip(said, shares, strict=True):
        yield cue._replace(lines=words, start_ms=start, end_ms=end, speaker=name)


def _words(text: str) -> tuple[str, ...]:
    """Return a cue's lines without styling."""
    lines = (squeezed(unescape(_STYLING.sub("", line))) for line in text.split("\n"))
    return tuple(line for line in lines if line)


def _ms(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> int | None:
    """Return milliseconds of a clock; ``None`` where there is no such time."""
    if int(minutes) > 59 or int(seconds) > 59:
        return None
    whole_s = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole_s * 1000 + int((fraction or "0").ljust(3, "0"))


def _json(body: bytes, source: str) -> _Cues:
    """Read Podcasting 2.0 JSON, segment by segment."""
    found = _SEGMENTS.search(body)
    start = found.end() if found else body.find(b"[")
    for position, element in enumerate(elements(body[start:], "segments") or (), start=1):
        if element.startswith(b"]") or position > MAX_SEGMENTS + 1:
            return
        try:
            said = _json_segments.decode(element)
        except msgspec.ValidationError as error:
            field, rule = rule_of(error)
            yield Fault.at(source, position, rule, str(error), field)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield Fault.at(source, position, "malformed_json", str(error))
        else:
            lines = tuple(squeezed(said.body[:MAX_CUE_CHARACTERS]).split("\n"))
            end_ms = None if said.end_s is None else round(said.end_s * 1000)
            speaker = squeezed((said.speaker or "")[:MAX_SPEAKER]) or None
            yield Cue(position, lines, round(said.start_s * 1000), end_ms, speaker)


_json_segments = msgspec.json.Decoder(_JsonSegment)


def _html(body: bytes, _source: str) -> _Cues:
    """Read HTML: what its markup separates are paragraphs."""
    return _paragraphs(StringIO(plain(text_of(body), MAX_BYTES)))


def _plain(body: bytes, _source: str) -> _Cues:
    """Read plain text or Markdown: paragraphs, or lines where nothing parts paragraphs."""
    parted = any(not line.strip() for line in islice(_lines(body.strip()), MAX_SEGMENTS))
    lines = (
        line.replace("**", "").replace("\\[", "[").replace("\\]", "]") for line in _lines(body)
    )
    if not parted:
        return _paragraphs(lines)
    groups = groupby(lines, key=lambda line: bool(line.strip()))
    return _paragraphs(" ".join(group) for filled, group in groups if filled)


def _lines(body: bytes) -> Iterator[str]:
    """Yield a document's lines, whatever ends them."""
    text = text_of(body).replace("\r\n", "\n").replace("\r", "\n")
    return (line.rstrip("\n") for line in StringIO(text))


def _paragraphs(paragraphs: Iterable[str]) -> _Cues:
    """Read paragraphs: a name and a time may stand before the words, or on lines of their own; times in brackets within."""
    waiting, waiting_ms, last_ms = "", None, -1
    for position, paragraph in enumerate(paragraphs, start=1):
        before_ms, text = _stamped(squeezed(paragraph[:MAX_PARAGRAPH]))
        name, text = label(text)
        after_ms, text = _stamped(text)
        stated_ms = after_ms if before_ms is None else before_ms
        at_ms = waiting_ms if stated_ms is None else stated_ms
        if not text:
            waiting, waiting_ms = name or waiting, at_ms
            continue
        speaker = None if name else waiting or None
        first, *others = _BEFORE_STAMP.split(text)
        parts = [(at_ms, f"{name}: {first}" if name else first), *map(_stamped, others)]
        for stated_ms, words in parts:
            start_ms = None if stated_ms is None or stated_ms < last_ms else stated_ms
            last_ms = last_ms if start_ms is None else start_ms
            yield Cue(position, (words,), start_ms, None, speaker)
        waiting, waiting_ms = "", None


def _stamped(text: str) -> tuple[int | None, str]:
    """Part a time from the words after it."""
    found = _STAMP.match(text)
    return (_ms(*found.groups()), text[found.end() :]) if found else (None, text)
