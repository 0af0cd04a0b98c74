"""The chapters of an episode, as Podcasting 2.0 JSON or as Podlove's elements in the feed.

Chapters are put in order of their beginning; each ends where the next begins at the latest. A chapter
that says it stands in no table of contents is passed over: it only changes a picture.

Sources: Podcasting 2.0 namespace, JSON chapters 1.2 (Podcastindex.org); Podlove Simple Chapters 1.2.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Annotated

import msgspec

from ritornello.intake.elements import elements
from ritornello.intake.plain_text import plain
from ritornello.intake.refusal import Refused
from ritornello.intake.rss import Element
from ritornello.kinds.faults import Fault, rule_of
from ritornello.kinds.transcripts import Chapter

SOURCE = "chapters"
MAX_BYTES = 4 << 20
MAX_CHAPTERS = 10_000
MAX_TITLE = 1000
MAX_URL = 2000

_CHAPTERS = re.compile(rb'"chapters"\s*:\s*(?=\[)')
_CLOCK = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,7})(?:\.(\d{1,3})\d*)?\Z")
_WEB = re.compile(r"https?://[^\s<>\"]+\Z", re.IGNORECASE)

Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e7)]


class _JsonChapter(msgspec.Struct, frozen=True):
    """A chapter as Podcasting 2.0 writes it; times in seconds."""

    start_s: Seconds = msgspec.field(name="startTime")
    end_s: Seconds | None = msgspec.field(name="endTime", default=None)
    title: str = ""
    url: str | None = None
    toc: bool = True


_decoder = msgspec.json.Decoder(_JsonChapter, strict=False)


def read(body: bytes, *, source: str = SOURCE) -> tuple[list[Chapter], list[Fault]]:
    """Read a JSON file of chapters; a fault's position counts them, from 1."""
    if len(body) > MAX_BYTES:
        message = f"chapters of {len(body):,} bytes; at most {MAX_BYTES:,} are read"
        return [], [Fault.at(source, 0, "too_large", message)]
    found = _CHAPTERS.search(body)
    listed = elements(body[found.end() if found else body.find(b"[") :], "chapters")
    return _in_order(map(_of_json, _inside(listed or iter((body,)))), source)


def of_elements(
    parts: Iterable[Element], *, source: str = SOURCE
) -> tuple[list[Chapter], list[Fault]]:
    """Read the ``psc:chapter`` elements of an item; a fault's position counts them, from 1."""
    return _in_order(map(_of_element, parts), source)


def milliseconds(clock: str) -> int | None:
    """Read seconds, MM:SS or HH:MM:SS, with a fraction or without; ``None`` for anything else.

    Examples
    --------
    >>> milliseconds("1:02:03.5"), milliseconds("90"), milliseconds("an hour")
    (3723500, 90000, None)
    """
    found = _CLOCK.match(clock.strip())
    if found is None:
        return None
    hours, minutes, seconds, fraction = (part or "0" for part in found.groups())
    if found[2] is not None and int(seconds) > 59:
        return None
    whole_s = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole_s * 1000 + int(fraction.ljust(3, "0"))


def web_address(text: str) -> str | None:
    """Return an address of the web; anything else, such as a script, is none."""
    text = text.strip().replace(" ", "%20")
    return text if len(text) <= MAX_URL and _WEB.match(text) else None


def _inside(listed: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the elements of the array; what follows it is no chapter."""
    for element in listed:
        if element.startswith(b"]"):
            return
        yield element


def _of_json(element: bytes) -> Chapter | Refused | None:
    try:
        stated = _decoder.decode(element)
    except msgspec.ValidationError as error:
        field, rule = rule_of(error)
        return Refused(field, rule, str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Refused("", "malformed_json", str(error))
    end_ms = None if stated.end_s is None else round(stated.end_s * 1000)
    chapter = _chapter(stated.title, round(stated.start_s * 1000), end_ms, stated.url or "")
    return chapter if stated.toc else None


def _of_element(element: Element) -> Chapter | Refused:
    start_ms = milliseconds(element.get("start"))
    if start_ms is None:
        message = f"{element.get('start')[:40]!r} is no time; they look like 00:01:02.500"
        return Refused("start", "not_a_time", message)
    return _chapter(element.get("title"), start_ms, None, element.get("href"))


def _chapter(title: str, start_ms: int, end_ms: int | None, url: str) -> Chapter | Refused:
    title = plain(title, MAX_TITLE).replace("\n", " ")
    if not title:
        return Refused("title", "empty", f"the chapter at {start_ms} ms has no title")
    return Chapter(title=title, start_ms=start_ms, end_ms=end_ms, url=web_address(url))


def _in_order(
    found: Iterable[Chapter | Refused | None], source: str
) -> tuple[list[Chapter], list[Fault]]:
    """Order chapters, and end each where the next begins if it says it lasts longer."""
    kept: list[Chapter] = []
    faults: list[Fault] = []
    for position, chapter in enumerate(found, start=1):
        if position > MAX_CHAPTERS:
            message = f"more than {MAX_CHAPTERS:,} chapters; the first were kept"
            faults.append(Fault.at(source, position, "too_many", message))
            break
        if isinstance(chapter, Refused):
            faults.append(chapter.fault(source, position))
        elif chapter is not None:
            kept.append(chapter)
    kept.sort(key=lambda chapter: chapter.start_ms)
    return _apart(kept), faults


def _apart(chapters: Sequence[Chapter]) -> list[Chapter]:
    """End each chapter where the next begins at the latest; no end before the beginning holds."""
    apart = []
    for chapter, after in zip_longest(chapters, chapters[1:]):
        end_ms = chapter.end_ms
        if end_ms is not None and after is not None:
            end_ms = min(end_ms, after.start_ms)
        if end_ms is not None and end_ms < chapter.start_ms:
            end_ms = None
        apart.append(msgspec.structs.replace(chapter, end_ms=end_ms))
    return apart
