"""DuckDB and Spark behind one contract, so that the same SQL gives the same rows on either.

Both speak UTC, write timestamps as microseconds, compress with zstd, and fail where a number does
not fit or is divided by zero (what Spark calls ANSI behaviour). Spark is the extra ``spark``.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import NotFound, OutOfMemory, StorageUnavailable
from ritornello.store import lake
from ritornello.store.home import Home

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA = 17
_SPARK_NAMES = {"VARCHAR": "STRING", "TIMESTAMPTZ": "TIMESTAMP"}


class Engine(Protocol):
    """What runs the SQL of signals. Types are DuckDB's words, as in :mod:`ritornello.kinds.columns`."""

    name: str
    parts_dearly: bool
    """Whether parting rows by their days costs more than asking for each day by itself."""

    def view(self, name: str, sql: str) -> None:
        """Keep a query as a temporary view."""

    def parquet(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """Keep files as a view with exactly these columns and types.

        A column no file has is ``NULL``; without files the view is empty.
        """

    def write(self, sql: str, folder: Path, *, by: str | None = None) -> list[Path]:
        """Write rows as Parquet below a folder that is made; return the files, none for no rows.

        With ``by``, the rows of each of its values lie in ``folder/by=value/`` in files of their
        own, without that column. Rows lie in any order: sorting wide rows costs as much as making
        them.
        """

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows as Python values."""

    def columns(self, sql: str) -> dict[str, NDArray[Any]]:
        """Return columns as arrays: a ``NULL`` number is NaN, a ``NULL`` text ``None``."""

    def close(self) -> None:
        """Give back what the engine holds."""


class DuckEngine:
    """DuckDB in this process, spilling into the home.

    Parameters
    ----------
    memory_mb : memory it may take before it spills; DuckDB's own bound where not given.
    threads : how many it may use; all there are where not given.
    duck : speak through this connection instead of one of its own.
    """

    name = "duckdb"
    parts_dearly = True

    def __init__(
        self,
        home: Home,
        *,
        memory_mb: int | None = None,
        threads: int | None = None,
        duck: duckdb.DuckDBPyConnection | None = None,
    ) -> None:
        self._duck = lake.open_lake(home) if duck is None else duck
        self._duck.execute("SET ieee_floating_point_ops = false")
        if memory_mb is not None:
            self._duck.execute(f"SET memory_limit = '{memory_mb}MB'")
        if threads is not None:
            self._duck.execute(f"SET threads = {threads}")

    def view(self, name: str, sql: str) -> None:
        """Keep a query as a temporary view."""
        with _told_by_duckdb():
            self._duck.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}")

    def parquet(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """Keep files as a view with exactly these columns and types."""
        self.view(name, lake.exactly(self._duck, files, columns))

    def write(self, sql: str, folder: Path, *, by: str | None = None) -> list[Path]:
        """Write rows as Parquet below a folder that is made; return the files, none for no rows."""
        folder.mkdir(parents=True)
        place, partition = (
            (folder, f", PARTITION_BY ({by})") if by else (folder / "rows.parquet", "")
        )
        with _told_by_duckdb():
            self._duck.execute("SET preserve_insertion_order = false")
            try:
                (n_rows,) = self._duck.execute(
                    f"COPY ({sql}) TO {lake.quoted(str(place))} "
                    f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1{partition})"
                ).fetchall()[0]
            finally:
                self._duck.execute("RESET preserve_insertion_order")
        return sorted(folder.rglob("*.parquet")) if n_rows else []

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows as Python values."""
        with _told_by_duckdb():
            return self._duck.execute(sql).fetchall()

    def columns(self, sql: str) -> dict[str, NDArray[Any]]:
        """Return columns as arrays: a ``NULL`` number is NaN, a ``NULL`` text ``None``."""
        with _told_by_duckdb():
            return {
                name: plain(column) for name, column in self._duck.execute(sql).fetchnumpy().items()
            }

    def close(self) -> None:
        """Close the connection."""
        self._duck.close()


class SparkEngine:
    """A Spark cluster, or Spark in a process beside this one.

    Every machine of a cluster must see the home at the same path.

    Parameters
    ----------
    master : where Spark runs: ``local[2]`` beside this process on two cores, or the address of a
        cluster, such as ``spark://host:7077``.
    options : further settings of Spark by their own names.

    Raises
    ------
    NotFound : pyspark or Java is missing.
    StorageUnavailable : the cluster cannot be reached.
    """

    name = "spark"
    parts_dearly = False

    def __init__(
        self, home: Home, master: str = "local[*]", options: Mapping[str, str] | None = None
    ) -> None:
        self._home = home
        self._spark = _session(home, master, options or {})

    def view(self, name: str, sql: str) -> None:
        """Keep a query as a temporary view."""
        with _told():
            self._spark.sql(sql).createOrReplaceTempView(name)

    def parquet(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """Keep files as a view with exactly these columns and types."""
        shape = ", ".join(f"`{column}` {spark_type(kind)}" for column, kind in columns.items())
        with _told():
            if files:
                found = self._spark.read.schema(shape).parquet(*map(_address, files))
                found.createOrReplaceTempView(name)
            else:
                self._spark.createDataFrame([], shape).createOrReplaceTempView(name)

    def write(self, sql: str, folder: Path, *, by: str | None = None) -> list[Path]:
        """Write rows as Parquet below a folder that is made; return the files, none for no rows."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _told():
            found = self._spark.sql(sql)
            if by is not None:
                found = found.repartition(by)
            writer = found.write.option("compression", "zstd")
            (writer.partitionBy(by) if by is not None else writer).parquet(_address(folder))
        files = sorted(folder.rglob("*.parquet"))
        return files if self._any(files) else []

    def _any(self, files: Sequence[Path]) -> bool:
        """Whether there is a row in any of the files; Spark writes one for no rows."""
        with duckdb.connect() as duck:
            source = f"SELECT 1 FROM {lake.parquet(files)} LIMIT 1"
            return bool(files) and duck.execute(source).fetchone() is not None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return rows as Python values."""
        with _told():
            return [tuple(row) for row in self._spark.sql(sql).collect()]

    def columns(self, sql: str) -> dict[str, NDArray[Any]]:
        """Return columns as arrays: a ``NULL`` number is NaN, a ``NULL`` text ``None``."""
        self._home.spill.mkdir(exist_ok=True)
        folder = Path(mkdtemp(dir=self._home.spill))
        try:
            with _told():
                self._spark.sql(sql).write.parquet(_address(folder / "columns"))
            source = lake.parquet(sorted(folder.rglob("*.parquet")))
            with lake.open_lake(self._home) as duck:
                found = duck.execute(f"SELECT * FROM {source}").fetchnumpy()
        finally:
            shutil.rmtree(folder)
        return {name: plain(column) for name, column in found.items()}

    def close(self) -> None:
        """End the session, and the process beside this one."""
        self._spark.stop()


def _session(home: Home, master: str, options: Mapping[str, str]) -> "SparkSession":
    """Open a session whose settings make it agree with DuckDB."""
    look_for_spark()
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    settings = {**_same_rows(home), **(_alone() if master.startswith("local") else {}), **options}
    try:
        return SparkSession.builder.master(master).config(map=dict(settings)).getOrCreate()
    except PySparkException as error:
        raise StorageUnavailable(f"no Spark at {master}: {error}") from error


def look_for_spark() -> None:
    """Make sure that Spark could run here.

    Raises
    ------
    NotFound : pyspark or Java is missing; it says which, and what to do.
    """
    try:
        import pyspark
    except ModuleNotFoundError as error:
        message = (
            "the engine spark needs pyspark: install the extra, `pip install ritornello[spark]`"
        )
        raise NotFound(message) from error
    if (found := java_version()) is None or found < JAVA:
        what = "no Java was found" if found is None else f"Java {found} was found"
        raise NotFound(
            f"the engine spark needs Java {JAVA} or newer, and {what}; set JAVA_HOME to one"
        )
    del pyspark


def _same_rows(home: Home) -> dict[str, str]:
    """Return the settings that make Spark's rows and files DuckDB's, and its plans fit for them."""
    return {
        "spark.app.name": "ritornello",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.parquet.compression.codec": "zstd",
        # Text in zstd grows a lot when read; without this Spark copies large tables to everybody.
        "spark.sql.sources.fileCompressionFactor": "20",
        "spark.sql.warehouse.dir": str(home.spill.absolute()),
        "spark.local.dir": str(home.spill.absolute()),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    }


def _alone() -> dict[str, str]:
    """Return the settings of a Spark nobody else talks to."""
    return {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


def java_version() -> int | None:
    """Return the feature number of the Java that Spark would start, ``None`` where there is none."""
    folder = os.environ.get("JAVA_HOME")
    java = str(Path(folder) / "bin" / "java") if folder else shutil.which("java")
    if java is None or not Path(java).is_file():
        return None
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    number = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(number[1]) if number else None


def spark_type(kind: str) -> str:
    """Return Spark's word for a type of DuckDB's.

    Examples
    --------
    >>> spark_type('STRUCT("shelf" VARCHAR, "position" BIGINT)[]')
    'ARRAY<STRUCT<`shelf`: STRING, `position`: BIGINT>>'
    """
    inside = kind.removesuffix("[]")
    if inside != kind:
        return f"ARRAY<{spark_type(inside)}>"
    if not kind.startswith("STRUCT("):
        return _SPARK_NAMES.get(kind, kind)
    fields = (field.strip().split(" ", 1) for field in _fields(kind[len("STRUCT(") : -1]))
    named = ", ".join(f"`{name.strip(chr(34))}`: {spark_type(each)}" for name, each in fields)
    return f"STRUCT<{named}>"


def _fields(text: str) -> Iterator[str]:
    """Split at the commas that stand in no bracket."""
    depth, start = 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def _address(path: Path) -> str:
    """Return the address of a local path, whatever Spark's own default is."""
    return f"file:{path.absolute()}"


def plain(column: Any) -> NDArray[Any]:
    """Return a column DuckDB fetched without its mask: a missing number is NaN, a missing text ``None``."""
    values: NDArray[Any] = np.ma.getdata(column)
    missing: NDArray[np.bool_] = np.ma.getmaskarray(column)
    if not missing.any():
        return values
    empty = None if values.dtype.kind == "O" else np.nan
    filled = values.astype(object if empty is None else np.float64)
    filled[missing] = empty
    return filled


@contextmanager
def _told_by_duckdb() -> Iterator[None]:
    """Name DuckDB when it fails."""
    try:
        yield
    except duckdb.InterruptException:
        raise  # whoever interrupts it knows why
    except duckdb.OutOfMemoryException as error:
        raise OutOfMemory(f"DuckDB: {str(error).splitlines()[0]}") from error
    except duckdb.Error as error:
        raise StorageUnavailable(f"DuckDB: {error}") from error


@contextmanager
def _told() -> Iterator[None]:
    """Name Spark when it fails."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise StorageUnavailable(f"Spark: {error}") from error
