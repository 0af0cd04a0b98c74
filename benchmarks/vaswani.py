"""Does our text ranking do what BM25 does? Ours on the Vaswani collection, beside what twelve other implementations gave.

The collection (NPL/Vaswani: 11,429 abstracts, 93 questions, people's judgements) and the others' figures are read from the
research data beside the project (`oracles/bm25`). Four ways, of the same texts and questions:

* ``passages``: the index of what is said, as it serves: a passage an abstract, its words folded and stemmed, BM25;
* ``entries``: the whole of ``focusing``, as it serves: nearness, phrases and episodes beside BM25 (first 20 places);
* ``words``: the same index of words as they are, for the others that do not stem;
* ``no_stop_words``: folded, stemmed and without English stop words, for the others that leave them out.

Judged by our own measures (map, nDCG@10, P@10, recall at 100 and 1,000). A *band* is from the lowest to the highest of the
others of the same kind of words; ours without stemming must lie in it, ours with stemming not below it.

    python benchmarks/vaswani.py --on DATE [--json FILE]
"""

import argparse
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tantivy

from machine import facts, sentence
from ritornello.kinds.transcripts import Segment
from ritornello.measures.matching import Judged, Ranked, match
from ritornello.measures.names import parse
from ritornello.surfaces.search import focusing, passage_index
from ritornello.surfaces.search.passage_index import Passages, Spoken
from ritornello.surfaces.search.terms import terms

MEASURES = {
    "map": "AP",
    "ndcg_cut_10": "nDCG@10",
    "P_10": "P@10",
    "recall_100": "R@100",
    "recall_1000": "R@1000",
}
DEPTH, N_ENTRIES = 1000, 20
N_SAMPLE = 3000
"""So many abstracts teach the gist, which entries alone are ranked by."""

STEMMED = "snowball"
_DOC = re.compile(r"<DOCNO>(\d+)</DOCNO>\s*(.*?)\s*</DOC>", re.DOTALL)
_QUERY = re.compile(r"<num>(\d+)</num><title>\s*(.*?)\s*</title>", re.DOTALL)
_WORD = re.compile(r"[a-z0-9]+")

Rank = Callable[[str], Sequence[str]]


class Collection(NamedTuple):
    """Abstracts and questions by number, and what people judged."""

    documents: dict[str, str]
    queries: dict[str, str]
    judged: Judged


def read(folder: Path) -> Collection:
    """Read the collection."""
    documents = dict(_DOC.findall((folder / "doc-text.trec").read_text()))
    queries = {
        n: " ".join(t.split()) for n, t in _QUERY.findall((folder / "query-text.trec").read_text())
    }
    rows = [line.split() for line in (folder / "qrels").read_text().splitlines()]
    topics, items, grades = (np.array([int(row[at]) for row in rows]) for at in (0, 2, 3))
    return Collection(documents, queries, Judged(topics, items, grades))


def said(documents: Mapping[str, str]) -> Iterator[Spoken]:
    """Yield every abstract as an episode of one breath."""
    for number, text in documents.items():
        yield Spoken(
            episode_id=number,
            segments=[Segment(text=" ".join(text.split()))] if text.strip() else [],
        )


def as_served(collection: Collection, folder: Path) -> dict[str, Rank]:
    """Return the index of what is said and all of focusing, as they serve."""
    documents = collection.documents
    sample = islice(said(documents), N_SAMPLE)
    passage_index.build(folder, said(documents), sample, np.random.default_rng(0))
    passages = Passages(folder)

    def of_passages(query: str) -> list[str]:
        hits = passages.matching(dict.fromkeys(terms(query)), DEPTH)
        return list(dict.fromkeys(hit.kept.episode_id for hit in hits))

    def of_entries(query: str) -> list[str]:
        found = focusing.find(passages, query, N_ENTRIES)
        return list(dict.fromkeys(entry.episode_id for entry in found))

    return {"passages": of_passages, "entries": of_entries}


def by_terms(documents: Mapping[str, str], analyse: Callable[[str], Sequence[str]]) -> Rank:
    """Return BM25 over the terms of an analysis, in an index as that of what is said."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("number", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("said", tokenizer_name="whitespace", index_option="position")
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(48 << 20, 1)
    for number, text in documents.items():
        document = tantivy.Document()
        document.add_text("number", number)
        document.add_text("said", " ".join(analyse(text)))
        writer.add_document(document)
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def rank(query: str) -> list[str]:
        asked = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "said", term))
            for term in dict.fromkeys(analyse(query))
        ]
        hits = searcher.search(tantivy.Query.boolean_query(asked), DEPTH, count=False).hits
        return [searcher.doc(at)["number"][0] for _, at in hits]

    return rank


def words(text: str) -> list[str]:
    """Return words as they are, as the others part them."""
    return _WORD.findall(text.lower())


def without_stop_words() -> Callable[[str], list[str]]:
    """Return the analysis that leaves English stop words out before it stems."""
    stop = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.stopword("english"))
        .build()
    )
    return lambda text: [term for word in stop.analyze(text.lower()) for term in terms(word)]


def judge(collection: Collection, rank: Rank) -> dict[str, float]:
    """Return what measures make of a ranking."""
    topics, items, scores = [], [], []
    for number, query in collection.queries.items():
        found = rank(query)
        topics += [int(number)] * len(found)
        items += map(int, found)
        scores += range(len(found), 0, -1)
    matched = match(
        Ranked(np.array(topics), np.array(items), np.array(scores)), collection.judged, "judged"
    )
    return {told: float(parse(name)(matched).mean()) for told, name in MEASURES.items()}


def bands(reference: Mapping[str, Any]) -> dict[str, dict[str, tuple[float, float]]]:
    """Return between what the others lie by measure, those of plain words and those that stem."""
    runs = {name: run["metrics"] for name, run in reference["runs"].items()}
    groups = {
        "plain": [m for name, m in runs.items() if STEMMED not in name],
        "stemmed": [m for name, m in runs.items() if STEMMED in name],
    }
    return {
        group: {name: (min(m[name] for m in of), max(m[name] for m in of)) for name in MEASURES}
        for group, of in groups.items()
    }


def measure(shared: Path) -> dict[str, Any]:
    """Return figures and bands."""
    folder = shared / "oracles/bm25"
    collection = read(folder / "vaswani")
    reference = json.loads((folder / "reference.json").read_text())
    began = time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        ways = as_served(collection, Path(scratch))
        ways["words"] = by_terms(collection.documents, words)
        ways["no_stop_words"] = by_terms(collection.documents, without_stop_words())
        ours = {name: judge(collection, rank) for name, rank in ways.items()}
    return {"ours": ours, "bands": bands(reference), "cpu_s": round(time.process_time() - began, 1)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--on", type=date.fromisoformat, required=True, help="the day, YYYY-MM-DD")
    parser.add_argument(
        "--shared", type=Path, default=Path(os.environ.get("RITORNELLO_SHARED", "../shared"))
    )
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = {**measure(arguments.shared), "machine": facts(arguments.on)}
    for name, values in found["ours"].items():
        print(f"{name:14}", *(f"{told} {value:.4f}" for told, value in values.items()))
    for name, band in found["bands"].items():
        print(
            f"others {name:7}",
            *(f"{told} {low:.4f}-{high:.4f}" for told, (low, high) in band.items()),
        )
    print(f"{found['cpu_s']} CPU s; {sentence(found['machine'])}")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
