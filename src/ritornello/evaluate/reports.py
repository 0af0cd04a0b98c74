"""A report as a page of its own and as JSON.

The page needs nothing beside it: style and pictures are inside, there is no script, and its own policy forbids it to fetch
anything, from a disk and from a server alike.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from ritornello.evaluate import numerals, plots
from ritornello.evaluate.in_rows import in_rows
from ritornello.evaluate.report import Cell, Form, Report, Table
from ritornello.kinds.errors import BadValue
from ritornello.measures.resampling import Interval

_CSS = (files("ritornello.evaluate") / "page" / "report.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
"""What the page may do: nothing but look like itself."""
_FORMS = {
    "count": numerals.count,
    "number": numerals.number,
    "share": numerals.share,
    "p": numerals.p_value,
}


def html(report: Report) -> str:
    """Return the report as one page that needs nothing beside it."""
    return _ENVIRONMENT.get_template("report.html").render(report=report)


def to_json(report: Report) -> bytes:
    """Return the report as JSON, its numbers at full precision."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def from_json(content: bytes) -> Report:
    """Return the report that :func:`to_json` wrote.

    Raises
    ------
    BadValue : it is none.
    """
    try:
        return msgspec.json.decode(content, type=Report)
    except msgspec.MsgspecError as error:
        raise BadValue(f"no report: {error}") from None


def _written(value: Cell, form: Form) -> str:
    """Return a cell's words, or its number as its column wants it."""
    if isinstance(value, int | float):
        return _FORMS.get(form, numerals.number)(value)
    return str(value)


def _drawn(value: Interval, scale: plots.Scale, line: float | None) -> str:
    return plots.strip(value, scale, line)


def _scales(table: Table) -> list[plots.Scale | None]:
    """Return the scale of each column of intervals, shared by its rows."""
    scales: list[plots.Scale | None] = []
    for place, column in enumerate(table.columns):
        found = [row[place] for row in table.rows]
        intervals = [each for each in found if isinstance(each, Interval)]
        drawn = column.form == "interval"
        scales.append(
            plots.scale_of(intervals, column.line, 5, plots.STRIP_WIDE - 5) if drawn else None
        )
    return scales


def _flat(values: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield each plain value of a recipe with the names that lead to it."""
    for name, value in values.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{path}.")
        else:
            yield path, _plainly(value)


def _plainly(value: object) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _is_table(part: Any) -> bool:
    return isinstance(part, Table)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ritornello.evaluate", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(css=_CSS, policy=POLICY)
    environment.filters.update(
        drawn=_drawn,
        flat=_flat,
        in_rows=in_rows,
        is_table=_is_table,
        picture=plots.draw,
        scales=_scales,
        within=numerals.within,
        written=_written,
    )
    return environment


_ENVIRONMENT = _environment()
