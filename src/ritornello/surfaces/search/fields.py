"""How documents lie in the text index: the fields, how each is cut into terms, and what is looked up in which.

===========  ================================================================================
``whole``    each name without its spaces, as one term: the name itself, and slips in it
``opens``    the first letters of each ``whole``, up to eight: names that begin so
``words``    each word of names, credit and the rest
``starts``   the first letters of each word, up to eight: words that begin so
``kind``     one of ``documents.KINDS``
``id``       the item's id
``rank``     popularity and row in one number, so that one sort by it gives both
===========  ================================================================================
"""

from functools import cache
from importlib.metadata import version
from pathlib import Path

import tantivy

from ritornello.surfaces.search.documents import Document
from ritornello.surfaces.search.spelling import squeeze

LAYOUT = f"1 tantivy {version('tantivy')}"
"""Another layout or another tantivy is another format: an index of another one is made anew."""
LONGEST = 8
"""Beginnings are looked up by so many letters at most."""
LONGEST_NAME = 96
"""So many letters of a name are looked up as a whole."""
LONGEST_WORD = 48
N_WORDS = 100
ROW_BITS = 32
_POPULARITY_STEPS = (1 << 24) - 1
_RAW = ("whole", "kind", "id")
_GRAMS = ("opens", "starts")


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
    whole = list(dict.fromkeys(squeeze(name)[:LONGEST_NAME] for name in document.names))
    text = " ".join((*document.names, document.credit, document.words))
    words = list(dict.fromkeys(word[:LONGEST_WORD] for word in text.split()))[:N_WORDS]
    values = {
        "whole": whole,
        "opens": whole,
        "words": " ".join(words),
        "starts": words,
        "kind": document.kind,
        "id": document.item_id,
        "rank": ranked(row, popularity),
    }
    return tantivy.Document.from_dict(values, schema())


def ranked(row: int, popularity: float) -> int:
    """Return popularity and row as one number; the row is its last ``ROW_BITS``."""
    return int(popularity * _POPULARITY_STEPS) << ROW_BITS | row


def popularity_of(steps: int) -> float:
    """Return the popularity that so many steps of a rank stand for."""
    return steps / _POPULARITY_STEPS


def _ready(index: tantivy.Index) -> tantivy.Index:
    grams = tantivy.Tokenizer.ngram(1, LONGEST, prefix_only=True)
    for name, tokenizer in (("grams", grams), ("spaced", tantivy.Tokenizer.whitespace())):
        index.register_tokenizer(name, tantivy.TextAnalyzerBuilder(tokenizer).build())
    index.config_reader("manual")
    return index
