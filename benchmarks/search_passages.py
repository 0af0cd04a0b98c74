"""Is the minute found, and what does it cost? Ours, BM25 over whole episodes and over two-minute windows, in one run.

*Quoted.* Sentences of at least eight words as they are said, drawn evenly; right is who enters, at rank 1, within 15 s of
where the sentence begins. Sentences said more than once are right wherever they are said (their number is told).
*Half remembered.* Five of the eight rarest words of such a sentence, in any order. *Titles.* The titles of episodes, read off
the names of the files, looked for in what is said alone (titles are in no index), and again with titles indexed, as a
service has them; right is the episode, at rank 1 and at rank 3 or better.

The others have the same terms (``search.terms``) and tantivy's BM25 of all of them: one document an episode, entered at its
beginning; one document every two minutes of it, beginning every minute (TREC Podcasts), entered where it begins. For these,
*within* counts a window that holds the sentence, wherever in it.

Parameters were chosen on every other episode; what is reported is asked of the others, with all episodes in the index.

*Chapters.* Excerpts of five to nine minutes of different episodes are laid end to end; made chapters are compared with the
joints by WindowDiff and P_k on a grid of ten seconds (0 is perfect), beside even spacing and none.

*Size.* ``worlds.talks`` (its docstring states the distributions) is written into a home, indexed by a process of its own, and
asked: CPU milliseconds a query on one core, an episode put in anew, bytes on disk, peak memory.

    python benchmarks/search_passages.py --on DATE [--shared ../shared] [--hours 1000] [--half 0|1] [--json FILE]
"""

import argparse
import json
import re
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tantivy
from msgspec.structs import replace

from machine import facts, sentence
from ritornello.catalog import items, transcripts
from ritornello.intake import captions
from ritornello.kinds.transcripts import Segment
from ritornello.measures import boundaries
from ritornello.store.database import Readers, connect, create_tables, execute_rows, schema
from ritornello.store.home import Home
from ritornello.surfaces.search import chaptering, focusing, passage_building, passage_index
from ritornello.surfaces.search.passage_index import Passages, Spoken
from ritornello.surfaces.search.terms import terms
from ritornello.worlds.talks import talks

SEED = 20261121
WITHIN_MS = 15_000
WINDOW_MS, STEP_MS = 120_000, 60_000
GRID_MS = 10_000
LEAST_WORDS = 8
N_REMEMBERED, N_RAREST = 5, 8
_END = re.compile(r"[.!?][\"')]*(?=\s|$)")


class Place(NamedTuple):
    """Where a searcher enters: an episode, from when and until when."""

    episode_id: str
    start_ms: int
    end_ms: int


class Said(NamedTuple):
    """A sentence, and where it is said."""

    text: str
    places: tuple[tuple[str, int], ...]


Find = Callable[[str, int], list[Place]]


def read(folder: Path) -> list[Spoken]:
    """Read the timed transcripts; titles are the names of the files without their numbers."""
    found = []
    for file in sorted(folder.glob("*.vtt")):
        number, _, title = file.stem.partition("-")
        segments, _ = captions.read(file.read_bytes())
        title = title.replace("-", " ")
        found.append(Spoken(episode_id=f"episode:{number}", title=title, segments=segments))
    return found


def sentences(segments: Sequence[Segment]) -> Iterator[tuple[str, int]]:
    """Yield sentences as they are said, and when each begins, by its place in its cue."""
    gathered, start_ms = "", 0.0
    for segment in segments:
        text, at = segment.text, 0
        begin, lasts = segment.start_ms or 0, (segment.end_ms or 0) - (segment.start_ms or 0)
        for end in [*(found.end() for found in _END.finditer(text)), len(text)]:
            part = text[at:end].strip()
            if part and not gathered:
                start_ms = begin + lasts * at / len(text)
            gathered = f"{gathered} {part}".strip()
            if _END.search(gathered[-3:]):
                yield gathered.lstrip("->– "), round(start_ms)
                gathered = ""
            at = end


class Heard:
    """Every term of every episode with the time it is said, to find all places of a sentence."""

    def __init__(self, spoken: Sequence[Spoken]) -> None:
        self._streams: dict[str, tuple[list[str], list[int]]] = {}
        self._begun: dict[tuple[str, ...], list[tuple[str, int]]] = {}
        for one in spoken:
            words, times = [], []
            for segment in one.segments:
                found = terms(segment.text)
                begin, end = segment.start_ms or 0, segment.end_ms or 0
                times += [begin + (end - begin) * i // len(found) for i in range(len(found))]
                words += found
            self._streams[one.episode_id] = (words, times)
            for at in range(len(words) - 3):
                self._begun.setdefault(tuple(words[at : at + 4]), []).append((one.episode_id, at))

    def places(self, text: str) -> tuple[tuple[str, int], ...]:
        """Return every place where the terms of a text are said in a row."""
        asked = terms(text)
        found = []
        for episode_id, at in self._begun.get(tuple(asked[:4]), ()):
            words, times = self._streams[episode_id]
            if words[at : at + len(asked)] == asked:
                found.append((episode_id, times[at]))
        return tuple(found)


def quoted(spoken: Sequence[Spoken], heard: Heard, n: int, rng: np.random.Generator) -> list[Said]:
    """Draw sentences of at least eight words."""
    found = [
        (text, one.episode_id, start_ms)
        for one in spoken
        for text, start_ms in sentences(one.segments)
        if len(text.split()) >= LEAST_WORDS
    ]
    drawn = [found[i] for i in rng.permutation(len(found))[:n]]
    return [Said(text, ((who, at), *heard.places(text))) for text, who, at in drawn]


def half_remembered(
    said: Sequence[Said], n_with: Callable[[str], int], rng: np.random.Generator
) -> list[Said]:
    """Keep five of the eight rarest words of each sentence, in any order."""
    found = []
    for one in said:
        words = list(dict.fromkeys(one.text.split()))
        rare = sorted(words, key=lambda word: min([n_with(t) for t in terms(word)] or [1 << 30]))
        kept = rng.permutation(rare[:N_RAREST])[:N_REMEMBERED]
        found.append(one._replace(text=" ".join(kept.tolist())))
    return found


class Ours:
    """Passages, as they are served."""

    def __init__(self, passages: Passages, weights: focusing.Weights = focusing.WEIGHTS) -> None:
        self._passages, self._weights = passages, weights

    def __call__(self, text: str, n: int) -> list[Place]:
        """Return where to enter."""
        found = focusing.find(self._passages, text, n, weights=self._weights)
        return [Place(one.episode_id, one.start_ms or 0, one.end_ms or 0) for one in found]


class Plain:
    """BM25 over documents: whole episodes, or windows of them."""

    def __init__(self, documents: Sequence[tuple[Place, list[str]]]) -> None:
        self._places = [place for place, _ in documents]
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("said", tokenizer_name="whitespace", index_option="freq")
        builder.add_unsigned_field("row", fast=True)
        self._schema = builder.build()
        index = tantivy.Index(self._schema)
        writer = index.writer(32_000_000, 1)
        for row, (_, words) in enumerate(documents):
            document = tantivy.Document()
            document.add_text("said", " ".join(words))
            document.add_unsigned("row", row)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()

    def __call__(self, text: str, n: int) -> list[Place]:
        """Return the best documents."""
        query = tantivy.Query.boolean_query([
            (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "said", term))
            for term in dict.fromkeys(terms(text))
        ])  # fmt: skip
        hits = self._searcher.search(query, n, count=False).hits
        rows = self._searcher.fast_field_values("row", [at for _, at in hits]) if hits else []
        return [self._places[int(row or 0)] for row in rows]


def whole(spoken: Sequence[Spoken]) -> Plain:
    """Index one document an episode."""
    return Plain([
        (Place(one.episode_id, 0, one.segments[-1].end_ms or 0), [
            *terms(one.title), *(term for segment in one.segments for term in terms(segment.text))
        ])
        for one in spoken
    ])  # fmt: skip


def windows(spoken: Sequence[Spoken]) -> Plain:
    """Index two minutes of each episode, beginning every minute."""
    documents = []
    for one in spoken:
        end_ms = one.segments[-1].end_ms or 0
        for begin in range(0, end_ms, STEP_MS):
            within = [s for s in one.segments if begin <= (s.start_ms or 0) < begin + WINDOW_MS]
            said = [term for segment in within for term in terms(segment.text)]
            place = Place(one.episode_id, begin, begin + WINDOW_MS)
            documents.append((place, [*terms(one.title), *said]))
    return Plain(documents)


def entered(find: Find, asked: Sequence[Said]) -> dict[str, Any]:
    """Return how often a sentence is entered in time at ranks 1 and 3, and how often a window holds it."""
    first, third, within, episode = 0, 0, 0, 0
    for one in asked:
        found = find(one.text, 3)
        near = [
            any(p.episode_id == who and abs(p.start_ms - at) <= WITHIN_MS for who, at in one.places)
            for p in found
        ]
        first += any(near[:1])
        third += any(near)
        within += any(
            p.episode_id == who and p.start_ms <= at + 1_000 and at <= p.end_ms
            for p in found[:1]
            for who, at in one.places
        )
        episode += bool(found) and found[0].episode_id in {who for who, _ in one.places}
    n = max(len(asked), 1)
    shares = {"within 15 s": first / n, "at rank 3": third / n, "within": within / n}
    return {key: round(value, 4) for key, value in {**shares, "episode": episode / n}.items()}


def titled(find: Find, asked: Sequence[Spoken], depth: int = 100) -> dict[str, Any]:
    """Return how often a title finds its episode first, among three, and the mean reciprocal rank."""
    ranks = []
    for one in asked:
        ids = list(dict.fromkeys(place.episode_id for place in find(one.title, depth)))
        ranks.append(1 + ids.index(one.episode_id) if one.episode_id in ids else 0)
    found = np.array(ranks)
    return {
        "n": len(ranks),
        "rank 1": round(float((found == 1).mean()), 4),
        "rank 3": round(float(((found > 0) & (found <= 3)).mean()), 4),
        "MRR": round(float(np.where(found > 0, 1 / np.maximum(found, 1), 0.0).mean()), 4),
    }


def indexed(spoken: Sequence[Spoken], folder: Path) -> Passages:
    """Index episodes in a folder."""
    folder.mkdir()
    passage_index.build(folder, spoken, spoken, np.random.default_rng(SEED))
    return Passages(folder)


def quality(
    spoken: Sequence[Spoken], half: int, n: int, folder: Path, weights: focusing.Weights
) -> dict[str, Any]:
    """Ask the questions of every other episode of ours and of the others."""
    rng = np.random.default_rng(SEED)
    bare = [replace(one, title="") for one in spoken]
    ours, told = indexed(bare, folder / "bare"), indexed(spoken, folder / "told")
    asked = [one for row, one in enumerate(spoken) if row % 2 == half]
    said = quoted(asked, Heard(spoken), n, rng)
    part = half_remembered(said, ours.n_with, rng)
    finders: dict[str, tuple[Find, Find]] = {
        "ours": (Ours(ours, weights), Ours(told, weights)),
        "whole episodes": (whole(bare), whole(spoken)),
        "two-minute windows": (windows(bare), windows(spoken)),
    }
    several = sum(len({(who, at // WITHIN_MS) for who, at in one.places[1:]}) > 1 for one in said)
    return {
        "hours": round(sum(one.segments[-1].end_ms or 0 for one in spoken) / 3.6e6, 1),
        "passages": ours.n_passages,
        "sentences": len(said),
        "said more than once": several,
        "quoted": {name: entered(bare_find, said) for name, (bare_find, _) in finders.items()},
        "half remembered": {name: entered(find, part) for name, (find, _) in finders.items()},
        "titles, not indexed": {name: titled(find, asked) for name, (find, _) in finders.items()},
        "chapters of joined excerpts": chaptered(asked, 20, rng),
        "titles, indexed": {name: titled(find, asked) for name, (_, find) in finders.items()},
    }


def joined(
    spoken: Sequence[Spoken], rng: np.random.Generator, n_parts: int = 8
) -> tuple[list[Segment], list[int]]:
    """Lay excerpts of 5 to 9 minutes of different episodes end to end; return where each but the first begins."""
    segments: list[Segment] = []
    begins = []
    for row in rng.permutation(len(spoken))[:n_parts].tolist():
        end_ms = spoken[row].segments[-1].end_ms or 0
        first = int(rng.uniform(0.1, 0.7) * end_ms)
        last, at = (
            first + int(rng.uniform(300_000, 540_000)),
            segments[-1].end_ms if segments else 0,
        )
        begins.append(at or 0)
        segments += [
            replace(
                s,
                start_ms=(s.start_ms or 0) - first + begins[-1],
                end_ms=(s.end_ms or 0) - first + begins[-1],
            )
            for s in spoken[row].segments
            if first <= (s.start_ms or 0) < last
        ]
    return segments, begins[1:]


def chaptered(spoken: Sequence[Spoken], n_talks: int, rng: np.random.Generator) -> dict[str, Any]:
    """Return how far made chapters are from where excerpts of different episodes were joined; less is better.

    Beside them even spacing that is told how many parts there are, and no chapters at all.
    """
    errors: dict[str, list[tuple[float, float]]] = {
        "ours": [],
        "even, number known": [],
        "none": [],
    }
    n_made = []
    for _ in range(n_talks):
        segments, begins = joined(spoken, rng)
        end_ms = segments[-1].end_ms or 0
        found = [chapter.start_ms for chapter in chaptering.chapters_of(segments)][1:]
        n_made.append(len(found))
        even = np.linspace(0, end_ms, len(begins) + 2)[1:-1].astype(int).tolist()
        reference = _grid(begins, end_ms)
        k = boundaries.half_a_part(reference)
        for name, marks in (("ours", found), ("even, number known", even), ("none", [])):
            grid = _grid(marks, end_ms)
            pair = boundaries.window_diff(reference, grid, k), boundaries.p_k(reference, grid, k)
            errors[name].append(pair)
    told = {
        name: dict(
            zip(("WindowDiff", "P_k"), np.mean(pairs, axis=0).round(3).tolist(), strict=True)
        )
        for name, pairs in errors.items()
    }
    return {"talks": n_talks, "joints each": 7, "made each": float(np.mean(n_made)), **told}


def _grid(marks_ms: Sequence[int], end_ms: int) -> Any:
    """Return boundaries on a grid of ten seconds."""
    grid = np.zeros(end_ms // GRID_MS + 1, np.bool_)
    grid[[ms // GRID_MS for ms in marks_ms]] = True
    return grid


def fill(home: Home, n_hours: float) -> tuple[list[str], dict[str, list[str]]]:
    """Write hours of talk into a home; return the episodes, and questions of each kind."""
    conn = connect(home)
    create_tables(conn, [schema("ritornello.catalog")])
    rng = np.random.default_rng(SEED)
    said, titles, ids = [], [], []
    conn.execute("BEGIN")
    for talk in talks(n_hours, rng):
        changes = transcripts.changes(talk.episode.item_id, talk.segments)
        for sql, rows in [*items.changes([talk.episode]), *changes]:
            execute_rows(conn, sql, rows)
        ids.append(talk.episode.item_id)
        titles.append(talk.episode.title)
        said += [talk.segments[row].text for row in rng.integers(0, len(talk.segments), 3)]
    conn.execute("COMMIT")
    conn.close()
    chosen = rng.permutation(said)[:500].tolist()
    return ids, {
        "a sentence": chosen,
        "a title": rng.permutation(titles)[:300].tolist(),
        "one word": [text.split()[0] for text in chosen[:300]],
        "two words": [" ".join(text.split()[:2]) for text in chosen[:300]],
        "a slip": [text[:7] + "q" + text[7:] for text in chosen[:300]],
        "ten thousand characters": [" ".join(chosen)[:10_000]] * 50,
        "in one episode": chosen[:300],
    }


def build(folder: str) -> dict[str, Any]:
    """Build the index of a home, alone in a process; return what it took."""
    home = Home(folder)
    conn = connect(home, read_only=True)
    cpu, wall = time.process_time(), time.perf_counter()
    built = passage_building.build(home, conn, np.random.default_rng(SEED))
    files = [path.stat().st_size for path in built.folder.rglob("*") if path.is_file()]
    return {
        "episodes": built.n_episodes,
        "passages": built.n_passages,
        "CPU s": round(time.process_time() - cpu, 1),
        "wall s": round(time.perf_counter() - wall, 1),
        "MiB on disk": round(sum(files) / (1 << 20), 1),
        "peak MiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0),
    }


def size(n_hours: float, folder: Path) -> dict[str, Any]:
    """Index hours of talk, ask them, and put one episode in anew."""
    home = Home(folder / "home").create()
    ids, asked = fill(home, n_hours)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        built = pool.submit(build, str(home.path)).result()
    readers = Readers(home)
    current = passage_building.Current(home, readers)
    passages = current.refresh()
    if passages is None:
        raise SystemExit(current.trouble)
    costs = {}
    for name, texts in asked.items():
        within = ids[0] if name == "in one episode" else None
        focusing.find(passages, texts[0], 10, within)
        took = []
        for text in texts:
            began = time.process_time()
            focusing.find(passages, text, 10, within)
            took.append(1000 * (time.process_time() - began))
        costs[name] = {f"p{p}": round(float(np.percentile(took, p)), 1) for p in (50, 95, 99)}
    costs["put in anew"] = put_anew(home, current, ids[: min(20, len(ids))])
    current.close()
    readers.close()
    return {"hours": n_hours, "index": built, "CPU ms": costs}


def put_anew(home: Home, current: passage_building.Current, ids: Sequence[str]) -> dict[str, float]:
    """Change some transcripts, one at a time; return how long until each is found again."""
    conn = connect(home)
    cpu, wall = [], []
    for episode_id in ids:
        segments = transcripts.of(conn, episode_id)
        for sql, rows in transcripts.changes(episode_id, segments):
            execute_rows(conn, sql, rows)
        began, began_wall = time.process_time(), time.perf_counter()
        current.refresh()
        cpu.append(1000 * (time.process_time() - began))
        wall.append(1000 * (time.perf_counter() - began_wall))
    conn.close()
    return {"p50": round(float(np.median(cpu)), 1), "worst wall": round(max(wall), 1)}


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--hours", type=float, default=1000.0, help="of talk; 0 leaves size out")
    parser.add_argument(
        "--half", type=int, default=1, help="0: the episodes parameters are chosen on"
    )
    parser.add_argument("--n", type=int, default=1000, help="sentences")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        spoken = read(options.shared / "data/transcripts/talkpython")
        if spoken:
            place = Path(folder)
            figures |= quality(spoken, options.half, options.n, place, focusing.WEIGHTS)
        if options.hours:
            figures["size"] = size(options.hours, Path(folder))
    for name, each in figures.items():
        print(name, "" if isinstance(each, dict) else each)
        for key, value in each.items() if isinstance(each, dict) else ():
            print(f"    {key}: {value}")
    machine = facts(options.on)
    text = json.dumps({"benchmark": "search_passages", "machine": machine, **figures})
    if options.json:
        options.json.write_text(text + "\n")
    print(text)
    print(sentence(machine))


if __name__ == "__main__":
    main()
