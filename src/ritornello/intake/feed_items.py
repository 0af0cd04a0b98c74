"""What the elements of a podcast's feed say, as a show and its episodes.

Ids: a show is known by its ``podcast:guid``. A feed without one is given the guid Podcasting 2.0 would
give it, made of its address, so that stating it later changes nothing; without an address either, the
title speaks. An episode is known by its ``guid`` within the show, or by the address of its audio.

Descriptions are HTML of anybody's making; their words are kept and nothing else. Addresses are kept
only if they are of the web. A field that cannot be read is left out, with a fault; the rest stays.

Sources: RSS 2.0 (RSS Advisory Board, 2009); "A podcaster's guide to RSS" (Apple); Podcasting 2.0
namespace (Podcastindex.org).
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from email.utils import parsedate_tz
from html import unescape
from typing import Any, TypeVar
from uuid import UUID, uuid5

from ritornello.catalog import identity
from ritornello.intake.chapters import milliseconds, web_address
from ritornello.intake.plain_text import plain, squeezed
from ritornello.intake.refusal import Refused
from ritornello.intake.rss import Element
from ritornello.kinds.items import Episode, Show

GUIDS = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The namespace of Podcasting 2.0 in which an address becomes a guid (UUIDv5)."""
MAX_TITLE = 1000
MAX_DESCRIPTION = 10_000
MAX_WORD = 64
MAX_WORDS = 20
MAX_LISTED = 50
MAX_GUID = 2000
MAX_DURATION_MS = 7 * 86_400_000

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}\Z")
_ISO_DATE = re.compile(r"\s*(\d{4})-(\d\d)-(\d\d)(?:[T ]|\s*\Z)")
_NUMBER = re.compile(r"\d{1,6}\Z")
_EXPLICIT = frozenset({"yes", "true", "explicit", "1"})
_AHEAD = timedelta(days=366)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)

T = TypeVar("T")
Said = dict[str, Any]


def show_of(channel: Element, address: str | None) -> Show:
    """Return the show a channel describes.

    Parameters
    ----------
    address : where the feed came from, if it was fetched; its own word on that goes first.

    Raises
    ------
    Refused : nothing to call it by.
    """
    own = next(
        (link.get("href") for link in channel.all("atom:link") if link.get("rel") == "self"), ""
    )
    published = web_address(own) or address
    guid = _guid(channel, published)
    title = _title(channel) or published or ""
    if not identity.visible(title):
        raise Refused("title", "empty", "a channel without a title and without an address")
    addresses = [published, web_address(channel.say("link"))]
    categories = [part.get("text") for part in _below(channel, "itunes:category")]
    return Show(
        item_id=identity.show_id(title) if guid is None else identity.feed_show_id(guid),
        title=title,
        author=squeezed(unescape(channel.say("itunes:author", "managingeditor")))[:MAX_TITLE],
        explicit=_explicit(channel, default=False),
        description=_description(channel),
        genres=_words(categories),
        tags=_words(channel.say("itunes:keywords").split(",")),
        language=_language(channel.say("language")),
        identifiers=tuple(dict.fromkeys(filter(None, addresses))),
        extra=_extra(
            guid=None if guid is None else str(guid),
            medium=_words([channel.say("podcast:medium")])[:1],
            persons=_persons(channel),
            podroll=_podroll(channel),
        ),
    )


def episode_of(item: Element, show: Show, *, now: datetime) -> tuple[Episode, list[Refused]]:
    """Return the episode an item describes, and the fields that could not be read.

    Raises
    ------
    Refused : nothing to play, or nothing to call it by.
    """
    location = _location(item)
    if location is None:
        raise Refused("enclosure", "no_audio", "an item without the address of any audio")
    title = _title(item)
    if not identity.visible(title):
        raise Refused("title", "empty", "an episode without a title")
    guid = squeezed(item.say("guid"))[:MAX_GUID] or location
    left_out: list[Refused] = []

    def field(read: Callable[[str], T], text: str) -> T | None:
        try:
            return read(text) if text else None
        except Refused as refused:
            left_out.append(refused)
            return None

    addresses = [web_address(guid), web_address(item.say("link")), location]
    return Episode(
        item_id=identity.feed_episode_id(show.item_id, guid),
        title=title,
        show_id=show.item_id,
        show_title=show.title,
        season=_number(item.say("itunes:season", "podcast:season")),
        number=_number(item.say("itunes:episode", "podcast:episode")),
        description=_description(item),
        duration_ms=field(_duration_ms, item.say("itunes:duration")),
        released_on=field(lambda text: _released_on(text, now), item.say("pubdate")),
        explicit=_explicit(item, default=show.explicit),
        location=location,
        genres=show.genres,
        tags=_words(item.say("itunes:keywords").split(",")),
        language=show.language,
        identifiers=tuple(dict.fromkeys(filter(None, addresses))),
        extra=_extra(guid=guid, persons=_persons(item), soundbites=_soundbites(item)),
    ), left_out


def _guid(channel: Element, address: str | None) -> UUID | None:
    try:
        return UUID(channel.say("podcast:guid"))
    except ValueError:
        return None if address is None else uuid5(GUIDS, _SCHEME.sub("", address).rstrip("/"))


def _title(element: Element) -> str:
    return squeezed(unescape(element.say("title", "itunes:title"))).replace("\n", " ")[:MAX_TITLE]


def _description(element: Element) -> str | None:
    said = element.say("description", "content:encoded", "itunes:summary", "itunes:subtitle")
    return plain(said, MAX_DESCRIPTION) or None


def _location(item: Element) -> str | None:
    enclosures = [enclosure.get("url") for enclosure in item.all("enclosure")]
    others = [source.get("uri") for source in _below(item, "podcast:source")]
    return next(filter(None, map(web_address, (*enclosures, *others))), None)


def _duration_ms(text: str) -> int | None:
    """Read seconds, MM:SS or HH:MM:SS; nought means unknown."""
    found_ms = milliseconds(text)
    if found_ms is None:
        message = f"{text[:40]!r} is no duration; write seconds or HH:MM:SS"
        raise Refused("itunes:duration", "not_a_duration", message)
    if found_ms > MAX_DURATION_MS:
        raise Refused("itunes:duration", "out_of_range", f"{text[:40]!r} is more than a week")
    return found_ms or None


def _released_on(text: str, now: datetime) -> date:
    """Read the day as it was where the publisher is; RFC 822 as people write it, or ISO 8601."""
    iso = _ISO_DATE.match(text)
    try:
        stated = tuple(map(int, iso.groups())) if iso else (parsedate_tz(text[:100]) or ())[:3]
        on = date(*stated)
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        message = f"{text[:60]!r} is no date; they look like Mon, 16 Nov 2026 10:00:00 +0000"
        raise Refused("pubDate", "not_a_time", message) from error
    if on.year < 1990 or on > (now + _AHEAD).date():
        raise Refused("pubDate", "out_of_range", f"{text[:60]!r} is before podcasts, or far ahead")
    return on


def _language(text: str) -> str | None:
    """Return a BCP 47 tag in its usual spelling, such as ``pt-BR``."""
    if not _LANGUAGE.match(text):
        return None
    first, *others = text.replace("_", "-").split("-")
    usual = {2: str.upper, 4: str.title}
    return "-".join([first.lower(), *(usual.get(len(part), str.lower)(part) for part in others)])


def _explicit(element: Element, *, default: bool) -> bool:
    said = element.say("itunes:explicit").lower()
    return said in _EXPLICIT if said else default


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.match(text) else None


def _words(texts: Iterable[str]) -> tuple[str, ...]:
    """Return words in lower case, each once."""
    found = (
        squeezed(unescape(text)).replace("\n", " ").casefold()[:MAX_WORD].strip() for text in texts
    )
    return tuple(dict.fromkeys(filter(None, found)))[:MAX_WORDS]


def _persons(element: Element) -> list[dict[str, str]]:
    return [
        {"name": name, "role": person.get("role").lower()[:MAX_WORD] or "host"}
        for person in element.all("podcast:person")[:MAX_LISTED]
        if (name := squeezed(person.text)[:MAX_TITLE])
    ]


def _soundbites(item: Element) -> list[dict[str, Any]]:
    found = (
        (milliseconds(bite.get("starttime")), milliseconds(bite.get("duration")), bite.text)
        for bite in item.all("podcast:soundbite")[:MAX_LISTED]
    )
    return [
        {"start_ms": start, "duration_ms": lasting, "title": squeezed(unescape(text))[:MAX_TITLE]}
        for start, lasting, text in found
        if start is not None and lasting
    ]


def _podroll(channel: Element) -> list[str]:
    """Return the ids of the shows its makers recommend."""
    found = []
    for remote in _below(channel, "podcast:remoteitem")[:MAX_LISTED]:
        try:
            found.append(identity.feed_show_id(UUID(remote.get("feedguid"))))
        except ValueError:
            continue
    return found


def _below(element: Element, name: str) -> list[Element]:
    """Return the children and grandchildren of a name."""
    children = element.all(name)
    return [*children, *(inner for child in element.children for inner in child.all(name))]


def _extra(**said: Any) -> Said | None:
    return {name: value for name, value in said.items() if value} or None
