"""What is known of each candidate beside its weight: the numbers an objective reads, and the log keeps.

A shelf names its traits, each candidate has a number for each, and ``target`` says of each how much
of it the list is to have. What a draw read is what the decision carries: a replay reads nothing else.

==============  ================================================================================
``genre:word``  share of the candidate that is of this genre, in [0, 1]; target: the listener's share
``new``         1 where the listener never heard it, 0 where they did
``artist``      number of the artist (or of any group whose exposure counts), -1 where unknown
``boost``       an editor's boost, 0 or more
``energy``      from 0 (calm) to 1 (driving)
==============  ================================================================================
"""

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from ritornello.kinds.decisions import Shelf
from ritornello.kinds.errors import BadValue
from ritornello.policies.choice import FloatArray, IntArray

GENRE = "genre:"
NEW = "new"
ARTIST = "artist"
BOOST = "boost"
ENERGY = "energy"


class Traits(msgspec.Struct, frozen=True):
    """The traits of a shortlist, as its shelf logs them.

    Attributes
    ----------
    names : of the traits, each once.
    values : (n, n_traits) one row a candidate, all finite.
    target : one number a trait, 0 where nobody wants any of it; or empty.
    """

    names: tuple[str, ...]
    values: FloatArray
    target: tuple[float, ...] = ()

    @classmethod
    def of(
        cls, names: tuple[str, ...], values: ArrayLike, target: tuple[float, ...] = ()
    ) -> "Traits":
        """Check and return traits.

        Raises
        ------
        BadValue : a trait named twice, another number of columns or targets than of names, a number
            that is not finite, naming trait and row.
        """
        table = np.asarray(values, dtype=np.float64)
        if len(set(names)) < len(names):
            raise BadValue(f"a trait is named twice in {names}")
        if table.ndim != 2 or table.shape[1] != len(names):
            raise BadValue(f"traits {names} need (n, {len(names)}) values, not {table.shape}")
        if len(target) not in {0, len(names)} or not np.isfinite(target).all():
            raise BadValue(
                f"the target of traits {names} must be as many finite numbers, not {target}"
            )
        bad = np.argwhere(~np.isfinite(table))
        if bad.size:
            row, place = bad[0]
            raise BadValue(
                f"trait {names[place]!r} of row {row} is {table[row, place]}, not finite"
            )
        return cls(names, table, tuple(target))

    @classmethod
    def logged(cls, shelf: Shelf) -> "Traits":
        """Return the traits a shelf's shortlist was drawn with.

        Raises
        ------
        BadValue : as ``of``, or candidates with other numbers of traits.
        """
        rows = [candidate.traits for candidate in shelf.shortlist]
        if any(len(row) != len(shelf.traits) for row in rows):
            raise BadValue(
                f"shelf {shelf.name!r} has candidates without {len(shelf.traits)} traits"
            )
        return cls.of(
            shelf.traits, np.array(rows).reshape(len(rows), len(shelf.traits)), shelf.target
        )

    def column(self, name: str) -> FloatArray:
        """Return one trait of every candidate, (n,).

        Raises
        ------
        BadValue : the shortlist does not have it.
        """
        if name not in self.names:
            raise BadValue(f"the objective reads trait {name!r}; the shelf has {self.names}")
        return self.values[:, self.names.index(name)]

    def genres(self) -> tuple[FloatArray, FloatArray]:
        """Return genre shares (n, n_genres) and the target of each (n_genres,), 0 where there is none.

        Raises
        ------
        BadValue : a share or a target below 0, naming the genre.
        """
        places = [place for place, name in enumerate(self.names) if name.startswith(GENRE)]
        shares = self.values[:, places]
        target = np.asarray(self.target)[places] if self.target else np.zeros(len(places))
        least = np.minimum(shares.min(axis=0, initial=0.0), target)
        if (least < 0).any():
            name = self.names[places[int(least.argmin())]]
            raise BadValue(f"trait {name!r} is {least.min()}; shares are 0 or more")
        return shares, target

    def groups(self) -> IntArray:
        """Return the artist of every candidate as a number from 0; who is unknown is alone, (n,)."""
        artists = self.column(ARTIST)
        alone = artists < 0
        artists = np.where(alone, -1.0 - np.arange(len(artists)), artists)
        return np.unique(artists, return_inverse=True)[1].astype(np.int64)
