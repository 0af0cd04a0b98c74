"""A JSON array of any length, decoded from a stream many rows at a time, however broken some are.

A block of text is cut where one row seems to end and the next to begin, and decoded in one stroke.
JSON that was cut inside a text or an object does not decode, so a block that does was cut rightly.
One that does not is tried piece by piece, and what still does not decode is refused alone.

Text may be UTF-8, with or without a byte order mark, or UTF-16; a row that is not UTF-8 is read as
Latin-1, which is what it usually was before somebody mended half of the file.
"""

import codecs
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO, Generic, NamedTuple, TypeVar

import msgspec

from ritornello.intake.elements import elements
from ritornello.intake.refusal import Refused
from ritornello.kinds.faults import rule_of

BLOCK_BYTES = 1 << 16
MAX_ROW_BYTES = 1 << 20
PIECES_JOINED = 16
"""A text in which rows seem to end and begin is put together again from up to so many pieces."""

_BETWEEN = re.compile(rb"\}\s*,\s*\{")
_TAIL_BYTES = 1 << 12
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_raw = msgspec.json.Decoder(msgspec.Raw)

T = TypeVar("T")


class Decoded(NamedTuple, Generic[T]):
    """Some rows of the array, each decoded or refused, and the bytes of the stream read so far."""

    rows: list[T | Refused]
    n_bytes: int


def decoded(file: BinaryIO, row: type[T]) -> Iterator[Decoded[T]]:
    """Decode the rows of an array, each an object of the struct ``row``.

    Numbers and truth values written as text are taken as what they say. Memory stays below a few
    MiB: a row longer than ``MAX_ROW_BYTES`` is refused without being kept.

    Raises
    ------
    Refused : by the stream itself, after the rows that came before.
    """
    return _Array(row).read(file)


def head(file: BinaryIO) -> bytes:
    """Return how a text begins, as UTF-8."""
    return next(_as_utf8(_Blocks(file)), b"")


class _Blocks:
    """The blocks of a stream, counted."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.n_bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        block = self._file.read(BLOCK_BYTES)
        if not block:
            raise StopIteration
        self.n_bytes += len(block)
        return block


class _Array(Generic[T]):
    def __init__(self, row: type[T]) -> None:
        self._one = msgspec.json.Decoder(row, strict=False)
        self._many: msgspec.json.Decoder[Any] = msgspec.json.Decoder(list[row], strict=False)  # type: ignore[valid-type]

    def read(self, file: BinaryIO) -> Iterator[Decoded[T]]:
        blocks = _Blocks(file)
        stream = _as_utf8(blocks)
        text = _opened(stream)
        if text is None:
            refused = Refused("", "malformed_json", "no array of rows, [{…}, …]")
            yield Decoded([refused], blocks.n_bytes)
            return
        skipping = False
        for block in chain((text,), stream):
            text = block if block is text else text + block
            if skipping:
                skipping, text = _skipped(text)
            if (cut := _last_cut(text)) is not None:
                rows, rest = self._rows(text[: cut.start() + 1])
                yield Decoded(rows, blocks.n_bytes)
                text = rest + text[cut.start() + 1 :] if rest else text[cut.end() - 1 :]
            if len(text) > MAX_ROW_BYTES:
                yield Decoded([_too_long()], blocks.n_bytes)
                skipping, text = _skipped(text)
        if not skipping:
            yield Decoded(self._last(text.rstrip()), blocks.n_bytes)

    def _last(self, text: bytes) -> list[T | Refused]:
        """Decode what stands before the end of the array, or of a file that breaks off."""
        whole = text.endswith(b"]")
        rows, rest = self._rows(text.removesuffix(b"]"))
        while rest:
            torn, rest = _first_piece(rest)
            more, rest = self._rows(rest) if rest else ([], b"")
            rows += [*self._one_by_one(b"[%b]" % torn), *more]
        return rows if whole else [*rows, Refused("", "torn_file", "the file ends in the array")]

    def _rows(self, text: bytes) -> tuple[list[T | Refused], bytes]:
        """Return rows, and a piece at the end that may be JSON together with what follows."""
        try:
            return self._many.decode(b"[%b]" % text), b""
        except _UNREADABLE:
            return self._carefully(text)

    def _carefully(self, text: bytes) -> tuple[list[T | Refused], bytes]:
        between = list(_BETWEEN.finditer(text))
        starts = [0, *(found.end() - 1 for found in between)]
        ends = [*(found.start() + 1 for found in between), len(text)]
        rows: list[T | Refused] = []
        first = 0
        while first < len(starts):
            n_joined, found = self._joined(text, starts[first], ends[first:][:PIECES_JOINED])
            if not n_joined:
                return rows, text[starts[first] :]
            rows += found
            first += n_joined
        return rows, b""

    def _joined(self, text: bytes, start: int, ends: list[int]) -> tuple[int, list[T | Refused]]:
        """Decode the shortest run of pieces that is JSON, or else what is in the first piece.

        Returns
        -------
        the number of pieces, 0 if more of them could make it JSON, and the rows they hold.
        """
        for last, end in enumerate(ends):
            piece = b"[%b]" % text[start:end]
            try:
                return last + 1, self._many.decode(piece)
            except _UNREADABLE:
                if _is_json(piece):
                    return last + 1, self._one_by_one(piece)
        if len(ends) < PIECES_JOINED:
            return 0, []
        return 1, self._one_by_one(b"[%b]" % text[start : ends[0]])

    def _one_by_one(self, piece: bytes) -> list[T | Refused]:
        return [self._alone(element) for element in elements(piece, "") or ()]

    def _alone(self, element: bytes) -> T | Refused:
        try:
            return self._one.decode(_mended(element))
        except msgspec.ValidationError as error:
            field, rule = rule_of(error)
            return Refused(field, rule, str(error))
        except _UNREADABLE as error:
            return Refused("", "malformed_json", f"no JSON: {error}")


def _as_utf8(blocks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(blocks, b"")
    if first.startswith(codecs.BOM_UTF8):
        return chain((first[len(codecs.BOM_UTF8) :],), blocks)
    for name, marks in (
        ("utf-16", (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)),
        ("utf-16-le", (b"[\x00", b"\n\x00", b" \x00", b"\r\x00")),
        ("utf-16-be", (b"\x00[", b"\x00\n", b"\x00 ", b"\x00\r")),
    ):
        if first.startswith(marks):
            return _transcoded(chain((first,), blocks), name)
    return chain((first,), blocks)


def _transcoded(blocks: Iterator[bytes], name: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(name)(errors="replace")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "replace")


def _opened(blocks: Iterator[bytes]) -> bytes | None:
    """Return what is read after the opening bracket, or nothing if there is none."""
    for block in blocks:
        if text := block.lstrip():
            return text[1:] if text.startswith(b"[") else None
    return None


def _is_json(text: bytes) -> bool:
    try:
        _raw.decode(text)
    except _UNREADABLE:
        return False
    return True


def _mended(element: bytes) -> bytes:
    try:
        element.decode()
    except UnicodeDecodeError:
        return element.decode("latin-1").encode()
    return element


def _last_cut(text: bytes) -> "re.Match[bytes] | None":
    """Return the last place where one row seems to end and the next to begin."""
    for start in (max(0, len(text) - _TAIL_BYTES), 0):
        if found := list(_BETWEEN.finditer(text, start)):
            return found[-1]
    return None


def _first_piece(text: bytes) -> tuple[bytes, bytes]:
    found = _BETWEEN.search(text)
    return (text[: found.start() + 1], text[found.end() - 1 :]) if found else (text, b"")


def _skipped(text: bytes) -> tuple[bool, bytes]:
    """Drop the rest of a row that is too long; say whether there is more of it."""
    found = _BETWEEN.search(text)
    if found is None:
        return True, text[-64:]
    return False, text[found.end() - 1 :]


def _too_long() -> Refused:
    return Refused("", "too_long", f"a row of more than {MAX_ROW_BYTES:,} bytes")
