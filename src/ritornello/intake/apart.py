"""An export read in a process of its own, so that reading and storing take a core each.

The reader hands its chunks over a pipe, each a frame: its length, then one message (MessagePack).
The events of a chunk come with the rows the log will hold, so that both sides have about as much to
do. Nothing is stored of a frame that did not arrive whole, and nothing is taken for finished without
the frame that says so: however the reader ends, the same import goes on after the last chunk stored.

Neither outlives the other. A reader that nobody listens to ends at its next frame; one that is not
wanted any more is killed. It opens the home for reading only.
"""

import gc
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from subprocess import PIPE, Popen
from typing import BinaryIO, cast

import msgspec

from ritornello.catalog.items import Resolver
from ritornello.intake import histories
from ritornello.intake.chunks import OBJECTS_A_COLLECTION, Chunk, Chunks
from ritornello.kinds.errors import BadValue, Error, NotFound, StorageUnavailable, UnknownName
from ritornello.kinds.times import to_us, zone
from ritornello.store.database import connect
from ritornello.store.home import Home
from ritornello.store.rows import row_of

_N_LENGTH = 8
_TOLD = (BadValue, NotFound, UnknownName, StorageUnavailable, sqlite3.Error, OSError)
"""The errors a reader may end with, the narrower before the wider."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader is to read: ``path`` of a form, as ``histories.read`` takes it.

    ``home`` and ``path`` are bytes, for a file may be called what is no text.
    """

    home: bytes
    path: bytes
    form: str
    listener_id: str
    now: datetime
    time_zone: str = "UTC"
    with_incognito: bool = False
    after: int = 0

    @property
    def options(self) -> histories.Options:
        """How the export is to be read."""
        return histories.Options(tz=zone(self.time_zone), with_incognito=self.with_incognito)


class _Failure(msgspec.Struct, array_like=True):
    """An error on its way to where it is raised: its kind, and what it was made of."""

    kind: str
    said: tuple[str | int | None, ...]


class _Frame(msgspec.Struct, array_like=True):
    """A chunk; without one the end, good or bad."""

    chunk: Chunk | None = None
    failure: _Failure | None = None


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_encode, _encode_into = _encoder.encode, _encoder.encode_into
_decoder = msgspec.msgpack.Decoder(_Frame)


def chunks(asked: Asked) -> Chunks:
    """Return a reader of an export in a process of its own; it gives what one in here would.

    Raises
    ------
    Error : the reader ended before its time; the same import goes on where it stopped. Whatever
        the reader itself raises is raised here.
    """

    def read(after: int) -> Iterator[Chunk]:
        with _reader(msgspec.structs.replace(asked, after=after)) as pipe:
            while (frame := _taken(pipe)).chunk is not None:
                yield frame.chunk
        if frame.failure is not None:
            raise _raisable(frame.failure)

    return read


@contextmanager
def _reader(asked: Asked) -> Iterator[BinaryIO]:
    """Start a reader and yield where its frames arrive; at the end of the block there is none."""
    words = [sys.executable, "-P", "-m", __name__]
    with Popen(words, stdin=PIPE, stdout=PIPE, start_new_session=True) as process:
        stdin, stdout = cast("tuple[BinaryIO, BinaryIO]", (process.stdin, process.stdout))
        try:
            with suppress(BrokenPipeError), stdin:
                stdin.write(_encode(asked))
            yield stdout
        finally:
            process.kill()


def _taken(pipe: BinaryIO) -> _Frame:
    """Take the next frame from a pipe.

    Raises
    ------
    Error : it did not arrive whole.
    """
    length = int.from_bytes(pipe.read(_N_LENGTH))
    content = pipe.read(length)
    try:
        return _decoder.decode(content)
    except msgspec.DecodeError as error:
        message = (
            "the process that read the export ended before its time; what was stored is kept, "
            f"and the same import goes on from there ({len(content):,} of {length:,} bytes: {error})"
        )
        raise Error(message) from error


def frames(asked: Asked) -> Iterator[bytearray]:
    """Yield what a reader writes: a frame a chunk, then the one that says how it ended.

    Nothing on the way holds a chunk while the next is made.
    """
    end = _Frame()
    try:
        yield from map(_framed, map(_Frame, _read(asked)))
    except _TOLD as error:
        end = _Frame(failure=_failure(error))
    yield _framed(end)


def _framed(frame: _Frame) -> bytearray:
    framed = bytearray(_N_LENGTH)
    _encode_into(frame, framed, _N_LENGTH)
    framed[:_N_LENGTH] = (len(framed) - _N_LENGTH).to_bytes(_N_LENGTH)
    return framed


def _read(asked: Asked) -> Iterator[Chunk]:
    """Yield an export's chunks, their events as rows of the log beside them."""
    with_rows = partial(_with_rows, received_at_us=to_us(asked.now))
    history = histories.find(Path(os.fsdecode(asked.path)), asked.form)
    home = Home(Path(os.fsdecode(asked.home)))
    with closing(connect(home, read_only=True)) as conn:
        found = histories.read(
            history,
            listener_id=asked.listener_id,
            now=asked.now,
            resolver=Resolver(conn),
            after=asked.after,
            options=asked.options,
        )
        yield from map(with_rows, found)


def _with_rows(chunk: Chunk, *, received_at_us: int) -> Chunk:
    rows = tuple([row_of(event, received_at_us) for event in chunk.events])
    return msgspec.structs.replace(chunk, rows=rows)


def _failure(error: Exception) -> _Failure:
    kind = next(kind for kind in _TOLD if isinstance(error, kind))
    if isinstance(error, OSError) and error.errno is not None:
        return _Failure(kind.__name__, (error.errno, error.strerror, str(error.filename or "")))
    return _Failure(kind.__name__, (str(error),))


def _raisable(failure: _Failure) -> Exception:
    kinds: dict[str, type[Exception]] = {kind.__name__: kind for kind in _TOLD}
    return kinds[failure.kind](*failure.said)


def _main() -> None:
    """Read what is asked for on standard input; a parent that is gone ends it quietly."""
    gc.set_threshold(OBJECTS_A_COLLECTION)
    asked = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Asked)
    pipe = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError), os.fdopen(pipe, "wb", buffering=0) as out:
        for frame in frames(asked):
            left = memoryview(frame)
            while left:
                left = left[out.write(left) :]


if __name__ == "__main__":
    _main()
