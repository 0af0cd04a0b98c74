"""Are names found as they are typed, begun or slipped, and what does it cost? Ours, SQLite's FTS5 and plain tantivy, in one run.

The catalogue is ``worlds.titles`` (its docstring states the distributions): artists, albums and tracks, with plays. It is
stored as a home stores it, and indexed by a process of its own, whose CPU, wall time and peak memory are told.

Names of at least five printed letters count. *Known item.* Items are drawn evenly; the name is typed as printed with one
random slip: a letter inserted, left out, replaced, or two neighbours exchanged, each as likely, anywhere; letters come from a
to z, or from the name's own where it is not Latin. *Begun.* Items are drawn by plays, and the first half of what is printed
is typed, somebody still typing. A hit is the item, or another of the very same name (folded): nobody could tell them apart by name.
Answers are over all kinds together.

The others, each the way its documentation offers: FTS5 with ``unicode61`` and ``prefix='1 2 3'`` (all words, the last one
going on; where that finds nothing, any word), by bm25, and begun names by plays; FTS5 with ``trigram`` (any trigram of the
text, by bm25); tantivy's default tokenizer with all words fuzzy at one edit, two from eight letters on, and each word's BM25
on top; begun names by its fuzzy prefix at no edit. They get the first ``--n-others`` of the same queries, for they take long.

    python benchmarks/search_names.py --on DATE [--tracks 500000] [--artists 50000] [--json FILE]
"""

import argparse
import json
import resource
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import tantivy

from machine import facts, sentence
from ritornello.kinds.items import AnyItem
from ritornello.store.database import Readers, connect, create_tables, schema
from ritornello.store.home import Home
from ritornello.surfaces.search import building, versions
from ritornello.surfaces.search.index import Current, Index, Sought
from ritornello.surfaces.search.spelling import fold
from ritornello.worlds import titles

SEED = 20261121
SHORTEST = 5
LETTERS = "abcdefghijklmnopqrstuvwxyz"
TABLES = tuple(schema(f"ritornello.{room}") for room in ("catalog", "listeners", "surfaces"))
Find = Callable[[str], list[str]]


class Query(NamedTuple):
    """What is typed, and the folded name that was meant."""

    text: str
    name: str


class Catalogue(NamedTuple):
    """A catalogue in a home: ids, printed titles, folded names, plays, credits."""

    ids: list[str]
    titles: list[str]
    names: list[str]
    credits: list[str]
    n_plays: np.ndarray[Any, Any]

    @property
    def name_of(self) -> dict[str, str]:
        """Id → folded name."""
        return dict(zip(self.ids, self.names, strict=True))


def fill(home: Home, n_tracks: int, n_artists: int, seed: int = SEED) -> Catalogue:
    """Store a catalogue and its plays in a new home."""
    found = Catalogue([], [], [], [], titles.plays(n_tracks, n_artists, seed))
    with connect(home) as conn:
        create_tables(conn, TABLES)
        conn.execute("BEGIN")
        stored = _stored(titles.items(n_tracks, n_artists, seed), found)
        conn.executemany("INSERT INTO items VALUES (?, ?, ?, ?)", stored)
        plays = zip(found.ids, found.n_plays.tolist(), strict=True)
        of_tracks = [(i, n) for i, n in plays if n and i.startswith("track")]
        conn.executemany("INSERT INTO plays VALUES ('listener-1', ?, ?, 0, 0, 0)", of_tracks)
        conn.execute("COMMIT")
    conn.close()
    return found


def _stored(items: Iterable[AnyItem], found: Catalogue) -> Iterator[tuple[str, str, str, int]]:
    """Yield the rows of the table of items, keeping what is compared later."""
    for seq, item in enumerate(items, 1):
        found.ids.append(item.item_id)
        found.titles.append(item.title)
        found.names.append(fold(item.title))
        found.credits.append(getattr(item, "artist_name", ""))
        kind = item.item_id.partition(":")[0]
        yield item.item_id, kind, msgspec.json.encode(item).decode(), seq


def slipped(name: str, rng: np.random.Generator) -> str:
    """Return a name with one random slip."""
    own = [letter for letter in name if letter.isalpha()]
    letters = LETTERS if name.isascii() else own
    kind, at = int(rng.integers(4)), int(rng.integers(len(name)))
    letter = letters[int(rng.integers(len(letters)))]
    if kind == 0:
        return name[:at] + letter + name[at:]
    if kind == 1:
        return name[:at] + name[at + 1 :]
    if kind == 2:
        return name[:at] + letter + name[at + 1 :]
    at = min(at, len(name) - 2)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def are_long(catalogue: Catalogue) -> np.ndarray[Any, Any]:
    """Return which items have a name of enough letters."""
    return np.array([sum(map(str.isalpha, title)) >= SHORTEST for title in catalogue.titles])


def slips(catalogue: Catalogue, n: int, rng: np.random.Generator) -> list[Query]:
    """Draw ``n`` names evenly and type each with a slip."""
    drawn = rng.choice(np.flatnonzero(are_long(catalogue)), n).tolist()
    return [Query(slipped(catalogue.titles[i], rng), catalogue.names[i]) for i in drawn]


def halves(catalogue: Catalogue, n: int, rng: np.random.Generator) -> list[Query]:
    """Draw ``n`` names by plays and type the first half of each."""
    n_plays = catalogue.n_plays * are_long(catalogue)
    drawn = rng.choice(len(n_plays), n, p=n_plays / n_plays.sum()).tolist()
    texts = [catalogue.titles[i] for i in drawn]
    return [
        Query(text[: (len(text) + 1) // 2], catalogue.names[i])
        for i, text in zip(drawn, texts, strict=True)
    ]


def judge(find: Find, queries: Sequence[Query], name_of: dict[str, str]) -> dict[str, Any]:
    """Ask every query; return hits at 1, 5 and 10, and CPU µs of a query (mean, median, p99)."""
    hits: Counter[int] = Counter()
    took = []
    for query in queries:
        began = time.thread_time_ns()
        found = find(query.text)
        took.append((time.thread_time_ns() - began) / 1000)
        names = [name_of.get(item_id) for item_id in found[:10]]
        place = names.index(query.name) if query.name in names else None
        for k in (1, 5, 10):
            hits[k] += place is not None and place < k
    return {
        "n": len(queries),
        **{f"hit@{k}": round(hits[k] / len(queries), 4) for k in (1, 5, 10)},
        **_cost(took),
    }


def _cost(took_us: list[float]) -> dict[str, float]:
    median, p99 = np.percentile(took_us, (50, 99))
    return {
        "cpu_us_mean": round(float(np.mean(took_us))),
        "cpu_us_p50": round(float(median)),
        "cpu_us_p99": round(float(p99)),
    }


def costs(index: Index, catalogue: Catalogue, n: int, rng: np.random.Generator) -> dict[str, Any]:
    """Return what it costs to answer each letter typed of names drawn by plays."""
    odds = catalogue.n_plays / catalogue.n_plays.sum()
    drawn = [catalogue.titles[i] for i in rng.choice(len(odds), n, p=odds).tolist()]
    found = {}
    for n_letters in (1, 2, 3, 4, 5, 6, 8, 10, 12):
        typed = [text[:n_letters] for text in drawn if len(text) >= n_letters]
        took = []
        for text in typed:
            began = time.thread_time_ns()
            index.find(Sought(text, is_prefix=True), 20)
            took.append((time.thread_time_ns() - began) / 1000)
        found[str(n_letters)] = {"n": len(typed), **_cost(took)}
    return found


def build(path: str) -> dict[str, Any]:
    """Index a home; run in a process of its own."""
    home = Home(path)
    conn = connect(home, read_only=True)
    began, cpu = time.perf_counter(), time.process_time()
    built = building.build(home, conn, now=datetime.now(UTC))
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    folder = versions.current(home, "catalogue")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {
        "n_documents": built.n_documents,
        "wall_s": round(wall_s, 1),
        "cpu_s": round(cpu_s, 1),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "disk_mib": round(size / 2**20),
    }


class Fts5:
    """SQLite's full text, as its documentation offers it."""

    def __init__(self, catalogue: Catalogue, tokenizer: str) -> None:
        self.conn = sqlite3.connect(":memory:")
        more = ", prefix='1 2 3'" if tokenizer == "unicode61" else ""
        self.conn.execute(
            f"CREATE VIRTUAL TABLE t USING fts5(title, credit, tokenize='{tokenizer}'{more})"
        )
        self.conn.execute("CREATE TABLE plays (rowid INTEGER PRIMARY KEY, n INTEGER)")
        rows = zip(range(len(catalogue.ids)), catalogue.titles, catalogue.credits, strict=True)
        self.conn.executemany("INSERT INTO t (rowid, title, credit) VALUES (?, ?, ?)", rows)
        self.conn.executemany(
            "INSERT INTO plays VALUES (?, ?)", enumerate(catalogue.n_plays.tolist())
        )
        self.ids = catalogue.ids

    def ask(self, match: str, by: str = "rank") -> list[str]:
        """Return the best ten."""
        sql = f"SELECT t.rowid FROM t JOIN plays ON plays.rowid = t.rowid WHERE t MATCH ? ORDER BY {by} LIMIT 10"
        return [self.ids[row] for (row,) in self.conn.execute(sql, (match,))] if match else []

    def words(self, text: str) -> list[str]:
        """Find all words, else any."""
        words = _quoted(text)
        return self.ask(" AND ".join(words)) or self.ask(" OR ".join(words))

    def begun(self, text: str) -> list[str]:
        """Find all words, the last one going on, by plays."""
        words = _quoted(text)
        return self.ask(" AND ".join(words) + " *" if words else "", "plays.n DESC")

    def trigrams(self, text: str) -> list[str]:
        """Find any trigram."""
        plain = text.casefold()
        return self.ask(" OR ".join(f'"{_bare(plain[i : i + 3])}"' for i in range(len(plain) - 2)))


def _bare(text: str) -> str:
    return text.replace('"', '""')


def _quoted(text: str) -> list[str]:
    words = "".join(c if c.isalnum() else " " for c in text).split()
    return [f'"{word}"' for word in words]


class PlainTantivy:
    """tantivy with its default tokenizer, ranking and fuzzy queries."""

    def __init__(self, catalogue: Catalogue) -> None:
        builder = tantivy.SchemaBuilder()
        for name in ("title", "credit"):
            builder.add_text_field(name)
        builder.add_unsigned_field("row", fast=True)
        builder.add_unsigned_field("plays", fast=True)
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema)
        writer = self.index.writer(256_000_000, num_threads=1)
        columns = zip(catalogue.titles, catalogue.credits, catalogue.n_plays.tolist(), strict=True)
        for row, (title, credit, n) in enumerate(columns):
            values = {"title": title, "credit": credit, "row": row, "plays": n}
            writer.add_document(tantivy.Document.from_dict(values, self.schema))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()
        self.ids = catalogue.ids

    def words(self, text: str) -> list[str]:
        """Find all words with slips, those as written first."""
        parts = []
        for word in _plain_words(text):
            fuzzy = [
                tantivy.Query.fuzzy_term_query(self.schema, field, word, 1 + (len(word) >= 8))
                for field in ("title", "credit")
            ]
            parts.append((tantivy.Occur.Must, _any_of(fuzzy)))
            parts.append((tantivy.Occur.Should, self._term("title", word)))
        return self._best(parts)

    def begun(self, text: str) -> list[str]:
        """Find all words, the last one going on, by plays."""
        words = _plain_words(text)
        parts = [
            (tantivy.Occur.Must, _any_of([self._term(f, word) for f in ("title", "credit")]))
            for word in words[:-1]
        ]
        if words:
            last = [
                tantivy.Query.fuzzy_term_query(self.schema, f, words[-1], 0, prefix=True)
                for f in ("title", "credit")
            ]
            parts.append((tantivy.Occur.Must, _any_of(last)))
        return self._best(parts, order_by_field="plays")

    def _term(self, field: str, word: str) -> tantivy.Query:
        return tantivy.Query.term_query(self.schema, field, word)

    def _best(self, parts: list[tuple[tantivy.Occur, tantivy.Query]], **by: str) -> list[str]:
        if not parts:
            return []
        query = tantivy.Query.boolean_query(parts)
        hits = self.searcher.search(query, 10, count=False, **by).hits
        rows = self.searcher.fast_field_values("row", [address for _, address in hits])
        return [self.ids[int(row)] for row in rows]


def _any_of(queries: list[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _plain_words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text).lower().split()


def ours(index: Index, *, is_prefix: bool) -> Find:
    """Return our way to find."""
    return lambda text: index.find(Sought(text, is_prefix=is_prefix), 10).item_ids


def measure(catalogue: Catalogue, index: Index, n: int, n_others: int) -> dict[str, Any]:
    """Hold ours and the others against the same queries."""
    rng = np.random.default_rng(SEED)
    slip, half = slips(catalogue, n, rng), halves(catalogue, n, rng)
    name_of = catalogue.name_of
    found: dict[str, Any] = {
        "known item, one slip": {
            "ours": judge(ours(index, is_prefix=False), slip, name_of),
            "ours, still typing": judge(ours(index, is_prefix=True), slip, name_of),
        },
        "half the name, by plays": {"ours": judge(ours(index, is_prefix=True), half, name_of)},
        "letters typed": costs(index, catalogue, min(n, 2000), rng),
    }
    if n_others:
        some, begun = slip[:n_others], half[:n_others]
        words, trigram = Fts5(catalogue, "unicode61"), Fts5(catalogue, "trigram")
        plain = PlainTantivy(catalogue)
        found["known item, one slip"] |= {
            "FTS5 unicode61": judge(words.words, some, name_of),
            "FTS5 trigram": judge(trigram.trigrams, some, name_of),
            "plain tantivy": judge(plain.words, some, name_of),
        }
        found["half the name, by plays"] |= {
            "FTS5 unicode61": judge(words.begun, begun, name_of),
            "plain tantivy": judge(plain.begun, begun, name_of),
        }
    return found


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--tracks", type=int, default=500_000)
    parser.add_argument("--artists", type=int, default=50_000)
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--n-others", type=int, default=500)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(folder).create()
        catalogue = fill(home, options.tracks, options.artists)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            built = pool.submit(build, folder).result()
        print(json.dumps({"index": built}), flush=True)
        readers = Readers(home)
        current = Current(home, readers)
        index = current.refresh()
        figures = {"index": built, **measure(catalogue, index, options.n, options.n_others)}
        readers.close()
    for name, each in figures.items():
        print(name)
        for key, value in each.items():
            print(f"    {key}: {value}")
    machine = facts(options.on)
    text = json.dumps({"benchmark": "search_names", "machine": machine, **figures})
    if options.json:
        options.json.write_text(text + "\n")
    print(text)
    print(sentence(machine))


if __name__ == "__main__":
    main()
