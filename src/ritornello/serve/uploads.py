"""A file from a browser or a script, streamed to disk below the home and counted on its way.

Never more than a part of it is in memory, its name is never a path, and only who is known gets this
far. A browser sends ``multipart/form-data`` (RFC 7578) whose first field is the token of the form;
a script sends the bare bytes.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
from litestar.types import Receive
from multipart import (
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from ritornello.kinds.errors import StorageUnavailable
from ritornello.serve.problems import Problem

ROUTE = {"body_limit": "upload_limit_bytes"}
"""What a route that takes an upload says of itself, beside its roles."""
PART_BYTES = 1 << 20
MAX_FIELD_BYTES = 4_096
MAX_FIELDS = 8
ENDINGS = (".zip", ".json", ".jsonl", ".csv", ".log", ".txt", ".gz", ".xml")


class Uploaded(msgspec.Struct, frozen=True):
    """What a form held before its file, and what the browser called the file."""

    fields: dict[str, str]
    name: str
    n_bytes: int


class Kept:
    """A file being written, part by part, in a thread; counted against a limit.

    Raises
    ------
    Problem : 413 beyond the limit.
    StorageUnavailable : the disk is full or failing.
    """

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._part = bytearray()
        self.n_bytes = 0

    async def take(self, content: bytes) -> None:
        """Take in the next bytes."""
        self.n_bytes += len(content)
        if self.n_bytes > self._limit:
            raise too_large(self._limit)
        self._part += content
        if len(self._part) >= PART_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Write what is in memory; the file exists from then on."""
        part, self._part = self._part, bytearray()
        try:
            await asyncio.to_thread(self._append, part)
        except OSError as error:
            message = f"the upload could not be kept: {error.strerror}; nothing was imported"
            raise StorageUnavailable(message) from error

    def _append(self, part: bytearray) -> None:
        with self._path.open("ab") as file:
            file.write(part)


async def content_of(receive: Receive) -> AsyncIterator[bytes]:
    """Yield a request's body as it comes.

    Raises
    ------
    Problem : 400, the client left before the end.
    """
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Problem(400, "torn-body", "the upload stopped before its end; nothing was kept")
        yield message["body"]
        more = message.get("more_body", False)


async def keep(content: AsyncIterator[bytes], path: Path, limit: int) -> int:
    """Write a bare body to a file; return its size."""
    kept = Kept(path, limit)
    async for part in content:
        await kept.take(part)
    await kept.flush()
    return kept.n_bytes


async def keep_form(
    content: AsyncIterator[bytes],
    content_type: str,
    limit: int,
    place: Callable[[dict[str, str], str], Path],
) -> Uploaded:
    """Write the file of a form.

    Parameters
    ----------
    place : told the fields before the file and the file's name, returns where to keep it; raises
        if this form may not bring one. Nothing is written before it agreed.

    Raises
    ------
    Problem : 400 for a body that is not such a form or holds no file, 413 beyond the limit.
    """
    media_type, options = parse_options_header(content_type)
    if media_type != "multipart/form-data" or "boundary" not in options:
        raise Problem(400, "not-a-form", "choose a file first; nothing was sent")
    try:
        with PushMultipartParser(options["boundary"], max_segment_count=MAX_FIELDS) as parser:
            form = _Form(limit, place)
            async for chunk in content:
                for part in parser.parse(chunk):
                    await form.take(part)
            return await form.finished()
    except MultipartError as error:
        raise Problem(400, "not-a-form", f"the upload could not be read: {error}") from error


class _Form:
    """The parts of one form, as they arrive."""

    def __init__(self, limit: int, place: Callable[[dict[str, str], str], Path]) -> None:
        self._limit = limit
        self._place = place
        self._fields: dict[str, str] = {}
        self._name = ""
        self._field = bytearray()
        self._segment: MultipartSegment | None = None
        self._kept: Kept | None = None

    async def take(self, part: MultipartSegment | bytearray | None) -> None:
        """Take in the head of a field, some of its content, or its end."""
        if isinstance(part, MultipartSegment):
            self._segment = part
            if part.filename and self._kept is None:
                self._name = part.filename
                self._kept = Kept(self._place(self._fields, part.filename), self._limit)
        elif part is None:
            self._end()
        elif self._segment is not None and self._segment.filename:
            if self._kept is not None:
                await self._kept.take(bytes(part))
        else:
            self._field += part
            if len(self._field) > MAX_FIELD_BYTES:
                raise Problem(400, "not-a-form", "a field of the form is too long")

    def _end(self) -> None:
        if self._segment is not None and not self._segment.filename:
            self._fields[self._segment.name] = self._field.decode(errors="replace")
        self._field.clear()
        self._segment = None

    async def finished(self) -> Uploaded:
        """Write the rest; return what came."""
        if self._kept is None or not self._kept.n_bytes:
            raise Problem(422, "no-file", "choose a file first; nothing was sent")
        await self._kept.flush()
        return Uploaded(self._fields, self._name, self._kept.n_bytes)


def too_large(limit: int) -> Problem:
    """Return the 413 that says how large an upload may be."""
    return Problem(
        413,
        "upload-too-large",
        f"the file is larger than {limit / 1e6:,.0f} MB, the most this service takes; nothing of it "
        "was kept. Whoever runs it can raise upload_limit_bytes",
    )


def ending_of(name: str) -> str:
    """Return the ending of a file's name if it is one that says something, else nothing.

    Examples
    --------
    >>> ending_of("../My Data.ZIP"), ending_of(".scrobbler.log"), ending_of("x.exe")
    ('.zip', '.log', '')
    """
    return next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")
