"""An RSS document as a stream: the parts of its channel, one after the other, without trust.

The document passes through block by block, so its size costs time alone. A document type is refused
before it can declare anything: no entities, nothing external. Where the XML breaks, the item it
breaks in is lost and reading goes on at the next ``<item``.

====================================  ============================================================
bound                                 what it keeps away
====================================  ============================================================
``MAX_BYTES``                         a document without end
``MAX_TOKEN_BYTES``                   a tag or comment without end, which a parser holds in memory
``MAX_DEPTH``                         nesting nobody needs
``MAX_ELEMENTS``, ``MAX_CHARACTERS``  an item without end; each text in it is cut at ``MAX_TEXT``
``MAX_BREAKS``                        a document that is broken everywhere
====================================  ============================================================

A wrong encoding is mended as ``charsets`` says, and a fault tells of stray bytes; control characters,
which XML has no place for, are dropped.

Sources: RSS 2.0 (RSS Advisory Board, 2009); XML 1.0, fifth edition (W3C, 2008).
"""

import re
from collections.abc import Iterator
from os import SEEK_END
from typing import BinaryIO
from xml.parsers import expat

import msgspec

from ritornello.intake.charsets import texts
from ritornello.intake.refusal import Refused

MAX_BYTES = 256 << 20
MAX_TOKEN_BYTES = 1 << 18
MAX_DEPTH = 64
MAX_ELEMENTS = 5_000
MAX_TEXT = 1 << 16
MAX_CHARACTERS = 1 << 20
MAX_BREAKS = 1_000

NAMESPACES = {
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://www.w3.org/2005/atom": "atom",
    "http://podlove.org/simple-chapters": "psc",
}
_PREFIXES = frozenset(NAMESPACES.values())
_CHANNEL_DEPTH = 2
_PROLOGUE = b"<rss><channel>"
_ITEM_BYTES = len(b"<item>")
_ITEM = re.compile(rb"<item[\s/>]")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))
_WEB_PAGE = re.compile(rb"<!doctype\s+html|<html\b", re.IGNORECASE)
_OTHER_ROOTS = {
    "html": ("is_html", "a web page, not a feed"),
    "feed": ("is_atom", "an Atom feed; podcasts are read as RSS 2.0: ask for the RSS address"),
    "rdf": ("is_rss_1", "an RSS 1.0 document; podcasts are read as RSS 2.0"),
}


class Element(msgspec.Struct):
    """An element by its usual prefix (``itunes:duration``), in lower case, its text cut."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = msgspec.field(default_factory=list)

    def all(self, name: str) -> list["Element"]:
        """Return its children of a name."""
        return [child for child in self.children if child.name == name]

    def say(self, *names: str) -> str:
        """Return what the first of the names that says anything says, stripped."""
        said = (child.text.strip() for name in names for child in self.all(name))
        return next(filter(None, said), "")

    def get(self, attribute: str) -> str:
        """Return an attribute, stripped; empty where it is absent."""
        return self.attributes.get(attribute, "").strip()


def parts(file: BinaryIO, *, hollow: str = "") -> Iterator[tuple[float, Element | Refused]]:
    """Yield each child of the channel with the share of the file read, or why it is missing.

    Parameters
    ----------
    file : one that can be sought in; it is read from its start.
    hollow : name of children whose insides are not wanted.
    """
    n_bytes = file.seek(0, SEEK_END) or 1
    channel = _Channel(hollow)
    n_stray = 0
    for text in texts(file, max_bytes=MAX_BYTES):
        n_stray += text.n_stray
        block = text.text.encode("utf-8", "replace").translate(None, _CONTROLS)
        yield from ((min(file.tell() / n_bytes, 1.0), part) for part in channel.feed(block))
        if channel.over:
            return
    if n_bytes > MAX_BYTES:
        message = f"a document of {n_bytes:,} bytes; read up to {MAX_BYTES:,}"
        yield 1.0, Refused("", "too_large", message)
    else:
        yield from ((1.0, part) for part in channel.finish())
    if n_stray:
        message = f"{n_stray:,} bytes are not in the encoding of the rest; read as Windows-1252"
        yield 1.0, Refused("encoding", "wrong_encoding", message)


class _Channel:
    """A channel being read: the parser, what is open in it, and what is complete."""

    def __init__(self, hollow: str) -> None:
        self.over = False
        self._hollow = hollow
        self._parser = self._listening(expat.ParserCreate("utf-8"))
        self._n_fed = 0
        self._scopes: list[dict[str, str]] = [{}]
        self._inside = False
        self._seeking = False
        self._tail = b""
        self._open: list[Element] = []
        self._done: list[Element | Refused] = []
        self._n_elements = self._n_characters = self._n_breaks = 0

    def feed(self, block: bytes) -> list[Element | Refused]:
        """Return the parts that are complete once a block is read."""
        try:
            while block:
                block = self._sought(block) if self._seeking else self._parsed(block)
        except Refused as refused:
            self._done.append(refused)
            self.over = True
        done, self._done = self._done, []
        return done

    def finish(self) -> list[Element | Refused]:
        """Return what is wrong with the end."""
        if self._seeking:
            return []
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            message = f"the document breaks off: {error}"
            return [Refused("", "torn", message) if self._begun else _no_xml(b"", message)]
        return []

    def _parsed(self, block: bytes) -> bytes:
        """Parse a block; return what is left of it after a break."""
        try:
            self._parser.Parse(block, False)
        except expat.ExpatError as error:
            if not self._begun:
                raise _no_xml(block, str(error)) from error
            start = max(self._parser.ErrorByteIndex - self._n_fed, 0)
            here_again = start == 0 and self._n_fed == len(_PROLOGUE)
            self._break(str(error))
            return block[start + here_again :]
        self._n_fed += len(block)
        if self._n_fed - self._parser.CurrentByteIndex > MAX_TOKEN_BYTES:
            raise Refused("", "too_large", f"a tag of more than {MAX_TOKEN_BYTES:,} bytes")
        return b""

    def _break(self, message: str) -> None:
        """Give up the item the XML broke in; outside the channel, everything."""
        refused = Refused("item", "malformed_xml", message)
        self._n_breaks += 1
        if not self._inside or self._n_breaks > MAX_BREAKS:
            raise refused
        self._done.append(refused)
        self._open.clear()
        self._seeking = True

    def _sought(self, block: bytes) -> bytes:
        """Look for the next item, and go on reading there as if nothing had been before."""
        block = self._tail + block
        found = _ITEM.search(block)
        self._tail = b"" if found else block[-_ITEM_BYTES:]
        if found is None:
            return b""
        parser = expat.ParserCreate("utf-8")
        parser.Parse(_PROLOGUE, False)
        self._parser, self._n_fed = self._listening(parser), len(_PROLOGUE)
        del self._scopes[_CHANNEL_DEPTH + 1 :]
        self._seeking = False
        return block[found.start() :]

    def _listening(self, parser: expat.XMLParserType) -> expat.XMLParserType:
        parser.StartDoctypeDeclHandler = _no_document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        return parser

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        depth = len(self._scopes)
        scope = self._scopes[-1]
        if any(key.startswith("xmlns") for key in attributes):
            scope = scope | _declared(attributes)
        self._scopes.append(scope)
        name = _known_as(name, scope)
        if depth == 1 and name != "rss":
            rule, words = _OTHER_ROOTS.get(name.rpartition(":")[2], ("is_not_rss", "no RSS feed"))
            raise Refused("", rule, f"{words} (it begins with <{name[:40]}>)")
        if depth == _CHANNEL_DEPTH:
            self._inside = name == "channel"
        if depth > MAX_DEPTH:
            raise Refused("", "too_deep", f"elements nest deeper than {MAX_DEPTH}")
        if depth > _CHANNEL_DEPTH and self._inside and not self._in_hollow():
            self._count(1, sum(len(key) + len(value) for key, value in attributes.items()))
            kept = (
                {} if self._excessive else {key.lower(): said for key, said in attributes.items()}
            )
            self._open.append(Element(name, kept))

    def _end(self, _name: str) -> None:
        self._scopes.pop()
        if not self._open or (self._in_hollow() and len(self._scopes) > _CHANNEL_DEPTH + 1):
            return
        element = self._open.pop()
        if self._open:
            if not self._excessive:
                self._open[-1].children.append(element)
            return
        if self._excessive:
            message = f"<{element.name[:40]}> with more than anybody has to say in one"
            self._done.append(Refused(element.name, "too_large", message))
        else:
            self._done.append(element)
        self._n_elements = self._n_characters = 0

    def _characters(self, text: str) -> None:
        if self._open and not self._in_hollow():
            element = self._open[-1]
            kept = text[: max(MAX_TEXT - len(element.text), 0)]
            self._count(0, len(kept))
            if not self._excessive:
                element.text += kept

    @property
    def _begun(self) -> bool:
        return self._inside or len(self._scopes) > 1

    def _in_hollow(self) -> bool:
        return bool(self._open) and self._open[0].name == self._hollow

    def _count(self, n_elements: int, n_characters: int) -> None:
        self._n_elements += n_elements
        self._n_characters += n_characters

    @property
    def _excessive(self) -> bool:
        return self._n_elements > MAX_ELEMENTS or self._n_characters > MAX_CHARACTERS


def _no_xml(block: bytes, message: str) -> Refused:
    """Say what a document is that does not even begin as XML."""
    if _WEB_PAGE.search(block[:1024]):
        return Refused("", *_OTHER_ROOTS["html"])
    return Refused("", "is_not_xml", message)


def _no_document_type(name: str, *_: object) -> None:
    if name.lower() == "html":
        raise Refused("", *_OTHER_ROOTS["html"])
    message = "the document declares a type of its own (<!DOCTYPE>), which could hide anything"
    raise Refused("", "document_type", message)


def _declared(attributes: dict[str, str]) -> dict[str, str]:
    """Return the prefixes an element declares, and which namespace we know each as."""
    declared = {
        key[6:]: NAMESPACES.get(value.strip().lower().rstrip("/"), "")
        for key, value in attributes.items()
        if key == "xmlns" or key.startswith("xmlns:")
    }
    return {prefix: known for prefix, known in declared.items() if known or prefix}


def _known_as(name: str, scope: dict[str, str]) -> str:
    """Return an element's name by its usual prefix; one never declared is taken at its word."""
    prefix, _, local = name.lower().rpartition(":")
    known = scope.get(prefix, prefix if prefix in _PREFIXES else "")
    if prefix and not known:
        return f"?:{local}"
    return f"{known}:{local}" if known else local
