"""What the files of signals declare: what a row is, what is unique, what is read, how far days reach.

Each ``signals/NAME.sql`` is one ``SELECT`` under a head of comments; the build obeys the head.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from importlib.resources import files

import msgspec

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.signals import portable

_LINE = re.compile(r"^--\s?(.*)$")
_FIELD = re.compile(r"^(key|needs|day|reach):\s*(.*)$")
_REACH = re.compile(
    r"^(?:(\d+) days? back|from the beginning), (?:(\d+) days? forward|to the end)$(?!\n)"
)
EVERYWHERE = "from the beginning, to the end"
NAMES = ("key", "needs", "day", "reach")


class Reach(msgspec.Struct, frozen=True):
    """How many days around a day its rows depend on; ``None`` is all there are on that side."""

    back: int | None
    forward: int | None


class Table(msgspec.Struct, frozen=True):
    """One file of signals.

    ``day`` is the column whose UTC day places a row, ``None`` where the table is made whole;
    ``needs`` are the inputs and tables its ``sql`` reads.
    """

    name: str
    about: str
    key: tuple[str, ...]
    needs: tuple[str, ...]
    day: str | None
    reach: Reach
    sql: str


def read(inputs: Collection[str]) -> tuple[Table, ...]:
    """Return the tables of the package, each after all it needs.

    Parameters
    ----------
    inputs : the names of what is no table of this package.
    """
    folder = files(__package__)
    found = [
        parse(each.name.removesuffix(".sql"), each.read_text(encoding="utf-8"))
        for each in sorted(folder.iterdir(), key=lambda file: file.name)
        if each.name.endswith(".sql")
    ]
    return in_order(found, inputs)


def parse(name: str, text: str) -> Table:
    r"""Read one file: its head of comments, and the ``SELECT`` below it.

    Raises
    ------
    BadValue : the head lacks something or says it in other words, or the engines would not mean
        the same by the ``SELECT``.

    Examples
    --------
    >>> table = parse("visits", '''-- One row per visit.
    ... -- key: visit_id
    ... -- needs: listen, act
    ... -- day: started_at_us
    ... -- reach: 2 days back, 1 day forward
    ... SELECT 1 AS visit_id, 2 AS started_at_us''')
    >>> table.needs, table.reach
    (('listen', 'act'), Reach(back=2, forward=1))
    """
    head, body = _split(text)
    said: dict[str, str] = {}
    about: list[str] = []
    for line in head:
        if (field := _FIELD.match(line)) is None:
            about.append(line)
        elif field[1] in said:
            raise BadValue(f"{name}.sql says {field[1]!r} twice in its head; say it once")
        else:
            said[field[1]] = field[2].strip()
    missing = [field for field in NAMES if not said.get(field)]
    if missing or not any(about):
        what = ", ".join(missing) or "a sentence that says what a row is"
        raise BadValue(f"{name}.sql does not declare {what} in the comments at its head")
    if told := portable.faults(body):
        what = "; ".join(told)
        raise BadValue(f"{name}.sql says what DuckDB and Spark do not mean alike: {what}")
    day = None if said["day"] == "none" else said["day"]
    return Table(
        name=name,
        about=" ".join(filter(None, about)),
        key=_words(said["key"]),
        needs=_words(said["needs"]),
        day=day,
        reach=_reach(name, said["reach"], day),
        sql=body,
    )


def in_order(tables: Iterable[Table], inputs: Collection[str]) -> tuple[Table, ...]:
    """Return the tables so that each stands after all it needs, otherwise by name.

    Raises
    ------
    UnknownName : something is needed that is neither an input nor a table.
    BadValue : tables need each other in a circle.
    """
    left = {table.name: table for table in sorted(tables, key=lambda table: table.name)}
    known = {*inputs, *left}
    for table in left.values():
        for need in table.needs:
            if need not in known:
                raise UnknownName.among(f"input or table for {table.name}.sql", need, known)
    ordered: list[Table] = []
    while left:
        ready = [each for each in left.values() if not left.keys() & set(each.needs)]
        if not ready:
            raise BadValue(f"tables need each other in a circle: {_circle(left)}")
        ordered += [left.pop(each.name) for each in ready]
    return tuple(ordered)


def with_needs(tables: Sequence[Table], names: Iterable[str]) -> tuple[Table, ...]:
    """Return the tables of these names and all they need, in the order they are given in.

    Raises
    ------
    UnknownName : no such table.

    Examples
    --------
    >>> every = read({"listen", "item", "left_out", "zone", "clock", "intended", "screen", "observed", "shown", "arm",
    ...     "act", "query", "answer", "impression"})
    >>> [table.name for table in with_needs(every, ["encounters"])]
    ['activity', 'readings', 'encounters']
    """
    known = {table.name: table for table in tables}
    left, found = list(names), set[str]()
    for name in left:
        if name not in known:
            raise UnknownName.among("table of signals", name, known)
    while left:
        name = left.pop()
        if name in known and name not in found:
            found.add(name)
            left += known[name].needs
    return tuple(table for table in tables if table.name in found)


def _split(text: str) -> tuple[list[str], str]:
    """Return the comments at the head of a file without their dashes, and what follows."""
    lines = text.splitlines()
    head: list[str] = []
    for line in lines:
        if (comment := _LINE.match(line)) is None:
            break
        head.append(comment[1].strip())
    return head, "\n".join(lines[len(head) :]).strip().removesuffix(";")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


def _reach(name: str, text: str, day: str | None) -> Reach:
    days = _REACH.match(text)
    if days is None or (day is None and text != EVERYWHERE):
        message = (
            f"{name}.sql declares the reach {text!r}; say '2 days back, 1 day forward', where a side "
            f"may be 'from the beginning' or 'to the end', and both of these for a table made whole"
        )
        raise BadValue(message)
    return Reach(*(None if n is None else int(n) for n in days.groups()))


def _circle(left: dict[str, Table]) -> str:
    """Return one circle among tables none of which can come first, such as ``a → b → a``."""
    path: list[str] = [next(iter(left))]
    while path.count(path[-1]) == 1:
        path.append(next(need for need in left[path[-1]].needs if need in left))
    return " → ".join(path[path.index(path[-1]) :])
