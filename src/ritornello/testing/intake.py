"""What every intake must keep, whatever it reads.

Run ``for check in CHECKS: check(intake)``; a broken promise raises ``AssertionError``. An intake is
shown its own good rows, its own bad rows, both mixed, and bytes that mean nothing at all.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

import msgspec

from ritornello.kinds.faults import Fault

SHORT = 2_000

Reading = tuple[Sequence[Any], Sequence[Fault]]


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """One intake as the kit sees it.

    ``read`` turns a body into what is kept, in order, and the faults. ``write`` makes a body of
    rows. ``good`` rows are kept, each as at least one record; each of ``bad`` is one fault.
    ``whole``: a body that breaks off cannot be read at all (a JSON document, a Parquet file).
    """

    name: str
    read: Callable[[bytes], Reading]
    write: Callable[[Sequence[bytes]], bytes]
    good: tuple[bytes, ...]
    bad: tuple[bytes, ...]
    whole: bool = False


def hostile(intake: Intake) -> Iterator[bytes]:
    """Yield bodies nobody would send: empty, torn, flipped, nested, endless, random.

    Most tears go through short rows; among long ones, hardly any would hit something that matters.
    """
    chance = random.Random(intake.name)
    body = intake.write((*intake.good, *intake.bad))
    short = intake.write([row for row in (*intake.good, *intake.bad) if len(row) <= SHORT])
    yield from (
        b"",
        b" ",
        b"\n\n",
        b"\x00" * 64,
        b"\xff\xfe\xfd",
        b"null",
        b"0",
        b'"',
        b"{}",
        b"[]",
    )
    yield from (b"[" * 100_000, b'{"a":' * 100_000, b"[" + b"," * 20_000, b'"' + b'\\"' * 100_000)
    yield body + body
    for torn in [short] * 60 + [body] * 5:
        cut = chance.randrange(len(torn) + 1)
        yield torn[:cut]
        yield torn[cut:]
        yield torn[:cut] + bytes([chance.randrange(256)]) + torn[cut + 1 :]
        yield chance.randbytes(chance.randrange(200))


def never_raises(intake: Intake) -> None:
    """Check that any bytes get an answer: records, and faults that are faults."""
    for body in hostile(intake):
        kept, faults = intake.read(body)
        if not isinstance(kept, Sequence) or not all(isinstance(f, Fault) for f in faults):
            raise AssertionError(f"{intake.name} answered {body[:60]!r} with {kept!r}, {faults!r}")


def reads_the_same_twice(intake: Intake) -> None:
    """Check that the same bytes give the same records with the same ids, and the same faults."""
    for body in (intake.write((*intake.good, *intake.bad)), *islice(hostile(intake), 40)):
        first, second = intake.read(body), intake.read(body)
        if first != second:
            raise AssertionError(f"{intake.name} read {body[:60]!r} twice: {first} and {second}")


def keeps_every_good_row(intake: Intake) -> None:
    """Check that good rows alone bring no fault and each at least one record."""
    kept, faults = intake.read(intake.write(intake.good))
    if faults or len(kept) < len(intake.good):
        raise AssertionError(f"{intake.name} kept {len(kept)} of its good rows: {faults}")


def names_the_bad_row(intake: Intake) -> None:
    """Check that each bad row among good ones is one fault, naming source, position and rule."""
    for bad in intake.bad:
        positions = []
        for place in range(len(intake.good) + 1):
            rows = (*intake.good[:place], bad, *intake.good[place:])
            _, faults = intake.read(intake.write(rows))
            if len(faults) != 1:
                raise AssertionError(f"{intake.name} found {len(faults)} faults in {bad[:200]!r}")
            (fault,) = faults
            if not (fault.source and fault.rule and fault.message):
                raise AssertionError(f"{intake.name} leaves out what was wrong: {fault}")
            positions.append(fault.position)
        steps = {later - earlier for earlier, later in pairwise(positions)}
        if steps != {1}:
            raise AssertionError(f"{intake.name} puts one bad row, moved on by one, at {positions}")


def keeps_the_good_among_the_bad(intake: Intake) -> None:
    """Check that bad rows change nothing about their good neighbours."""
    alone, _ = intake.read(intake.write(intake.good))
    mixed = [row for bad in intake.bad for row in (bad, *intake.good, bad)]
    again, faults = intake.read(intake.write(mixed))
    if len(faults) != 2 * len(intake.bad):
        raise AssertionError(f"{intake.name} found {len(faults)} of {2 * len(intake.bad)} bad rows")
    for place in range(0, len(again), len(alone)):
        if list(again[place : place + len(alone)]) != list(alone):
            raise AssertionError(f"{intake.name} reads good rows differently among bad ones")
    if len(again) != len(alone) * len(intake.bad):
        raise AssertionError(f"{intake.name} lost good rows among bad ones")


def keeps_what_came_before_the_tear(intake: Intake) -> None:
    """Check that a body torn in its last row keeps all rows before it."""
    if intake.whole:
        return
    alone, _ = intake.read(intake.write(intake.good[:-1]))
    body = intake.write(intake.good)
    before_last = body.rfind(intake.good[-1])
    for n_left in (1, len(intake.good[-1]) // 4):
        kept, faults = intake.read(body[: before_last + n_left])
        if list(kept[: len(alone)]) != list(alone):
            raise AssertionError(f"{intake.name} lost rows before a torn one")
        if not faults:
            raise AssertionError(f"{intake.name} says nothing of a torn last row")


CHECKS: tuple[Callable[[Intake], None], ...] = (
    never_raises,
    reads_the_same_twice,
    keeps_every_good_row,
    names_the_bad_row,
    keeps_the_good_among_the_bad,
    keeps_what_came_before_the_tear,
)
