"""The HetRec 2011 Last.fm folder: artists, tags and play counts without times.

Counts enter as tallies, never as invented listens. The data knows artists only, so each artist
enters with one stand-in track that carries the counts. An artist's tags are those most people gave
it; the first few also stand as genres. Friendships have no place here yet and are not read.

The files are tab-separated with a header line, mostly UTF-8; a line that is not is read as Latin-1,
which is what it was written in.

Source: I. Cantador, P. Brusilovsky, T. Kuflik, "2nd Workshop on Information Heterogeneity and Fusion
in Recommender Systems (HetRec 2011)", RecSys 2011. The listening data belongs to Last.fm.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from ritornello.catalog import identity
from ritornello.catalog.lines import Line, lines
from ritornello.intake.chunks import Chunk, Row, gathered
from ritornello.intake.refusal import Refused
from ritornello.kinds.errors import NotFound
from ritornello.kinds.faults import Fault
from ritornello.kinds.items import AnyItem, Artist, Track
from ritornello.kinds.tallies import Tally

SOURCE = "hetrec"
REQUIRED = ("artists.dat", "user_artists.dat")
TAG_FILES = ("tags.dat", "user_taggedartists.dat")
FILES = (*REQUIRED, *TAG_FILES)
N_TAGS = 10
N_GENRES = 3
MAX_PLAYS = 1_000_000_000
MAX_TAG_LENGTH = 64
MAX_NAME_LENGTH = 1000

T = TypeVar("T")
Tags = dict[int, tuple[str, ...]]


def read(folder: Path, after: int = 0) -> Iterator[Chunk]:
    """Read the folder: first the artists with their stand-in tracks, then the tallies.

    Without the two tag files the artists come without tags, and a fault says so.

    Parameters
    ----------
    after : position up to which everything is stored already.

    Raises
    ------
    NotFound : not a folder with ``artists.dat`` and ``user_artists.dat``.
    """
    missing = [name for name in REQUIRED if not (folder / name).is_file()]
    if missing:
        message = f"{folder} is no HetRec Last.fm folder: it lacks {' and '.join(missing)}"
        raise NotFound(message)
    return gathered(_read(folder), after=after)


def _read(folder: Path) -> Iterator[Row]:
    faults: list[Fault] = []
    tags = _tags(folder, faults)
    yield from (Row(1, 0.0, fault) for fault in faults)
    artists: set[int] = set()
    n_read = 1
    for share, found in _rows(folder, "artists.dat", _artist):
        n_read += 1
        if isinstance(found, Fault):
            yield Row(n_read, share / 10, found)
        else:
            number, name = found
            artists.add(number)
            yield Row(n_read, share / 10, None, _items(number, name, tags.get(number, ())))

    def tally(fields: list[str]) -> Tally:
        return _tally(fields, artists)

    rows = _rows(folder, "user_artists.dat", tally)
    for position, (share, record) in enumerate(rows, start=n_read + 1):
        yield Row(position, 0.1 + 0.9 * share, record)


def _rows(
    folder: Path, name: str, parse: Callable[[list[str]], T]
) -> Iterator[tuple[float, T | Fault]]:
    """Yield each row of a file under its header, parsed or as a fault, and the share read so far."""
    n_bytes = (folder / name).stat().st_size
    with (folder / name).open("rb") as file:
        for line in lines(file):
            if line.number == 1 and not line.text[:1].isdigit():
                continue
            try:
                yield file.tell() / n_bytes, parse(_fields(line))
            except Refused as refused:
                yield file.tell() / n_bytes, refused.fault(f"{SOURCE}/{name}", line.number)


def _fields(line: Line) -> list[str]:
    if not line.whole:
        raise Refused("", "too_long", f"a line of more than {len(line.text)} bytes")
    try:
        text = line.text.decode()
    except UnicodeDecodeError:
        text = line.text.decode("latin-1")
    return text.split("\t")


def _artist(fields: list[str]) -> tuple[int, str]:
    """Read ``id, name, url, pictureURL``; the addresses are of a service long gone."""
    number, name = _number(_columns(fields, 4)[0], "id"), fields[1].strip()
    if not identity.visible(name[:MAX_NAME_LENGTH]):
        raise Refused("name", "empty", f"artist {number} has no name")
    if len(name) > MAX_NAME_LENGTH:
        raise Refused("name", "too_long", f"a name of more than {MAX_NAME_LENGTH} characters")
    return number, name


def _tally(fields: list[str], artists: set[int]) -> Tally:
    """Read ``userID, artistID, weight``."""
    names = ("userID", "artistID", "weight")
    listener, number, n_plays = map(_number, _columns(fields, 3), names)
    if number not in artists:
        raise Refused("artistID", "unknown_item", f"no artist {number} in artists.dat")
    if not 1 <= n_plays <= MAX_PLAYS:
        message = f"a play count lies between 1 and {MAX_PLAYS}, not {n_plays}"
        raise Refused("weight", "out_of_range", message)
    return Tally(
        listener_id=f"{SOURCE}-{listener}",
        item_id=_stand_in_id(number),
        n_plays=n_plays,
        source=SOURCE,
    )


def _items(number: int, name: str, tags: tuple[str, ...]) -> tuple[AnyItem, ...]:
    """Return an artist and the track that stands in for everything they made."""
    genres = tags[:N_GENRES]
    artist = Artist(item_id=identity.artist_id(name), title=name, genres=genres, tags=tags)
    stand_in = Track(
        item_id=_stand_in_id(number),
        title=name,
        artist_ids=(artist.item_id,),
        artist_name=name,
        genres=genres,
        tags=tags,
        extra={"stands_in_for": artist.item_id},
    )
    return artist, stand_in


def _stand_in_id(number: int) -> str:
    """Return an id no text gives, for an artist may well have a track of their own name."""
    return f"track:{SOURCE}-{number}"


def _tags(folder: Path, faults: list[Fault]) -> Tags:
    """Return each artist's tags, those that most people gave first; equals in order of the word."""
    missing = [name for name in TAG_FILES if not (folder / name).is_file()]
    if missing:
        message = f"{' and '.join(missing)} missing: the artists come without tags"
        faults.append(Fault.at(SOURCE, 0, "missing_file", message))
        return {}
    words: dict[int, str] = {}
    for _, found in _rows(folder, "tags.dat", _word):
        if isinstance(found, Fault):
            faults.append(found)
        else:
            words[found[0]] = found[1]
    taggers: set[tuple[int, int, int]] = set()
    for _, given in _rows(folder, "user_taggedartists.dat", lambda f: _given(f, words)):
        if isinstance(given, Fault):
            faults.append(given)
        else:
            taggers.add(given)
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for _, artist, tag in taggers:
        counts[artist][words[tag]] += 1
    return {artist: _most_given(count) for artist, count in counts.items()}


def _most_given(count: Counter[str]) -> tuple[str, ...]:
    ranked = sorted(count, key=lambda word: (-count[word], word))
    return tuple(ranked[:N_TAGS])


def _word(fields: list[str]) -> tuple[int, str]:
    """Read ``tagID, tagValue``; what is no word any more but a sentence is cut."""
    number, word = _number(_columns(fields, 2)[0], "tagID"), fields[1].strip().casefold()
    if not word:
        raise Refused("tagValue", "empty", f"tag {number} is empty")
    return number, word[:MAX_TAG_LENGTH].rstrip()


def _given(fields: list[str], words: dict[int, str]) -> tuple[int, int, int]:
    """Read ``userID, artistID, tagID, day, month, year``: who gave which artist which tag."""
    names = ("userID", "artistID", "tagID")
    listener, artist, tag = map(_number, _columns(fields, 6)[:3], names)
    if tag not in words:
        raise Refused("tagID", "unknown_tag", f"no tag {tag} in tags.dat")
    return listener, artist, tag


def _columns(fields: list[str], n: int) -> list[str]:
    if len(fields) != n:
        raise Refused("", "wrong_columns", f"{n} tab-separated fields wanted, not {len(fields)}")
    return fields


def _number(field: str, name: str) -> int:
    if not (field.isascii() and field.isdigit() and len(field) < 16):
        raise Refused(name, "wrong_type", f"{name} is a whole number, not {field[:40]!r}")
    return int(field)
