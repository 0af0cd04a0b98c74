"""Are names found that a recogniser misheard? All its hypotheses by letter and by sound, against its best one as text.

The utterances are drawn by ``evaluate.mishearing``, whose rates were committed before anything here was written, and which
shares nothing with the sounds names are found by. What is asked for is drawn evenly by kind, and evenly within a kind, from two
catalogues: ``worlds.titles`` (500,000 tracks of 50,000 artists, with plays), and the 17,632 artists of HetRec Last.fm.
Right is the item, or another of its kind with the very same name (folded): nobody could tell them apart by name.

All find in the same index of the same build, and all take off what people say around a name:

=================  ==========================================================================================
``text``           the best hypothesis, as text, slips forgiven: what typing finds
``letters``        all hypotheses, compared by letters alone
``sounds``         the best hypothesis alone, by letters and by sound
``voice``          all hypotheses, by letters and by sound: what serves (``spoken``)
``lattice``        the same from a lattice instead of a list
=================  ==========================================================================================

Told are the mean reciprocal rank (of 20) over all utterances, over those whose best hypothesis is not what was said, and
over those in which nothing is; each one's ratio to ``text`` with its 95 % interval (bootstrap over utterances); CPU time of an
utterance; and how well the confidence of ``voice`` is calibrated, where one utterance in five asks for a name the catalogue
has not. ``--fit`` draws other utterances, fits the constants of that confidence to them (a logistic regression) and prints
them; nothing is judged on these.

    python benchmarks/search_voice.py --on DATE [--tracks 500000] [--shared FOLDER] [--utterances 1000] [--json FILE]
"""

import argparse
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from machine import facts, sentence
from ritornello.evaluate.mishearing import Misheard, Recogniser
from ritornello.evaluate.sounding import said
from ritornello.kinds.items import Artist
from ritornello.measures import calibration
from ritornello.measures.resampling import statistic_interval
from ritornello.store.database import connect, create_tables
from ritornello.store.home import Home
from ritornello.surfaces.search import building, versions
from ritornello.surfaces.search.carriers import readings
from ritornello.surfaces.search.hypotheses import Heard, read
from ritornello.surfaces.search.index import Index
from ritornello.surfaces.search.kept_rows import Row
from ritornello.surfaces.search.read_back import ACT, CONFIRM
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.search.sounded import USUAL, Weights, joined, nearness
from ritornello.surfaces.search.spelling import fold
from ritornello.surfaces.search.spoken import (
    LEAST_SCORE,
    Candidate,
    candidates,
    confidence_of,
    ranked,
    ways,
)
from ritornello.worlds import titles
from search_names import TABLES, Catalogue, fill

SEED, SEED_TO_FIT_BY = 20261121, 7
DEPTH = 20
MIN_USES, N_LISTED = 20, 40

Find = Callable[[Misheard], Sequence[Candidate]]


class Spoken(NamedTuple):
    """An utterance, what came back of it, and the ids of what was meant."""

    misheard: Misheard
    meant: frozenset[str]


def fill_artists(home: Home, shared: Path) -> Catalogue:
    """Store the artists of HetRec Last.fm in a new home; each once, though it has several spellings of some."""
    lines = (shared / "data/hetrec_lastfm/artists.dat").read_bytes().decode("utf-8").split("\n")
    named = [line.split("\t")[:2] for line in lines[1:] if line.count("\t") >= 2]
    items = [Artist(item_id=f"artist:h{number}", title=name) for number, name in named]
    found = Catalogue([], [], [], [], np.zeros(len(items), np.int64))
    with closing(connect(home)) as conn:
        create_tables(conn, TABLES)
        conn.execute("BEGIN")
        for seq, item in enumerate(items, 1):
            values = (item.item_id, "artist", msgspec.json.encode(item).decode(), seq)
            conn.execute("INSERT INTO items VALUES (?, ?, ?, ?)", values)
            found.ids.append(item.item_id)
            found.titles.append(item.title)
            found.names.append(fold(item.title))
            found.credits.append("")
        conn.execute("COMMIT")
    return found


def indexed(home: Home) -> Index:
    """Index a home and open what was made."""
    with closing(connect(home)) as conn:
        building.build(home, conn, now=datetime.now(UTC))
    folder = versions.current(home, "catalogue")
    return Index(folder)


def spoken(catalogue: Catalogue, n: int, seed: int) -> list[Spoken]:
    """Draw ``n`` utterances, evenly by kind and evenly within a kind; what cannot be spoken is not asked for."""
    words = Counter(word for name in catalogue.names for word in name.split())
    recogniser = Recogniser({word: n for word, n in words.items() if n >= MIN_USES})
    rows: dict[str, list[int]] = defaultdict(list)
    same: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row, (item_id, name) in enumerate(zip(catalogue.ids, catalogue.names, strict=True)):
        kind = item_id.partition(":")[0]
        rows[kind].append(row)
        same[kind, name].add(item_id)
    rng = np.random.default_rng(seed)
    found: list[Spoken] = []
    while len(found) < n:
        kind = sorted(rows)[len(found) % len(rows)]
        row = rows[kind][int(rng.integers(len(rows[kind])))]
        title, maker = catalogue.titles[row], catalogue.credits[row]
        if said(title):
            one = recogniser.hear(title, rng, kind=kind, maker=maker)
            found.append(Spoken(one, frozenset(same[kind, catalogue.names[row]])))
    return found


def strangers(n: int, seed: int) -> list[Spoken]:
    """Draw utterances that ask for what no catalogue has: names of another world."""
    items = list(titles.items(2000, 1000, seed=SEED + seed))
    recogniser, rng = Recogniser({}), np.random.default_rng((seed, 1))
    found: list[Spoken] = []
    while len(found) < n:
        item = items[int(rng.integers(len(items)))]
        if said(item.title):
            maker = getattr(item, "artist_name", "")
            kind = item.item_id.partition(":")[0]
            one = recogniser.hear(item.title, rng, kind=kind, maker=maker)
            found.append(Spoken(one, frozenset()))
    return found


def finders(index: Index) -> dict[str, Find]:
    """Return every way to find what was meant."""

    def text(one: Misheard) -> Sequence[Candidate]:
        words = readings(_heard(one).best)[0].words
        found = index.find(Sought(words), DEPTH)
        pairs = zip(found.item_ids, found.scores.tolist(), strict=True)
        return [Candidate(item_id, "", score) for item_id, score in pairs]

    def spelt(heard: Heard) -> list[Row]:
        found: dict[str, Row] = {}
        for each in heard.hypotheses:
            looked_up = index.found(Sought(readings(each.text)[0].words), N_LISTED)[0]
            found |= {row.item_id: row for row in looked_up}
        return list(found.values())

    def letters(one: Misheard) -> Sequence[Candidate]:
        heard = _heard(one)
        return _best(heard, spelt(heard), USUAL._replace(sounds=0.0))

    def sounds(one: Misheard) -> Sequence[Candidate]:
        heard = Heard(_heard(one).hypotheses[:1])
        return _best(heard, _candidates(heard, index), USUAL)

    def voice(one: Misheard) -> Sequence[Candidate]:
        heard = _heard(one)
        return _best(heard, _candidates(heard, index), USUAL)

    def lattice(one: Misheard) -> Sequence[Candidate]:
        heard = read(json.dumps(one.as_lattice))[0]
        return _best(heard, _candidates(heard, index), USUAL)

    return {"text": text, "letters": letters, "sounds": sounds, "voice": voice, "lattice": lattice}


def _heard(one: Misheard) -> Heard:
    return read(json.dumps(one.as_n_best))[0]


def _candidates(heard: Heard, index: Index) -> list[Row]:
    hypotheses = [ways(each.text) for each in heard.hypotheses]
    return candidates(hypotheses, [each.p or 0.0 for each in heard.hypotheses], index)


def _best(heard: Heard, rows: Sequence[Row], weights: Weights) -> Sequence[Candidate]:
    """Rank documents by what was heard, as ``spoken.understand`` does."""
    near = nearness([ways(each.text) for each in heard.hypotheses], rows, weights)
    p = [each.p or 0.0 for each in heard.hypotheses]
    return ranked(rows, joined(near, p, weights), None, DEPTH)


def judged(
    find: Find, utterances: Sequence[Spoken]
) -> tuple[np.ndarray, float, list[Sequence[Candidate]]]:
    """Return the reciprocal rank of each utterance, CPU ms of one, and what was found."""
    began = time.process_time()
    answers = [find(each.misheard) for each in utterances]
    cpu_ms = (time.process_time() - began) * 1000 / len(utterances)
    values = [
        next((1 / rank for rank, found in enumerate(answer, 1) if found.item_id in each.meant), 0.0)
        for answer, each in zip(answers, utterances, strict=True)
    ]
    return np.array(values), cpu_ms, answers


def measure(index: Index, utterances: Sequence[Spoken]) -> dict[str, Any]:
    """Hold every way of finding against the same utterances."""
    rank = np.array([each.misheard.rank for each in utterances])
    parts = {"all": rank >= 0, "misheard": rank != 1, "lost": rank == 0}
    base, found = np.zeros(0), {}
    for name, find in finders(index).items():
        values, cpu_ms, answers = judged(find, utterances)
        base = values if name == "text" else base
        found[name] = {
            "cpu_ms": round(cpu_ms, 1),
            **{part: against(values[kept], base[kept]) for part, kept in parts.items()},
        }
        if name == "voice":
            more = judged(find, strangers(len(utterances) // 4, SEED))[2]
            right = np.append(values == 1.0, np.zeros(len(more), np.bool_))
            found["confidence"] = calibrated([*answers, *more], right)
    return {"n": {part: int(kept.sum()) for part, kept in parts.items()}, **found}


def against(values: np.ndarray, base: np.ndarray) -> dict[str, Any]:
    """Return a mean reciprocal rank, and its ratio to that of text with its interval."""

    def ratio(weights: np.ndarray) -> float:
        return float(weights @ values / (weights @ base))

    rng = np.random.default_rng(SEED)
    found = statistic_interval(ratio, np.arange(len(values)), rng)
    return {
        "mrr": round(float(values.mean()), 4),
        "ratio": [round(value, 3) for value in (found.mean, found.low, found.high)],
    }


def calibrated(answers: Sequence[Sequence[Candidate]], right: np.ndarray) -> dict[str, Any]:
    """Return how far confidence and the share that is right agree, and what is acted on, confirmed and asked."""
    p = np.array([confidence_of(answer) for answer in answers])
    curve = calibration.reliability(p, right)
    does = {"act": p >= ACT, "confirm": (p >= CONFIRM) & (p < ACT), "ask": p < CONFIRM}
    return {
        "ece": round(curve.ece, 4),
        "bins": [[round(b.mean_p, 3), round(b.rate, 3), b.n] for b in curve.bins],
        **{
            name: {"share": round(float(those.mean()), 3), "right": _share(right[those])}
            for name, those in does.items()
        },
    }


def _share(right: np.ndarray) -> float | None:
    return round(float(right.mean()), 3) if len(right) else None


def fitted(asked: Sequence[tuple[Index, Sequence[Spoken]]]) -> list[float]:
    """Return the constants of the confidence that fit best over all catalogues (maximum likelihood)."""
    found = [
        judged(finders(index)["voice"], [*each, *strangers(len(each) // 4, SEED_TO_FIT_BY)])
        for index, each in asked
    ]
    values = np.concatenate([each[0] for each in found])
    pairs = [_scores(answer) for each in found for answer in each[2]]
    X = np.array([
        [1.0, np.log(max(first, LEAST_SCORE)), 1 - min(second / max(first, LEAST_SCORE), 1.0)]
        for first, second in pairs
    ])  # fmt: skip
    y = values == 1.0

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        eta = X @ at
        return float((np.logaddexp(0, eta) - y * eta).sum()), X.T @ (expit(eta) - y)

    found = minimize(loss, np.zeros(3), jac=True, method="L-BFGS-B")
    return [round(float(value), 2) for value in found.x]


def _scores(answer: Sequence[Candidate]) -> tuple[float, float]:
    """Return the scores of the first candidate and of the best of another name."""
    first = answer[0].score if answer else 0.0
    other = (each.score for each in answer[1:] if each.name != answer[0].name)
    return first, next(other, 0.0)


def catalogues(
    folder: Path, n_tracks: int, shared: Path | None
) -> Mapping[str, tuple[Index, Catalogue]]:
    """Make and index the catalogues."""
    made: dict[str, tuple[Index, Catalogue]] = {}
    home = Home(folder / "titles").create()
    catalogue = fill(home, n_tracks, n_tracks // 10)
    made["titles"] = indexed(home), catalogue
    if shared is not None:
        home = Home(folder / "hetrec").create()
        catalogue = fill_artists(home, shared)
        made["hetrec"] = indexed(home), catalogue
    return made


def main() -> None:
    """Measure, or fit."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--tracks", type=int, default=500_000)
    parser.add_argument("--shared", type=Path)
    parser.add_argument("--utterances", type=int, default=1000)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, Any] = {"machine": facts(asked.on, Path(folder))}
        made = catalogues(Path(folder), asked.tracks, asked.shared)
        seed = SEED_TO_FIT_BY if asked.fit else SEED
        utterances = {name: spoken(each[1], asked.utterances, seed) for name, each in made.items()}
        if asked.fit:
            found["fitted"] = fitted([(made[name][0], each) for name, each in utterances.items()])
        else:
            found |= {name: measure(made[name][0], each) for name, each in utterances.items()}
    print(sentence(found["machine"]))
    print(json.dumps({key: value for key, value in found.items() if key != "machine"}, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
