"""How documents lie in the text index: the fields, how each is cut into terms, and what is looked up in which.

===========  ================================================================================
``whole``    each name without its spaces, as one term: the name itself, and slips in it
``opens``    the first letters of each ``whole``, up to eight: names that begin so
``words``    each word of names, credit and the rest
``starts``   the first letters of each word, up to eight: words that begin so
``kind``     one of ``documents.KINDS``
``id``       the item's id
``rank``     popularity, kind and row in one number, so that one sort by popularity gives all three
===========  ================================================================================
"""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tantivy
from numpy.typing import NDArray

from ritornello.surfaces.search.documents import KINDS, Document
from ritornello.surfaces.search.spelling import squeeze

LAYOUT = f"1 tantivy {version('tantivy')}"
"""Another layout or another tantivy is another format: an index of another one is made anew."""
LONGEST = 8
"""Beginnings are looked up by so many letters at most."""
LONGEST_NAME = 96
"""So many letters of a name are looked up as a whole."""
LONGEST_WORD = 48
N_WORDS = 100
_ROW_BITS, _KIND_BITS, _POPULARITY_BITS = 32, 4, 24
_ROW = (1 << _ROW_BITS) - 1
_POPULARITY_STEPS = (1 << _POPULARITY_BITS) - 1
_CODE_OF_KIND = {kind: code for code, kind in enumerate(KINDS)}
_RAW = ("whole", "kind", "id")
_GRAMS = ("opens", "starts")


class Ranked(NamedTuple):
    """What ranks say of documents: their rows, their kinds as places in ``KINDS``, their popularity in [0, 1]."""

    rows: NDArray[np.int64]
    kinds: NDArray[np.int64]
    popularity: NDArray[np.float64]


@cache
def schema() -> tantivy.Schema:
    """Return the fields."""
    builder = tantivy.SchemaBuilder()
    for name in _RAW:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in _GRAMS:
        builder.add_text_field(name, tokenizer_name="grams", index_option="basic")
    builder.add_text_field("words", tokenizer_name="spaced", index_option="basic")
    builder.add_unsigned_field("rank", fast=True)
    return builder.build()


def new(folder: Path) -> tantivy.Index:
    """Make an index in an empty folder."""
    return _ready(tantivy.Index(schema(), path=str(folder)))


def opened(folder: Path) -> tantivy.Index:
    """Open the index in a folder.

    Raises
    ------
    ValueError : there is none.
    """
    return _ready(tantivy.Index.open(str(folder)))


def in_memory() -> tantivy.Index:
    """Make an index without a folder."""
    return _ready(tantivy.Index(schema()))


def laid_out(document: Document, row: int, popularity: float) -> tantivy.Document:
    """Return a document as its terms.

    Parameters
    ----------
    row : its place beside the index. ``popularity`` : in [0, 1].
    """
    laid = tantivy.Document()
    for name in document.names:
        whole = squeeze(name)[:LONGEST_NAME]
        laid.add_text("whole", whole)
        laid.add_text("opens", whole)
    text = " ".join((*document.names, document.credit, document.words))
    words = list(dict.fromkeys(word[:LONGEST_WORD] for word in text.split()))[:N_WORDS]
    laid.add_text("words", " ".join(words))
    for word in words:
        laid.add_text("starts", word)
    laid.add_text("kind", document.kind)
    laid.add_text("id", document.item_id)
    laid.add_unsigned("rank", rank_of(row, document.kind, popularity))
    return laid


def rank_of(row: int, kind: str, popularity: float) -> int:
    """Return popularity, kind and row as one number, which sorts by popularity."""
    steps = int(popularity * _POPULARITY_STEPS)
    return (steps << _KIND_BITS | _CODE_OF_KIND[kind]) << _ROW_BITS | row


def row_of(rank: int) -> int:
    """Return the row a rank is of."""
    return rank & _ROW


def ranked(ranks: Sequence[int]) -> Ranked:
    """Return what ranks say.

    Examples
    --------
    >>> ranked([rank_of(7, "artist", 1.0)])
    Ranked(rows=array([7]), kinds=array([1]), popularity=array([1.]))
    """
    whole = np.array(ranks, dtype=np.int64)
    kinds = (whole >> _ROW_BITS) & ((1 << _KIND_BITS) - 1)
    return Ranked(whole & _ROW, kinds, (whole >> (_ROW_BITS + _KIND_BITS)) / _POPULARITY_STEPS)


def _ready(index: tantivy.Index) -> tantivy.Index:
    grams = tantivy.Tokenizer.ngram(1, LONGEST, prefix_only=True)
    for name, tokenizer in (("grams", grams), ("spaced", tantivy.Tokenizer.whitespace())):
        index.register_tokenizer(name, tantivy.TextAnalyzerBuilder(tokenizer).build())
    index.config_reader("manual")
    return index
