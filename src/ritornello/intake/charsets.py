"""The text of a file, whatever it is written in and whatever it says of that.

Bytes that are valid UTF-8 are UTF-8, whatever is declared. Otherwise what an XML declaration names is
believed if it is a character set of the web's past. Otherwise each stray byte is read as Windows-1252,
which is what such files are mostly mixed with; the valid UTF-8 beside it stays.
"""

import codecs
import re
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, NamedTuple

BLOCK_BYTES = 1 << 16

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_BELIEVED = re.compile(r"iso8859|cp\d|koi8|mac-|euc_|shift_jis|gb|big5|tis")
_STRAY = re.compile("[\\udc80-\\udcff]+")


class Text(NamedTuple):
    """Some text, and how many bytes of it were stray."""

    text: str
    n_stray: int = 0


def texts(file: BinaryIO, *, max_bytes: int) -> Iterator[Text]:
    r"""Yield a file's text block by block from its start, blanks before the first sign left out.

    Parameters
    ----------
    file : one that can be sought in.
    max_bytes : what lies beyond is not read.

    Examples
    --------
    >>> [text for text in texts(BytesIO(b" caf\xe9 \xc3\xa9"), max_bytes=100) if text.text]
    [Text(text='café é', n_stray=1)]
    """
    charset = _charset(file, max_bytes)
    errors = "surrogateescape" if charset == "utf-8" else "replace"
    begun = False
    for text in _decoded(file, charset, errors, max_bytes):
        whole = text if begun else text.lstrip("\ufeff \t\r\n\0")
        begun = begun or bool(whole)
        yield Text(whole) if whole.isascii() else _mended(whole)


def text_of(body: bytes) -> str:
    """Return the text of a document held in memory."""
    return "".join(part.text for part in texts(BytesIO(body), max_bytes=len(body)))


def _charset(file: BinaryIO, max_bytes: int) -> str:
    file.seek(0)
    head = file.read(1024)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    found = _DECLARED.search(head)
    try:
        declared = codecs.lookup(found[1].decode()).name if found else "utf-8"
    except LookupError:
        return "utf-8"
    believed = _BELIEVED.match(declared) and not _is_utf8(file, max_bytes)
    return declared if believed else "utf-8"


def _is_utf8(file: BinaryIO, max_bytes: int) -> bool:
    """Whether all that will be read is UTF-8."""
    try:
        for _ in _decoded(file, "utf-8", "strict", max_bytes):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _decoded(file: BinaryIO, charset: str, errors: str, max_bytes: int) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(charset)(errors)
    file.seek(0)
    left = max_bytes
    while block := file.read(min(left, BLOCK_BYTES)):
        left -= len(block)
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _mended(text: str) -> Text:
    """Read what was no UTF-8 as Windows-1252, and drop what is no character."""
    n_stray = sum(map(len, _STRAY.findall(text)))
    text = _STRAY.sub(_as_windows, text)
    return Text(text.replace("\ufffe", "").replace("\uffff", ""), n_stray)


def _as_windows(stray: re.Match[str]) -> str:
    return stray[0].encode("ascii", "surrogateescape").decode("cp1252", "replace")
