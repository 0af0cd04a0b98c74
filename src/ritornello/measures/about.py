"""What measures beyond accuracy must know besides the lists: popularity, traits, vectors, histories, earlier lists.

Everything is plain arrays; topics and items are numbers. A field that nobody can say stays empty, and a measure that
needs it is refused by name.
"""

from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.kinds.errors import BadValue
from ritornello.measures.diversity import unit

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

NOTHING = -1
"""What stands where a list is shorter than the array it is kept in."""


class Lists(msgspec.Struct, frozen=True, eq=False):
    """Lists as they were shown: ``items`` is (n_lists, length), best first, −1 after the last one; ``topics`` says whose."""

    topics: IntArray
    items: IntArray

    def first(self, k: int | None) -> "Lists":
        """Return the first k places of each list, or all of them."""
        return Lists(self.topics, self.items[:, :k])


class Entries(msgspec.Struct, frozen=True, eq=False):
    """The cells of a table that are not 0: (n,) rows, columns and values."""

    rows: IntArray
    columns: IntArray
    values: FloatArray

    def matrix(self, n_rows: int, n_columns: int) -> csr_matrix:
        """Return them as a sparse matrix; cells named twice are summed.

        Raises
        ------
        BadValue : a cell outside the table, or a value below 0 or not finite.
        """
        inside = (self.rows >= 0) & (self.rows < n_rows)
        inside &= (self.columns >= 0) & (self.columns < n_columns)
        fit = inside & np.isfinite(self.values) & (self.values >= 0)
        if not fit.all():
            raise BadValue(
                f"{int((~fit).sum())} of {len(fit)} entries lie outside {n_rows} × {n_columns} "
                "or have a value below 0 or not finite; leave them out before"
            )
        place = (self.rows, self.columns)
        return csr_matrix((self.values, place), shape=(n_rows, n_columns), dtype=np.float64)


class About(msgspec.Struct, frozen=True, eq=False, kw_only=True, dict=True):
    """What is known about topics and items, as of when the lists were made; ``None`` where nobody can say.

    Attributes
    ----------
    n_topics, n_items : how many there are; items number the whole catalogue, listed or not.
    popularity : (n_items,) how many listeners had heard each item.
    n_listeners : how many listeners ``popularity`` counts among.
    traits : rows are items, columns traits (genres, artists); how much of an item each trait is.
    vectors : (n_items, n_factors); a row of zeros is an item without a vector.
    histories : rows are topics, columns items; how often the listener had heard each.
    relevant : rows are topics, columns items; a value above 0 is what turned out to be right, such as a grade.
    earlier : the lists shown the days before; a topic may have several, or none.
    expected : the lists anybody would have made, such as the most popular; one a topic.
    """

    n_topics: int
    n_items: int
    popularity: FloatArray | None = None
    n_listeners: int | None = None
    traits: Entries | None = None
    vectors: FloatArray | None = None
    histories: Entries | None = None
    relevant: Entries | None = None
    earlier: Lists | None = None
    expected: Lists | None = None

    def stated(self, need: str) -> Any:
        """Return a field, such as ``popularity``, that a measure cannot do without.

        Raises
        ------
        BadValue : nobody stated it.
        """
        if (found := getattr(self, need)) is None:
            raise BadValue(f"this measure needs {need}, which was not stated about these lists")
        return found

    @cached_property
    def heard(self) -> csr_matrix:
        """How often each topic's listener had heard each item: ``histories`` as a matrix."""
        return self.stated("histories").matrix(self.n_topics, self.n_items)

    @cached_property
    def right(self) -> csr_matrix:
        """What turned out to be right for each topic: ``relevant`` as a matrix; grades below 0 are worth 0."""
        judged: Entries = self.stated("relevant")
        worth = np.maximum(judged.values, 0)
        return Entries(judged.rows, judged.columns, worth).matrix(self.n_topics, self.n_items)

    @cached_property
    def traits_of_items(self) -> csr_matrix:
        """How much of each item each trait is: ``traits`` as a matrix."""
        traits: Entries = self.stated("traits")
        return traits.matrix(self.n_items, int(traits.columns.max(initial=-1)) + 1)

    @cached_property
    def units(self) -> FloatArray:
        """The vectors at length 1."""
        return unit(self.stated("vectors"))


def lists_of(topics: IntArray, items: IntArray, scores: NDArray[Any]) -> Lists:
    """Return rows of topic, item and score as lists, best first.

    Scores are compared as float32 and ties go to the higher item, as in every measure of accuracy.

    Examples
    --------
    >>> lists_of(np.array([7, 3, 7]), np.array([0, 1, 2]), np.array([0.5, 1.0, 0.5])).items
    array([[ 1, -1],
           [ 2,  0]])
    """
    return with_scores(topics, items, scores)[0]


def with_scores(
    topics: IntArray, items: IntArray, scores: NDArray[Any]
) -> tuple[Lists, FloatArray]:
    """Return :func:`lists_of` these rows, and the score at each place; 0 after the last."""
    order = np.lexsort((-items, -scores.astype(np.float32), topics))
    whose, row, place = places_of(topics[order])
    shape = len(whose), int(place.max(initial=-1)) + 1
    listed_items, listed_scores = np.full(shape, NOTHING, dtype=np.int64), np.zeros(shape)
    listed_items[row, place] = items[order]
    listed_scores[row, place] = scores[order].astype(np.float32)
    return Lists(whose, listed_items), listed_scores


def places_of(topics: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return the topics there are, and of each row its topic's number among them and its place within it.

    Rows of a topic stand next to each other, topics rising.
    """
    whose, row, lengths = np.unique(topics, return_inverse=True, return_counts=True)
    place = np.arange(len(topics)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return whose.astype(np.int64), row, place


def listed(items: IntArray, n_items: int) -> csr_matrix:
    """Return lists as a matrix (n_lists, n_items) of how often each item stands on each."""
    rows, places = np.nonzero(items != NOTHING)
    cells = (np.ones(len(rows)), (rows, items[rows, places]))
    return csr_matrix(cells, shape=(len(items), n_items), dtype=np.float64)


def mean_over(items: IntArray, values: NDArray[Any]) -> FloatArray:
    """Return the mean over each list of what each of its places is worth; nan for an empty list.

    ``values`` are (n_lists, length), or (n_items,) where a place is worth what its item is.
    """
    here = items != NOTHING
    worth = values[np.maximum(items, 0)] if values.ndim == 1 else values
    return ratio(np.where(here, worth, 0.0).sum(axis=1), here.sum(axis=1))


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> FloatArray:
    """Return part / whole, nan where the whole is 0."""
    found = np.full(len(part), np.nan)
    np.divide(part, whole, out=found, where=np.asarray(whole != 0))
    return found
