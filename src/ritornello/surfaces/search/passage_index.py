"""The index of what is said: passages to enter, and the episodes they stand in.

A version is a folder with two text indexes and the gist their vectors are of. A passage keeps all that ranking
and entering need (its words, times, vector, chapter), so a search reads the passages it found and nothing
else. An episode is indexed whole beside them, with its title and description: what a passage speaks of is
often said minutes before it.

A whole version is built beside the one in use, an episode at a time: only a sample of passages, from which the
gist is learned, is ever in memory at once. One episode is put in anew within a commit of tantivy, so
readers see all of its passages or none; its vectors are folded into the gist there is.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from tantivy import Document, Index, IndexWriter, Occur, Query, Schema, SchemaBuilder, Searcher

from ritornello.kinds.transcripts import Chapter, Segment
from ritornello.store import artefacts
from ritornello.surfaces.search import gist
from ritornello.surfaces.search.cutting import Passage, cut_with_terms
from ritornello.surfaces.search.terms import terms

RULES = "passages/1"
"""Names how passages are cut and kept: an index of other rules is made anew."""
PASSAGES, EPISODES, GIST = "passages", "episodes", "gist"
HEAP_BYTES = 48 << 20
SMALL_HEAP_BYTES = 16 << 20
MAX_SAMPLE = 8_000
"""Passages the gist is learned from, at most."""

CHAPTER_SLACK_MS = 15_000
"""A chapter that begins so soon after a passage is what the passage speaks of."""

Floats = NDArray[np.float32]


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """An episode with what is said in it: all that the index reads."""

    episode_id: str
    title: str = ""
    show_title: str = ""
    description: str = ""
    segments: Sequence[Segment] = ()
    chapters: Sequence[Chapter] = ()


class Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A passage as it rests in the index, unread; ``number`` is its place in the episode."""

    episode_id: str
    number: int
    chapter: str
    vector: bytes
    body: msgspec.Raw

    @property
    def direction(self) -> Floats:
        """Return the passage's vector in the gist, of length one, or of zeros."""
        return np.frombuffer(self.vector, np.float16).astype(np.float32)

    def read(self) -> Passage:
        """Return the passage itself."""
        return _read_passage(self.body)


class Hit(NamedTuple):
    """A passage that holds what was looked for, and its BM25."""

    score: float
    kept: Kept


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Kept).decode
_read_passage = msgspec.msgpack.Decoder(Passage).decode


class Passages:
    """A version of the index, as it stood when it was opened or reloaded.

    Safe for many threads that read; whoever puts episodes in is alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._passages = Index.open(str(folder / PASSAGES))
        self._episodes = Index.open(str(folder / EPISODES))
        self.gist = _read_gist(folder)
        self.reload()

    def reload(self) -> None:
        """See what was put in since."""
        for index in (self._passages, self._episodes):
            index.reload()
        self._found, self._whole = self._passages.searcher(), self._episodes.searcher()

    @property
    def n_passages(self) -> int:
        """Return how many passages there are."""
        return self._found.num_docs

    def n_with(self, term: str) -> int:
        """Return in how many passages a term is said; those of episodes just replaced may count twice."""
        return self._found.doc_freq("said", term)

    def like(self, prefix: str) -> list[tuple[str, int]]:
        """Return the terms that begin so, with the number of passages that hold each."""
        return self._found.terms_with_prefix("said", prefix)

    def matching(
        self, asked: Iterable[str], n: int, episode_ids: Sequence[str] | None = None
    ) -> list[Hit]:
        """Return the passages that hold most of some terms, by BM25; within some episodes, where they are given."""
        if episode_ids is not None and not episode_ids:
            return []
        schema = self._passages.schema
        words = [(Occur.Should, Query.term_query(schema, "said", term)) for term in asked]
        query = Query.boolean_query(words)
        if episode_ids is not None:
            within = Query.const_score_query(
                Query.term_set_query(schema, "episode", list(episode_ids)), 0.0
            )
            query = Query.boolean_query([(Occur.Must, within), (Occur.Must, query)])
        return _hits(self._found, query, n)

    def phrase(
        self, words: Sequence[tuple[int, str]], n: int, episode_ids: Sequence[str] | None = None
    ) -> list[Hit]:
        """Return the passages that hold terms at these distances from each other (two at least)."""
        schema = self._passages.schema
        query = Query.phrase_query(schema, "said", list(words))
        if episode_ids is not None:
            within = Query.term_set_query(schema, "episode", list(episode_ids))
            query = Query.boolean_query([(Occur.Must, within), (Occur.Must, query)])
        return _hits(self._found, query, n)

    def episodes(self, asked: Iterable[str], n: int) -> dict[str, float]:
        """Return the episodes that hold most of some terms, with their BM25 over all that is said and told of them."""
        schema = self._episodes.schema
        words = [
            (Occur.Should, Query.term_query(schema, field, term))
            for term in asked
            for field in ("title", "about", "said")
        ]
        found = self._whole.search(Query.boolean_query(words), n, count=False).hits
        return {self._whole.doc(at)["episode"][0]: score for score, at in found}

    def put(self, spoken: Iterable[Spoken], gone: Iterable[str] = ()) -> int:
        """Put episodes in anew and take others out; return how many passages were put in."""
        writers = [index.writer(SMALL_HEAP_BYTES, 1) for index in (self._passages, self._episodes)]
        n_passages = 0
        for episode_id in gone:
            for writer in writers:
                writer.delete_documents_by_term("episode", episode_id)
        for one in spoken:
            for writer in writers:
                writer.delete_documents_by_term("episode", one.episode_id)
            n_passages += _add(writers, one, self.gist)
        _close(writers)
        self.reload()
        return n_passages


def build(
    folder: Path, spoken: Iterable[Spoken], sample: Iterable[Spoken], rng: np.random.Generator
) -> int:
    """Make a whole new version in an empty folder; return how many passages it holds.

    Parameters
    ----------
    sample : episodes the gist is learned from, at most ``MAX_SAMPLE`` passages of them; in an order of chance.
    """
    learned = _learned(sample, rng)
    artefact = artefacts.save(folder / GIST, gist.pack(learned), {})
    (folder / GIST / artefacts.POINTER).write_text(artefact)
    writers = []
    for name, schema in ((PASSAGES, _of_passages()), (EPISODES, _of_episodes())):
        (folder / name).mkdir()
        writers.append(Index(schema, path=str(folder / name)).writer(HEAP_BYTES, 1))
    n = sum(_add(writers, one, learned) for one in spoken)
    _close(writers)
    return n


def _learned(sample: Iterable[Spoken], rng: np.random.Generator) -> gist.Gist:
    texts: list[list[str]] = []
    for one in sample:
        texts += [said for _, said in cut_with_terms(one.segments, one.chapters)]
        if len(texts) >= MAX_SAMPLE:
            break
    return gist.train(texts[:MAX_SAMPLE], rng)


def _read_gist(folder: Path) -> gist.Gist:
    version = (folder / GIST / artefacts.POINTER).read_text()
    arrays, _ = artefacts.load(folder / GIST, version)
    return gist.unpack(arrays)


def _of_passages() -> Schema:
    schema = SchemaBuilder()
    schema.add_text_field("episode", tokenizer_name="raw", index_option="basic")
    schema.add_text_field("said", tokenizer_name="whitespace", index_option="position")
    schema.add_bytes_field("kept", stored=True)
    return schema.build()


def _of_episodes() -> Schema:
    schema = SchemaBuilder()
    schema.add_text_field("episode", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("title", "about", "said"):
        schema.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    return schema.build()


def _add(writers: Sequence[IndexWriter], one: Spoken, learned: gist.Gist) -> int:
    """Add an episode and its passages."""
    of_passages, of_episodes = writers
    passages = cut_with_terms(one.segments, one.chapters)
    texts = [said for _, said in passages]
    vectors = learned.of(texts).astype(np.float16)
    whole = Document()
    whole.add_text("episode", one.episode_id)
    whole.add_text("title", " ".join(terms(f"{one.show_title} {one.title}")))
    about = " ".join([one.description, *(chapter.title for chapter in one.chapters)])
    whole.add_text("about", " ".join(terms(about)))
    whole.add_text("said", " ".join(term for text in texts for term in text))
    of_episodes.add_document(whole)
    for number, (passage, text) in enumerate(passages):
        chapter = chapter_of(passage, one.chapters)
        body = msgspec.Raw(_encode(passage))
        kept = Kept(one.episode_id, number, chapter, vectors[number].tobytes(), body)
        document = Document()
        document.add_text("episode", one.episode_id)
        document.add_text("said", " ".join([*text, *terms(chapter)]))
        document.add_bytes("kept", _encode(kept))
        of_passages.add_document(document)
    return len(passages)


def chapter_of(passage: Passage, chapters: Sequence[Chapter]) -> str:
    """Return the title of the chapter a passage begins in; empty without one."""
    if passage.start_ms is None:
        return ""
    begun = [c for c in chapters if c.start_ms <= passage.start_ms + CHAPTER_SLACK_MS]
    return begun[-1].title if begun else ""


def _hits(searcher: Searcher, query: Query, n: int) -> list[Hit]:
    found = searcher.search(query, n, count=False).hits
    return [Hit(score, _decode(searcher.doc(at)["kept"][0])) for score, at in found]


def _close(writers: Iterable[IndexWriter]) -> None:
    for writer in writers:
        writer.commit()
        writer.wait_merging_threads()
