"""Logs in the Open Bandit format: one row a shown item, with its position, click and propensity.

A log is ``NAME.csv`` (or ``.csv.gz``), or a folder with one, beside an ``item_context.csv`` that says which items there are.
Read are ``item_id`` (from 0), ``position`` (from 1), ``click``, ``propensity_score`` and, as context, the words in
``user_feature_…``, one column for each of the most frequent. The format names no listener: every row stands alone.

Content never raises: a row that cannot be read is a fault, and one that cannot be weighed by too; the good ones count.

Source: Saito, Aihara, Matsutani, Narita, NeurIPS 2021 (Datasets and Benchmarks).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from ritornello.evaluate.logs import BoolArray, FloatArray, Log, Shortlist, usable
from ritornello.evaluate.targets import Given
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import BadValue, NotFound
from ritornello.kinds.faults import Fault
from ritornello.store.engines import plain
from ritornello.store.lake import quoted

ITEMS = "item_context.csv"
REQUIRED = ("item_id", "position", "click", "propensity_score")
FEATURE = "user_feature_"
MOST_ITEMS, MOST_POSITIONS, MOST_WORDS = 1_000_000, 1_000, 10
_READ = "read_csv({}, header = true, all_varchar = true, null_padding = true, strict_mode = false)"
_RULES: Mapping[str, tuple[str, str]] = {
    "item_id": ("out_of_range", f"is a whole number from 0 below {MOST_ITEMS:,}"),
    "position": ("out_of_range", f"is a whole number from 1 to {MOST_POSITIONS:,}"),
    "click": ("out_of_range", "is a number in [0, 1]"),
    "propensity_score": ("bad_propensity", "must be above 0 and at most 1"),
}

Columns = Mapping[str, np.ndarray[Any, Any]]


def read(path: Path) -> tuple[Log, list[Fault]]:
    """Read a log and the faults of what is not in it; rows in are rounds and faults out.

    Raises
    ------
    NotFound : no such file, or a folder without a log.
    """
    file = _file(path)
    try:
        with duckdb.connect() as duck:
            words, columns = _columns(duck, file)
            n_items = _n_items(duck, file.parent / ITEMS)
    except (duckdb.Error, BadValue) as error:
        fault = Fault.at(f"open_bandit/{file.name}", 0, "not_readable", str(error))
        return _log(file.stem, {}, np.empty(0, np.bool_), 0, {"not_readable": 1}), [fault]
    good, faults = _checked(file.name, words, columns)
    counts = {rule: 0 for rule, _ in _RULES.values()}
    for fault in faults:
        counts[fault.rule] += 1
    left_out = {rule: n for rule, n in counts.items() if n}
    return _log(file.stem, columns, good, n_items, left_out), faults


def read_target(path: Path) -> Given:
    """Read a target that knows the position alone: a CSV of probabilities, a row an item and a column a position.

    Raises
    ------
    NotFound : no such file. BadValue : no numbers, or a column that does not sum to 1.
    """
    if not path.is_file():
        raise NotFound(
            f"no target at {path}; it is a CSV with a row an item and a column a position"
        )
    try:
        p = np.loadtxt(path, delimiter=",", ndmin=2)
    except ValueError as error:
        raise BadValue(f"{path} holds what is no number: {error}") from error
    return Given.of(path.stem, np.ascontiguousarray(p.T))


def _file(path: Path) -> Path:
    if path.is_dir():
        found = [each for each in sorted(path.glob("*.csv*")) if not each.name.startswith(ITEMS)]
        if len(found) != 1:
            raise NotFound(f"{path} holds {len(found)} logs; name one .csv file")
        return found[0]
    if not path.is_file():
        raise NotFound(f"no log at {path}")
    return path


def _columns(duck: duckdb.DuckDBPyConnection, file: Path) -> tuple[Columns, Columns]:
    """Return the required columns as text, and as numbers with the words of features beside them.

    Raises
    ------
    BadValue : a required column is missing.
    """
    source = _READ.format(quoted(str(file)))
    names = [row[0] for row in duck.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise BadValue(
            f"{file.name} lacks the columns {', '.join(missing)}; it has {', '.join(names)[:200]}"
        )
    features = [name for name in names if name.startswith(FEATURE)]
    texts = ", ".join(f"coalesce({name}, '') AS {name}" for name in REQUIRED)
    words = ", ".join(f'coalesce("{name}", \'\') AS "{name}"' for name in features)
    rows = duck.execute(f"SELECT {texts}{', ' if words else ''}{words} FROM {source}").fetchnumpy()
    said = {name: plain(rows[name]).astype(np.str_) for name in (*REQUIRED, *features)}
    numbers = ", ".join(
        f"coalesce(TRY_CAST({name} AS DOUBLE), 'nan'::DOUBLE) AS {name}" for name in REQUIRED
    )
    found = duck.execute(f"SELECT {numbers} FROM {source}").fetchnumpy()
    columns = {name: plain(found[name]).astype(np.float64) for name in REQUIRED}
    return said, columns | {name: said[name] for name in features}


def _n_items(duck: duckdb.DuckDBPyConnection, file: Path) -> int:
    """Return how many items there are, as far as that is said."""
    if not file.is_file():
        return 0
    source = _READ.format(quoted(str(file)))
    (last,) = duck.execute(f"SELECT max(TRY_CAST(item_id AS BIGINT)) FROM {source}").fetchone() or (
        None,
    )
    return 0 if last is None else min(int(last) + 1, MOST_ITEMS)


def _checked(name: str, words: Columns, columns: Columns) -> tuple[BoolArray, list[Fault]]:
    """Return which rows can be read, and a fault for each that cannot: the first rule it breaks."""
    item, position = columns["item_id"], columns["position"]
    kept = {
        "item_id": (item >= 0) & (item < MOST_ITEMS) & (item == np.floor(item)),
        "position": (position >= 1)
        & (position <= MOST_POSITIONS)
        & (position == np.floor(position)),
        "click": (columns["click"] >= 0) & (columns["click"] <= 1),
        "propensity_score": usable(columns["propensity_score"]),
    }
    good, faults = np.ones(len(item), np.bool_), list[Fault]()
    for field, (rule, what) in _RULES.items():
        for row in np.flatnonzero(good & ~kept[field]).tolist():
            message = f"{field} {what}, not {str(words[field][row])[:40]!r}"
            faults.append(Fault.at(f"open_bandit/{name}", row + 2, rule, message, field))
        good &= kept[field]
    return good, sorted(faults, key=lambda fault: fault.position)


def _log(
    name: str, columns: Columns, good: BoolArray, n_items: int, left_out: dict[str, int]
) -> Log:
    n = int(good.sum())
    row = columns["item_id"][good].astype(np.int64) if n else np.empty(0, np.int64)
    n_items = max(n_items, int(row.max(initial=-1)) + 1)
    context, features = _context(columns, good)
    warnings = []
    if left_out:
        text = f"{sum(left_out.values()):,} rows could not be read or weighed by; {n:,} count"
        warnings.append(
            Warned("rows_left_out", text, {key: float(v) for key, v in left_out.items()})
        )
    return Log(
        name=name,
        actions=tuple(map(str, range(n_items))),
        shortlists=(Shortlist(np.arange(n_items)),),
        shortlist=np.zeros(n, np.int64),
        row=row,
        place=np.zeros(n, np.int64),
        position=columns["position"][good].astype(np.int64) - 1 if n else row,
        propensity=columns["propensity_score"][good] if n else np.empty(0),
        reward=columns["click"][good] if n else np.empty(0),
        decision=np.arange(n),
        listener=np.arange(n),
        context=context,
        features=features,
        left_out=left_out,
        warnings=tuple(warnings),
    )


def _context(columns: Columns, good: BoolArray) -> tuple[FloatArray, tuple[str, ...]]:
    """Return one column of 0 and 1 for each frequent word of each feature, and their names."""
    found, names = [np.empty((int(good.sum()), 0))], list[str]()
    for feature in sorted(name for name in columns if name.startswith(FEATURE)):
        words, number, counts = np.unique(columns[feature][good], return_inverse=True, return_counts=True)  # fmt: skip
        often = np.argsort(-counts, kind="stable")[:MOST_WORDS]
        found.append((number[:, None] == often).astype(np.float64))
        names += [f"{feature}={word}" for word in words[often].tolist()]
    return np.hstack(found), tuple(names)
