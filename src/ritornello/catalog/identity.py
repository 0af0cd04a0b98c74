"""Which texts name the same recording, and the ids made of them.

A recording first met in a scrobble has no identifier but its text. Everybody who meets it must
give it the same id, so the id is a hash of the *normalised* text. Two texts folded together here
can never be told apart again; two kept apart can be merged on any later day (``aliases``).
So only what players change by themselves is folded:

==========================================  ===================================================
folded (the same id)                        kept apart (merge them if they are one)
==========================================  ===================================================
letter case, width, compatibility forms     accents: ``Motorhead`` and ``Motörhead``
runs of white space, invisible characters   words: ``Song`` and ``Song (Live)``, ``(Remix)``,
typographic quotes, dashes, dots              ``(Remastered 2011)``, ``Pt. 2``
``Song (Live)``, ``Song [Live]``,           ``and`` left out, numbers spelt out
  ``Song - Live``: layout of the same words another artist, another credited guest
``&`` and ``and``                           signs with meaning: ``C#``, ``A$AP``, ``÷``, ``100%``
``Song (feat. B)`` by A and ``Song`` by     ``Song`` by A and ``Song`` by A feat. B: often two
  A ft. B: where the guest is credited        recordings
==========================================  ===================================================

The release is no part of a recording's id: the same recording stands on many.
"""

import re
import unicodedata
from functools import lru_cache
from uuid import NAMESPACE_URL, UUID, uuid5

from ritornello.kinds.errors import BadValue
from ritornello.kinds.ids import key_of, kind_of

URN_PREFIX = "urn:ritornello:"
REMEMBERED = 16_384
"""Texts each function here remembers, about 300 bytes each."""

_MSID_NAMESPACE = uuid5(NAMESPACE_URL, "urn:ritornello:recording_msid")
_DROPPED = frozenset("'.`’‘‛′´ʼ․·…")
_KEPT = frozenset("#%@")
_GUEST = re.compile(
    r"[\(\[{]\s*(?:feat|ft|featuring)\b\.?\s+(?P<inside>[^\)\]}]+)[\)\]}]"
    r"|\s-?\s*(?:feat\b\.?|ft\.|featuring\b)\s+(?P<after>[^\(\)\[\]{}]+)$",
    re.IGNORECASE,
)
_DECIMAL = re.compile(r"(?<=\d)[.,](?=\d)")


class _Folding(dict[int, str]):
    """What each character becomes, worked out when first met (a table for ``str.translate``)."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        category = unicodedata.category(character)
        if character in _DROPPED or category in ("Cf", "Cs"):
            folded = ""
        elif character == "&":
            folded = " and "
        elif category[0] in "LMNS" or character in _KEPT:
            folded = character
        else:
            folded = " "
        self[point] = folded
        return folded


_FOLDING = _Folding()


@lru_cache(maxsize=REMEMBERED)
def normalise(text: str) -> str:
    """Return what remains of a name once everything players change by themselves is folded.

    NFKC, case folding, ``&`` as *and*, apostrophes and full stops dropped, all other punctuation
    a space, white space collapsed. A name made of nothing but punctuation (``!!!``) keeps it.
    Misleads for names that differ in punctuation alone (``P!nk`` becomes ``p nk``).

    Returns
    -------
    normalised text; empty only when nothing visible was there. ``normalise`` of it is itself.

    Examples
    --------
    >>> normalise("  Don’t Stop (Live)") == normalise("DON'T STOP - live")
    True
    >>> normalise("Don't Stop") == normalise("Don't Stop (Live)")
    False
    >>> normalise("!!!")
    '!!!'
    """
    plain = _caseless(text)
    words = _DECIMAL.sub(" ", plain).translate(_FOLDING)
    if not words.strip():
        words = "".join(c for c in plain if unicodedata.category(c)[0] != "C")
    return _squeezed(unicodedata.normalize("NFKC", words))


def visible(text: str) -> bool:
    """Whether a name holds anything a reader could see."""
    return normalise(text) != ""


def split_guests(text: str) -> tuple[str, str]:
    """Part a title or an artist credit from the guests it names after *feat.*, *ft.*, *featuring*.

    Returns
    -------
    ``(rest, guests)`` as written; no guests is the empty string.

    Examples
    --------
    >>> split_guests("Artist 0421 feat. Artist 0007")
    ('Artist 0421', 'Artist 0007')
    >>> split_guests("Track 07 (ft. Artist 0007) [Live]")
    ('Track 07 [Live]', 'Artist 0007')
    """
    text = _squeezed(text)
    found = _GUEST.search(text)
    if found is None:
        return text, ""
    rest = _squeezed(text[: found.start()] + " " + text[found.end() :])
    guests = (found["inside"] or found["after"]).strip()
    return (rest, guests) if visible(rest) and visible(guests) else (text, "")


@lru_cache(maxsize=REMEMBERED)
def track_id(artist: str, title: str) -> str:
    """Return the id of a recording known by its artist credit and title.

    Examples
    --------
    >>> track_id("A", "Song (feat. B)") == track_id("A ft. B", "Song")
    True
    >>> track_id("A", "Song") == track_id("A", "Song (Live)")
    False
    """
    return f"track:{key_of(*_recording(artist, title))}"


@lru_cache(maxsize=REMEMBERED)
def artist_id(name: str) -> str:
    """Return the id of an artist by name; guests named after *feat.* are left out.

    Examples
    --------
    >>> artist_id("Artist 0421 feat. Artist 0007") == artist_id("ARTIST 0421")
    True
    """
    return f"artist:{key_of(_lead(name))}"


@lru_cache(maxsize=REMEMBERED)
def album_id(artist: str, title: str) -> str:
    """Return the id of a release known by its artist and title."""
    return f"album:{key_of(_lead(artist), normalise(title))}"


def show_id(title: str) -> str:
    """Return the id of a show known by its title."""
    return f"show:{key_of(normalise(title))}"


def episode_id(show: str, title: str) -> str:
    """Return the id of an episode known by its show's title and its own."""
    return f"episode:{key_of(normalise(show), normalise(title))}"


def feed_show_id(guid: UUID) -> str:
    """Return the id of a show known by its Podcasting 2.0 guid.

    Three parts are hashed, more than a title has, so no title can reach it.
    """
    return f"show:{key_of('podcast', str(guid), '')}"


def feed_episode_id(show_id: str, guid: str) -> str:
    """Return the id of an episode known by what its show's feed calls it."""
    return f"episode:{key_of('podcast', show_id, guid)}"


def mbid_id(kind: str, mbid: str) -> str:
    """Return the id of an item known only by its MusicBrainz id, or whose text is another's.

    Three parts are hashed, more than any text id of the kind has, so no text can reach it.
    """
    return f"{kind}:{key_of('musicbrainz', kind, mbid.lower(), '')}"


@lru_cache(maxsize=REMEMBERED)
def recording_msid(artist: str, title: str, release: str = "") -> UUID:
    """Return ListenBrainz's MessyBrainz id of a recording: a UUIDv5 of its normalised text.

    Our namespace is our own, so the ids differ from ListenBrainz's, which draws them at random.
    """
    return uuid5(_MSID_NAMESPACE, "\x1f".join((*_recording(artist, title), normalise(release))))


def urn(item_id: str) -> str:
    """Return the URN that names an item where a URI is asked for and there is no MusicBrainz id.

    Examples
    --------
    >>> urn("track:k3v9x2m7q5w8e4r1")
    'urn:ritornello:track:k3v9x2m7q5w8e4r1'
    """
    return URN_PREFIX + item_id


def from_urn(text: str) -> str:
    """Return the item id a URN of ours names.

    Raises
    ------
    BadValue : another scheme, or no kind and key after it.
    """
    item_id = text.removeprefix(URN_PREFIX)
    if item_id == text or not kind_of(item_id) or ":" not in item_id:
        raise BadValue(f"{text!r} is not one of our URNs; they look like '{urn('track:k3v9')}'")
    return item_id


def _lead(credit: str) -> str:
    return normalise(split_guests(unicodedata.normalize("NFKC", credit))[0])


@lru_cache(maxsize=REMEMBERED)
def _recording(artist: str, title: str) -> tuple[str, str, str]:
    """Return what identifies a recording: lead, title and guests, wherever they were credited."""
    lead, with_lead = map(normalise, split_guests(unicodedata.normalize("NFKC", artist)))
    name, with_name = map(normalise, split_guests(unicodedata.normalize("NFKC", title)))
    return lead, name, " ".join(dict.fromkeys(filter(None, (with_lead, with_name))))


def _caseless(text: str) -> str:
    """Fold case and compatibility forms; the second pass undoes what case folding decomposed."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _squeezed(text: str) -> str:
    return " ".join(text.split())
