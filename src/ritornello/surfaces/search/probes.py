"""Which documents may be meant: a few looks into the text index, the narrowest first, until enough is found.

Each look is a query put together of terms and answered by popularity, so that it costs what its rarest term costs. As
written come the whole name, names that begin so, and all words in any order and any field. With leniency: slips in the
whole name, in single words, words split or joined; then two slips; and where all that finds nothing, some of the words.
"""

import sys
from collections.abc import Iterable, Iterator

import numpy as np
import tantivy
from tantivy import Occur, Query

from ritornello.surfaces.search.documents import KINDS
from ritornello.surfaces.search.fields import LONGEST, ranked, row_of, schema
from ritornello.surfaces.search.sought import Sought, n_slips

MOST = 200
"""A look brings so many documents at most, the most popular; with so many found nothing less near is looked for."""
MOST_A_KIND = 25
"""So many of each kind are looked for where one of several kinds could crowd out the others."""
ENOUGH = 5
"""With so many found as written nobody is taken to have slipped."""
SHORTEST_PART = 2

Found = dict[int, int]
"""Row → rank of what was found."""
Look = tuple[Query, int]
"""A query, and how many documents must be found already that it is not worth its cost."""
ALWAYS = sys.maxsize


def candidates(searcher: tantivy.Searcher, sought: Sought) -> Found:
    """Return the documents that may be meant, some hundreds at most."""
    found: Found = {}
    if not sought.wholes:
        return found
    for query, enough in _as_written(sought):
        if len(found) < enough:
            found |= _of_each_kind(searcher, query, sought)
    if sought.is_lenient:
        for query, enough in _with_slips(searcher, sought):
            if len(found) < enough:
                found |= _asked(searcher, query, sought.kinds or KINDS)
        if not found:
            found |= _some_words(searcher, sought)
    return found


def rarity(searcher: tantivy.Searcher, word: str) -> float:
    """Return the share of documents that do not have a word, in [0, 1]."""
    return 1.0 - searcher.doc_freq("words", word) / max(searcher.num_docs, 1)


def _as_written(sought: Sought) -> Iterator[Look]:
    """Yield the looks for a text as it stands."""
    yield _any(_term("whole", whole) for whole in sought.wholes), ALWAYS
    if sought.is_prefix:
        yield _any(_term("opens", whole[:LONGEST]) for whole in sought.wholes), ALWAYS
    yield _all([*map(_word, sought.words[:-1]), _last(sought)]), MOST


def _with_slips(searcher: tantivy.Searcher, sought: Sought) -> Iterator[Look]:
    """Yield further looks."""
    whole, words = sought.wholes[0], sought.words
    n = n_slips(whole)
    if n:
        yield _slipped("whole", whole, 1), ENOUGH if sought.is_prefix else MOST
    if n and sought.is_prefix:
        yield _slipped("opens", whole[:LONGEST], 1), ENOUGH
    yield from ((query, ENOUGH) for query in _respaced(searcher, words))
    if any(map(n_slips, words)):
        yield (
            _all([*map(_near, words[:-1]), _last(sought) if sought.is_open else _near(words[-1])]),
            ENOUGH,
        )
    if sought.is_open and n_slips(words[-1]):
        last = _slipped("starts", words[-1][:LONGEST], 1)
        yield _all([*map(_near, words[:-1]), last]), 1
    if n > 1:
        yield _slipped("whole", whole, 2), 1


def _respaced(searcher: tantivy.Searcher, words: tuple[str, ...]) -> Iterator[Query]:
    """Yield the texts with two words taken as one, or one as two, where the index has them so."""
    for place in range(len(words) - 1):
        joined = words[place] + words[place + 1]
        if searcher.doc_freq("words", joined):
            yield _all(map(_word, (*words[:place], joined, *words[place + 2 :])))
    for place, word in enumerate(words):
        if searcher.doc_freq("words", word):
            continue
        for at in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
            parts = word[:at], word[at:]
            if all(searcher.doc_freq("words", part) for part in parts):
                yield _all(map(_word, (*words[:place], *parts, *words[place + 1 :])))


def _some_words(searcher: tantivy.Searcher, sought: Sought) -> Found:
    """Look for documents with half of the words at least, the rare ones first."""
    if len(sought.words) < 2:
        return {}
    words = [*map(_near, sought.words[:-1]), _last(sought)]
    some = Query.boolean_query(
        [(Occur.Should, word) for word in words],
        minimum_number_should_match=max(1, len(words) // 2),
    )
    hits = searcher.search(_of_kinds(some, sought.kinds or KINDS), MOST, count=False).hits
    ranks = searcher.fast_field_values("rank", [address for _, address in hits])
    return _by_row(int(rank) for rank in ranks if rank is not None)


def _of_each_kind(searcher: tantivy.Searcher, query: Query, sought: Sought) -> Found:
    """Look for the most popular of all kinds, and where there are more than these, of each kind."""
    kinds = sought.kinds or KINDS
    found = _asked(searcher, query, kinds)
    if len(found) == MOST and len(kinds) > 1:
        n_of = np.bincount(ranked([*found.values()]).kinds, minlength=len(KINDS)).tolist()
        for kind in kinds:
            if n_of[KINDS.index(kind)] < MOST_A_KIND:
                found |= _asked(searcher, query, (kind,), MOST_A_KIND)
    return found


def _asked(
    searcher: tantivy.Searcher, query: Query, kinds: tuple[str, ...], n: int = MOST
) -> Found:
    found = searcher.search(_of_kinds(query, kinds), n, count=False, order_by_field="rank")
    return _by_row(rank for rank, _ in found.hits)


def _by_row(ranks: Iterable[int]) -> Found:
    return {row_of(rank): rank for rank in ranks}


def _of_kinds(query: Query, kinds: tuple[str, ...]) -> Query:
    if len(kinds) == len(KINDS):
        return query
    return _all([query, _any(_term("kind", kind) for kind in kinds)])


def _last(sought: Sought) -> Query:
    """Look for the last word, which may go on."""
    last = sought.words[-1]
    return _term("starts", last[:LONGEST]) if sought.is_open else _word(last)


def _word(word: str) -> Query:
    return _term("words", word)


def _near(word: str) -> Query:
    """Look for a word as written or with a slip."""
    return _slipped("words", word, 1) if n_slips(word) else _word(word)


def _slipped(field: str, text: str, distance: int) -> Query:
    return Query.fuzzy_term_query(schema(), field, text, distance)


def _term(field: str, text: str) -> Query:
    return Query.term_query(schema(), field, text, index_option="basic")


def _any(queries: Iterable[Query]) -> Query:
    found = list(queries)
    return found[0] if len(found) == 1 else Query.boolean_query([(Occur.Should, q) for q in found])


def _all(queries: Iterable[Query]) -> Query:
    found = list(queries)
    return found[0] if len(found) == 1 else Query.boolean_query([(Occur.Must, q) for q in found])
