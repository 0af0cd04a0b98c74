"""What can be found and meant right now: the catalogue, with what search computes of it once, made in the background.

The names most heard, the words and the rows they are said of, the space of meanings: all take longer than a request may,
and all follow from one stock of catalogue and models. A thread of its own follows both. What came into the catalogue can be
found by name at once (:func:`extended`: nothing is said of it yet, and it is nowhere in the space); what is said of it is
made anew with all the rest, after resting twenty times as long as that takes, so that a growing catalogue never costs more
than a twentieth of the time. Only the editors' rulings are always those of the instant somebody asks.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from sqlite3 import Connection

import msgspec
import numpy as np

from ritornello.catalog.postings import Postings, postings_of
from ritornello.catalog.rulings import Rulings
from ritornello.kinds.errors import ArtefactUnusable, Error
from ritornello.kinds.randomness import derive
from ritornello.models import space as spaces
from ritornello.models.space import Heard, Space
from ritornello.store.database import Readers
from ritornello.surfaces.search import grammar
from ritornello.surfaces.search import lexicon as lexicons
from ritornello.surfaces.search.closeness import BEGINS
from ritornello.surfaces.search.grammar import Reading
from ritornello.surfaces.search.ground import Ground
from ritornello.surfaces.search.index import Index
from ritornello.surfaces.search.language_model import Reader
from ritornello.surfaces.search.lexicon import Lexicon
from ritornello.surfaces.search.naming import N_NAMED, Named
from ritornello.surfaces.search.questions import Namesakes, namesakes_of
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.search.spelling import fold
from ritornello.surfaces.situation import Stock

log = logging.getLogger("ritornello.search")

REST_PER_WORK = 20
EXACT = 0.98
"""How near the index must find a name for a text to be that name."""


class Understood(msgspec.Struct, frozen=True):
    """One stock, and what can be meant in it."""

    stock: Stock
    postings: Postings
    space: Space | None
    lexicon: Lexicon
    namesakes: Namesakes

    def ground(
        self, index: Index, shown: Sequence[int] = (), reader: Reader | None = None
    ) -> Ground:
        """Return what a turn is understood against; each text is read once.

        Parameters
        ----------
        index : knows the names of the whole catalogue.
        shown : rows in the order the listener sees them.
        reader : a language model's, where one is set.
        """
        read_by = grammar.read if reader is None else reader.read
        readings: dict[str, Reading] = {}

        def read(text: str, lexicon: Lexicon) -> Reading:
            if text not in readings:
                names = partial(self._named, text, index)
                reading = read_by(text, lexicon, names)
                if reading.words and reading.chips and _begins_names(index, text):
                    reading = reading.as_text("names begin so")
                readings[text] = reading
            return readings[text]

        return Ground(self.lexicon, self.stock.view, shown, self.namesakes, read)

    def _named(self, text: str, index: Index, words: str) -> Sequence[Named]:
        """Return what some words of a text name: a maker, a name many know; of the whole text, anything of that name."""
        found = self.lexicon.makers(words)
        if found:
            return found
        rows: Iterable[int] = self.namesakes.get(fold(words), ())
        view = self.stock.view
        if not rows and words == text:
            exact = index.find(Sought(words, is_lenient=False), N_NAMED)
            near = zip(exact.item_ids, exact.scores.tolist(), strict=True)
            rows = [view.number[i] for i, score in near if score >= EXACT and i in view.number]
        return [Named.of(view, row) for row in rows]

    def under(self, rulings: Rulings) -> Stock:
        """Return the stock with the rulings of this instant, and all that was computed of it."""
        if rulings == self.stock.rulings:
            return self.stock
        stock = msgspec.structs.replace(self.stock, rulings=rulings)
        vars(stock).update(vars(self.stock))
        return stock


def _begins_names(index: Index, text: str) -> bool:
    """Whether names go on from a text as typed."""
    found = index.find(Sought(text, is_prefix=True, is_lenient=False), 1)
    return bool(len(found.scores) and found.scores[0] >= BEGINS)


def understand(stock: Stock, seed: int, before: Understood | None = None) -> Understood:
    """Compute of a stock what every search reads.

    Parameters
    ----------
    seed : the installation's, from which the space derives its own.
    before : what was made before; what cannot have changed is taken from it.
    """
    postings = postings_of(stock.view)
    _warmed(stock, postings)
    space = _space_of(stock, postings, seed, before)
    found = lexicons.of(stock.view, postings, space, before.lexicon if before else None)
    return Understood(stock, postings, space, found, namesakes_of(stock.view, stock.popularity))


def extended(stock: Stock, before: Understood) -> Understood:
    """Return what was understood before, of a stock with more rows: of the new ones nothing is known but their names."""
    n_new = len(stock.view) - len(before.stock.view)
    said = before.postings.said.copy()
    said.resize((said.shape[0], len(stock.view)))
    postings = Postings(before.postings.words, said)
    space = before.space
    if space is not None:
        space = Space(space.axes, np.pad(space.vectors, ((0, n_new), (0, 0))))
    _warmed(stock, postings)
    return Understood(stock, postings, space, before.lexicon, before.namesakes)


def _warmed(stock: Stock, postings: Postings) -> None:
    """Let a stock have these postings, and compute what the first search would have to wait for."""
    vars(stock)["postings"] = postings
    for name in ("has_playable", "popularity"):
        getattr(stock, name)


def _space_of(
    stock: Stock, postings: Postings, seed: int, before: Understood | None
) -> Space | None:
    """Return where words, artists and items lie; the axes are learned anew only with new models."""
    heard = _heard(stock)
    if before is not None and before.space is not None and before.stock.bundle is stock.bundle:
        axes = before.space.axes
    elif len(stock.view):
        axes = spaces.train(stock.view, postings, heard, derive(seed, "space"))
    else:
        return None
    return spaces.lay(axes, stock.view, postings, heard)


def _heard(stock: Stock) -> Heard | None:
    """Return how rows are heard, by the factors of the models in force; ``None`` where these cannot say."""
    if stock.bundle is None:
        return None
    try:
        factors = stock.bundle.ials.factors
    except ArtefactUnusable:
        return None
    return Heard.of(stock.rows, factors.astype(np.float32, copy=False))


@contextmanager
def _kept_in_use() -> Iterator[None]:
    """Go on with what was understood before where the home cannot be read right now."""
    try:
        yield
    except (sqlite3.Error, Error) as error:
        log.warning("what can be meant stays as it is: %s", error)


class Understanding:
    """The latest that was understood, for any number of threads; two of its own keep it up.

    One lets what came into the catalogue be found by name, also while the other makes all of it anew.

    Parameters
    ----------
    stock : reads the stock of this instant with a connection.
    seed : the installation's.
    seconds : a clock that never goes back.
    """

    def __init__(
        self,
        stock: Callable[[Connection], Stock],
        readers: Readers,
        seed: int,
        seconds: Callable[[], float],
    ) -> None:
        self._stock = stock
        self._readers = readers
        self._seed = seed
        self._seconds = seconds
        self._latest: Understood | None = None
        self._is_extended = False
        self._making = threading.Lock()
        self._showing = threading.Lock()
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def latest(self) -> Understood:
        """What was understood last; the very first is waited for."""
        return self._latest or self.refresh()

    def refresh(self) -> Understood:
        """Make all of it anew where it no longer holds; return what holds now."""
        with self._making:
            before = self._latest
            if before is None or self._no_longer_holds():
                stock = self._stock(self._readers.connection)
                return self._show(understand(stock, self._seed, before))
            return before

    def follow(self) -> None:
        """Let what came into the catalogue be found at once; what else changed waits for all to be made anew."""
        with self._showing:
            stock, before = self._stock(self._readers.connection), self._latest
            if before is None or before.stock.bundle is not stock.bundle:
                return
            if before.stock.view is not stock.view:
                self._latest, self._is_extended = extended(stock, before), True

    def watch(self, every_s: float) -> None:
        """Follow every ``every_s`` seconds until closed, and make all anew after resting."""
        for name, work in (("following", self._follow), ("understanding", self._remake)):
            thread = threading.Thread(target=work, args=(every_s,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Stop watching; what was understood stays usable."""
        self._closed.set()
        for thread in self._threads:
            thread.join()

    def _no_longer_holds(self) -> bool:
        """Whether anything changed since all of it was made."""
        stock, before = self._stock(self._readers.connection), self._latest
        same = before is not None and before.stock.view is stock.view
        return self._is_extended or not same or self._has_other_models()

    def _has_other_models(self) -> bool:
        bundle = self._stock(self._readers.connection).bundle
        return self._latest is None or self._latest.stock.bundle is not bundle

    def _show(self, made: Understood) -> Understood:
        """Put in use what was made, with what came into the catalogue meanwhile."""
        with self._showing:
            stock = self._stock(self._readers.connection)
            same = made.stock.bundle is stock.bundle
            self._is_extended = same and made.stock.view is not stock.view
            self._latest = extended(stock, made) if self._is_extended else made
            return self._latest

    def _follow(self, every_s: float) -> None:
        while not self._closed.wait(every_s):
            with _kept_in_use():
                self.follow()

    def _remake(self, every_s: float) -> None:
        rested_at = self._seconds()
        while not self._closed.wait(every_s):
            with _kept_in_use():
                began = self._seconds()
                is_due = began >= rested_at and self._no_longer_holds()
                if is_due or self._has_other_models():
                    self.refresh()
                    ended = self._seconds()
                    rested_at = ended + REST_PER_WORK * (ended - began)
