"""A podcast's feed as a show and its episodes, with what is said in them.

A feed often lists only the latest episodes, so one that is no longer in it stays in the catalogue, and
reading it again replaces what it says and doubles nothing. Beside it lie documents it names:
transcripts and chapters. Who reads a feed says how such a document is come by: from the folder the
feed lies in, or from the web; where no way is given they are not looked for.

Of several transcripts one in the show's language is read rather than another, WebVTT rather than
SubRip, JSON, HTML and plain text, in that order; the next one where that cannot be had.

The channel may describe itself after its items, so the document is read twice: once for the show,
once for the episodes. Positions count the items, from 1.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from ritornello.catalog import transcripts
from ritornello.intake import captions, chapters
from ritornello.intake.chunks import Chunk
from ritornello.intake.feed_items import episode_of, show_of
from ritornello.intake.refusal import Refused
from ritornello.intake.rss import Element, parts
from ritornello.kinds.errors import NotFound
from ritornello.kinds.faults import Fault, count_by_rule
from ritornello.kinds.items import Episode, Show
from ritornello.store.database import Change

SOURCE = "feed"
FEED_NAMES = ("feed.xml", "feed.rss", "rss.xml")
EPISODES_A_CHUNK = 500
ROWS_A_CHUNK = 20_000
MAX_TRIES = 3
MAX_CHANNEL_PARTS = 1_000

Document = Callable[[str], bytes | None]
"""Returns the document at an address, ``None`` where there is none; raises ``Refused``."""


def read(
    path: Path,
    *,
    now: datetime,
    address: str | None = None,
    document: Document | None = None,
    transcribed: Container[str] = (),
    after: int = 0,
) -> Iterator[Chunk]:
    """Read a feed.

    Parameters
    ----------
    path : the RSS document.
    address : where it was fetched from.
    document : how the documents it names are come by.
    transcribed : ids of episodes whose transcript is known; it is not looked for again.
    after : position up to which everything is stored already.

    Raises
    ------
    NotFound : no such file.
    """
    if not path.is_file():
        raise NotFound(f"no file {path}")
    with path.open("rb") as file:
        try:
            show = show_of(*_channel(file, address))
        except Refused as refused:
            yield _unreadable(file, refused)
        else:
            task = _Task(show, now, document, transcribed, after)
            yield from _chunks(_rows(file, task), task)


def feed_of(folder: Path) -> Path:
    """Return the feed in a folder: ``feed.xml``, or the only XML or RSS file.

    Raises
    ------
    NotFound : none, or several.
    """
    usual = [folder / name for name in FEED_NAMES if (folder / name).is_file()]
    others = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in (".xml", ".rss")]
    if not usual and len(others) != 1:
        raise NotFound(f"no {FEED_NAMES[0]} in {folder}, and {len(others)} other files it could be")
    return (usual or others)[0]


def beside(folder: Path) -> Document:
    """Come by documents offline: a file of an address's last name, in the feed's own folder."""

    def document(address: str) -> bytes | None:
        name = _path_of(address).name
        file = folder / name.replace("\0", "")
        if file.suffix.lower() not in captions.FORMS or file.is_symlink() or not file.is_file():
            return None
        with file.open("rb") as opened:
            return opened.read(captions.MAX_BYTES + 1)

    return document


class _Task(NamedTuple):
    """How a feed is to be read."""

    show: Show
    now: datetime
    document: Document | None
    transcribed: Container[str]
    after: int


class _Row(msgspec.Struct):
    """What one item of a feed held."""

    position: int
    share: float
    episode: Episode | None = None
    faults: list[Fault] = msgspec.field(default_factory=list)
    changes: list[Change] = msgspec.field(default_factory=list)
    n_missing: int = 0

    def refuse(self, refused: Refused) -> None:
        """Note what could not be kept."""
        self.faults.append(refused.fault(SOURCE, self.position))

    def note(self, document: str, faults: Sequence[Fault]) -> None:
        """Note the faults of a document the item names, one a rule."""
        for rule, n_faults in count_by_rule(faults).items():
            first = next(fault for fault in faults if fault.rule == rule)
            more = f" ({n_faults:,} like it)" if n_faults > 1 else ""
            self.refuse(Refused(document, rule, f"{document}: {first.message}{more}"))


def _channel(file: BinaryIO, address: str | None) -> tuple[Element, str | None]:
    """Return what a channel says of itself, its items left out, and where it is if it is one."""
    channel, n_items = Element("channel", {}), 0
    for _, part in parts(file, hollow="item"):
        if isinstance(part, Element) and part.name == "item":
            n_items += 1
        elif isinstance(part, Element) and len(channel.children) < MAX_CHANNEL_PARTS:
            channel.children.append(part)
    return channel, address if n_items or channel.children else None


def _unreadable(file: BinaryIO, refused: Refused) -> Chunk:
    """Return why a document is no feed."""
    found = [part for _, part in parts(file) if isinstance(part, Refused)] or [refused]
    return Chunk(position=1, share=1.0, faults=tuple(why.fault(SOURCE, 1) for why in found[:10]))


def _rows(file: BinaryIO, task: _Task) -> Iterator[_Row]:
    """Yield what each item held, or why it is none."""
    seen: set[str] = set()
    position = n_missing = 0
    for share, part in parts(file):
        if isinstance(part, Element) and part.name != "item":
            continue
        position += 1
        row = _Row(position, share)
        if isinstance(part, Refused):
            row.refuse(part)
        else:
            _read_episode(part, row, seen, task)
        if position > task.after:
            if row.episode is not None and isinstance(part, Element):
                _read_chapters(part, row.episode, row, task.document)
                _read_transcript(part, row.episode, row, task)
            n_missing += row.n_missing
            yield row
    if n_missing:
        row = _Row(position + 1, 1.0)
        message = f"{n_missing:,} documents that the feed names were not there"
        row.refuse(Refused("", "missing_file", message))
        yield row


def _read_episode(item: Element, row: _Row, seen: set[str], task: _Task) -> None:
    try:
        episode, left_out = episode_of(item, task.show, now=task.now)
    except Refused as refused:
        row.refuse(refused)
        return
    if episode.item_id in seen:
        message = "another episode of this feed has the same guid; the first was kept"
        row.refuse(Refused("guid", "duplicate_guid", message))
        return
    seen.add(episode.item_id)
    row.episode = episode
    for why in left_out:
        row.refuse(why)


def _read_chapters(item: Element, episode: Episode, row: _Row, document: Document | None) -> None:
    """Read the chapters that stand in the item, else those in the document it names."""
    inline = [part for group in item.all("psc:chapters") for part in group.all("psc:chapter")]
    if inline:
        kept, faults = chapters.of_elements(inline, source=SOURCE)
    else:
        body = _first([part.get("url") for part in item.all("podcast:chapters")], row, document)
        if body is None:
            return
        kept, faults = chapters.read(body, source=SOURCE)
    row.note("chapters", faults)
    if kept:
        row.changes += transcripts.chapter_changes(episode.item_id, kept)


def _read_transcript(item: Element, episode: Episode, row: _Row, task: _Task) -> None:
    """Read the first transcript that can be had, unless there is one."""
    if episode.item_id in task.transcribed:
        return
    named = sorted(item.all("podcast:transcript"), key=partial(_rank, language=episode.language))
    body = _first([part.get("url") for part in named], row, task.document)
    if body is None:
        return
    kept, faults = captions.read(body, source=SOURCE, duration_ms=episode.duration_ms)
    row.note("transcript", faults)
    if kept:
        row.changes += transcripts.changes(episode.item_id, kept)


def _rank(transcript: Element, language: str | None) -> tuple[bool, int]:
    """Order transcripts: those in the language of the show, then by form."""
    stated = transcript.get("language").lower().replace("_", "-")
    other = bool(stated and language and stated.partition("-")[0] != language.partition("-")[0])
    suffix = _path_of(transcript.get("url")).suffix.lower()
    form = captions.TYPES.get(transcript.get("type").lower().partition(";")[0], suffix)
    return other, captions.FORMS.get(form, len(captions.FORMS))


def _path_of(address: str) -> PurePosixPath:
    """Return the path in an address; an empty one where it is none."""
    try:
        return PurePosixPath(unquote(urlsplit(address).path))
    except ValueError:
        return PurePosixPath()


def _first(addresses: Sequence[str], row: _Row, document: Document | None) -> bytes | None:
    """Return the first document that can be had; note those that cannot."""
    if document is None or not addresses:
        return None
    missing = False
    for address in addresses[:MAX_TRIES]:
        try:
            body = document(address)
        except Refused as refused:
            row.refuse(refused)
            continue
        if body is not None:
            return body
        missing = True
    row.n_missing += missing
    return None


def _chunks(rows: Iterator[_Row], task: _Task) -> Iterator[Chunk]:
    """Gather rows into chunks; the show goes first, and alone where there are none."""
    gathered: list[_Row] = []
    before: tuple[Show, ...] = (task.show,)
    n_written = 0
    for row in rows:
        gathered.append(row)
        n_written += sum(len(written) for _, written in row.changes)
        if len(gathered) == EPISODES_A_CHUNK or n_written > ROWS_A_CHUNK:
            yield _chunk(gathered, before)
            gathered, before, n_written = [], (), 0
    if before and not gathered:
        gathered.append(_Row(max(task.after, 1), 1.0))
    if gathered:
        yield _chunk(gathered, before)


def _chunk(rows: Sequence[_Row], before: tuple[Show, ...]) -> Chunk:
    episodes = [row.episode for row in rows if row.episode is not None]
    return Chunk(
        position=rows[-1].position,
        share=rows[-1].share,
        items=(*before, *episodes),
        faults=tuple(fault for row in rows for fault in row.faults),
        changes=tuple(change for row in rows for change in row.changes),
        override=True,
        keeps_available=True,
    )
