"""Measures of engagement over the tables of signals: popularity, activity and loyalty.

Each file of ``engagement/`` is one measure: a head that says what it is, and a ``SELECT`` that gives
``unit_id, listener_id, value, weight``, a row a unit (a listener, a visit, a discovery, a search). The
measure is their sum or their weighted mean, over everybody or over the listeners of each arm of an
experiment. ``{k}`` in a file is the number of its name: ``return@7d`` and ``return@28d`` are one file.
A measure of searches may be asked by mindset: ``search_success(mindset=known_item)``.

The families are those of Lehmann, Lalmas, Yom-Tov, Dupret (Models of user engagement, UMAP 2012): how
many come, what they do while here, whether they come back. Read several: each can rise while what it
stands for falls, and its own file says when it misleads.
"""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue, NotFound, UnknownName
from ritornello.measures import names
from ritornello.signals import search_success
from ritornello.signals.shapes import KIND, shapes
from ritornello.store import lake, manifest, tombstones
from ritornello.store.database import connect, snapshot
from ritornello.store.engines import Engine
from ritornello.store.home import Home

Family = Literal["popularity", "activity", "loyalty"]
_FIELD = re.compile(r"^-- (name|family|grain|unit|direction|total|mindset|needs): (.+)$")
_COMMENT = re.compile(r"^-- ?(.*)$")
NUMBER = "{k}"
BY_MINDSET = "mindset"


class Engagement(msgspec.Struct, frozen=True):
    """One measure: its name with the number it is asked with, what its values are, its SQL.

    ``total`` says whether the values add up or are averaged by weight; ``needs`` are tables; ``mindset`` are those it
    can be asked by, the first unless told.
    """

    name: names.Name
    about: str
    family: Family
    grain: Literal["listener", "visit", "discovery", "search"]
    unit: str
    direction: Literal["higher", "lower"]
    total: Literal["sum", "mean"]
    needs: tuple[str, ...]
    sql: str
    mindset: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the canonical name."""
        return str(self.name)

    @property
    def means(self) -> str:
        """What the measure is and when it misleads, in sentences."""
        return self.about.replace(NUMBER, str(self.name.k))

    @property
    def query(self) -> str:
        """The measure's ``SELECT``, with the number and the mindset of its name."""
        asked = dict(self.name.parameters).get(BY_MINDSET, search_success.ANY)
        sql = self.sql.replace(NUMBER, str(self.name.k))
        sql = sql.replace("{success}", search_success.sql(asked))
        return sql.replace("{weight}", search_success.weight(asked))


class Measured(msgspec.Struct, frozen=True):
    """What a measure came to, over everybody (``arm`` is ``None``) or over one arm; ``value`` ``None`` without units."""

    measure: str
    arm: str | None
    value: float | None
    unit: str
    direction: str
    n_units: int
    n_listeners: int


def measures() -> tuple[Engagement, ...]:
    """Return every measure of the package with the number its file names, by family."""
    order = ("popularity", "activity", "loyalty")
    return tuple(sorted(_all().values(), key=lambda each: (order.index(each.family), str(each))))


def parse(text: str) -> Engagement:
    """Return the measure a canonical name means, with that number.

    Raises
    ------
    BadValue : no name at all, or a number where the measure has none or the other way round.
    UnknownName : no such measure.

    Examples
    --------
    >>> str(parse("return@28d"))
    'return@28d'
    """
    name = names.read(text)
    if name.word not in _all():
        raise UnknownName.among("measure", text, map(str, measures()))
    found = _all()[name.word]
    if (name.k is None, name.days) != (found.name.k is None, found.name.days):
        raise BadValue(f"measure {text!r} is written like {found}")
    for key, value in name.parameters:
        if key != BY_MINDSET or value not in found.mindset:
            known = ", ".join(found.mindset) or "nothing"
            raise BadValue(f"measure {text!r}: {found} can be asked by mindset={known}")
    usual = ((BY_MINDSET, found.mindset[0]),) if found.mindset else ()
    parameters = () if name.parameters == usual else name.parameters
    return msgspec.structs.replace(found, name=msgspec.structs.replace(name, parameters=parameters))


def lay(engine: Engine, home: Home, needs: Sequence[str]) -> None:
    """Lay tables of a home before an engine, all of one instant, without who is leaving.

    Raises
    ------
    NotFound : nothing was built yet.
    """
    with closing(connect(home, read_only=True)) as conn, snapshot(conn):
        stayed = lake.without(tombstones.leaving(conn))
        for need in needs:
            engine.parquet(f"all_{need}", _files(conn, home, need), shapes()[need])
            engine.view(need, f"SELECT * FROM all_{need} {stayed}")


def _files(conn: sqlite3.Connection, home: Home, need: str) -> list[Any]:
    found = [home.lake / entry.path for entry in manifest.entries(conn, KIND + need)]
    if not found and need != "arm":
        raise NotFound(f"{need} has not been built; run `ritornello signals build`")
    return found


def compute(
    engine: Engine, measure: Engagement, namespace: str | None = None
) -> Mapping[str, NDArray[Any]]:
    """Return a measure's units as columns ``unit_id, listener_id, value, weight``.

    Its tables must lie before the engine (:func:`lay`).

    Parameters
    ----------
    namespace : of an experiment; adds the column ``arm`` and leaves out who was in none. A listener is in
        the arm of their earliest decision there, with everything they did at any time: right for
        looking, while a verdict counts from the exposure on.
    """
    return engine.columns(_units(measure, namespace))


def measured(engine: Engine, measure: Engagement, namespace: str | None = None) -> list[Measured]:
    """Return what a measure comes to: one for everybody, or one for each arm of an experiment."""
    arm = "CAST(NULL AS STRING)" if namespace is None else "arm"
    total = "CAST(sum(value) AS DOUBLE)"
    if measure.total == "mean":
        total = "CAST(sum(value * weight) AS DOUBLE) / nullif(CAST(sum(weight) AS DOUBLE), 0)"
    rows = engine.rows(
        f"SELECT {arm} AS arm, {total} AS value, count(*) AS n_units, count(DISTINCT listener_id) AS n_listeners "
        f"FROM ({_units(measure, namespace)}) AS units {'' if namespace is None else 'GROUP BY arm ORDER BY arm'}"
    )
    told = (str(measure), measure.unit, measure.direction)
    return [Measured(told[0], row[0], row[1], told[1], told[2], row[2], row[3]) for row in rows]


def tables_of(chosen: Sequence[Engagement], namespace: str | None = None) -> list[str]:
    """Return the tables that some measures need, each once."""
    arm = [] if namespace is None else ["arm"]
    return list(dict.fromkeys([*(need for each in chosen for need in each.needs), *arm]))


def _units(measure: Engagement, namespace: str | None) -> str:
    """Return the query of a measure's units."""
    sql = measure.query
    if namespace is None:
        return sql
    return f"""SELECT units.unit_id, units.listener_id, units.value, units.weight, met.arm
FROM ({sql}) AS units
INNER JOIN (
    SELECT listener_id, arm, row_number() OVER (
        PARTITION BY listener_id ORDER BY made_at_us NULLS LAST, decision_id NULLS LAST
    ) AS place
    FROM arm WHERE namespace = {lake.quoted(namespace)}
) AS met ON met.listener_id = units.listener_id AND met.place = 1"""


@cache
def _all() -> Mapping[str, Engagement]:
    """Read every measure of the package, by the word of its name."""
    folder = files(__package__) / "engagement"
    found = (
        read(file.name, file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    )
    return {each.name.word: each for each in found}


def read(file: str, text: str) -> Engagement:
    """Read one file: what its head says, and the ``SELECT`` below.

    Raises
    ------
    BadValue : the head lacks something or says what cannot be meant.
    """
    said: dict[str, Any] = {}
    about: list[str] = []
    lines = text.splitlines()
    while lines and (comment := _COMMENT.match(lines[0])) is not None:
        if (field := _FIELD.match(lines[0])) is not None:
            said[field[1]] = field[2].strip()
        else:
            about.append(comment[1].strip())
        del lines[0]
    try:
        said["name"] = names.read(said.get("name", ""))
        said["needs"] = said.get("needs", "").split(", ")
        said["mindset"] = said["mindset"].split(", ") if "mindset" in said else []
        sql = "\n".join(lines).strip()
        return msgspec.convert({**said, "about": " ".join(about), "sql": sql}, Engagement)
    except (BadValue, msgspec.ValidationError) as error:
        raise BadValue(f"engagement/{file}: {error}") from error
