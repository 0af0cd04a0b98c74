"""Which things of the catalogue a few words name: what a request says after "by" and "like", or all of it."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np

from ritornello.catalog.view import KINDS, NONE, View
from ritornello.surfaces.search.spelling import fold, forms

MAKERS = ("artist", "show")
N_NAMED = 5


class Named(msgspec.Struct, frozen=True):
    """Something a text may name: ``closeness`` is 1 where the text is its name, less where it is nearly so."""

    item_id: str
    name: str
    maker_id: str = ""
    closeness: float = 1.0

    @classmethod
    def of(cls, view: View, row: int) -> "Named":
        """Return what a row of a view names."""
        maker = view.artist[row]
        return cls(view.ids[row], view.titles[row], view.ids[maker] if maker != NONE else "")

    @property
    def kind(self) -> str:
        """What kind of item it is."""
        return self.item_id.partition(":")[0]


Names = Callable[[str], Sequence[Named]]
"""The items whose whole name a text is, or nearly is, the likeliest first."""


class Makers(msgspec.Struct, frozen=True):
    """The artists and shows of a view by their folded names, the names that stand for them, and the longest of these in words.

    Called with a text, it answers as :data:`Names`.
    """

    rows: Mapping[str, tuple[int, ...]]
    titles: tuple[str, ...]
    ids: tuple[str, ...]
    n_words: int

    def __call__(self, text: str) -> Sequence[Named]:
        """Return the artists and shows a text names."""
        found = self.rows.get(fold(text), ())[:N_NAMED]
        return [Named(self.ids[place], self.titles[place], self.ids[place]) for place in found]

    def knows(self, folded: str) -> bool:
        """Say whether a folded text is a name."""
        return folded in self.rows


def makers_of(view: View, before: Makers | None = None) -> Makers:
    """Return the artists and shows of a view; ``before`` itself where nothing changed."""
    kinds = [KINDS.index(kind) for kind in MAKERS]
    is_maker = np.isin(view.kind, kinds) & (view.canonical == np.arange(len(view)))
    places = np.flatnonzero(is_maker).tolist()
    titles = tuple(view.titles[row] for row in places)
    ids = tuple(view.ids[row] for row in places)
    if before is not None and (before.titles, before.ids) == (titles, ids):
        return before
    made = _made(view, places)
    order = sorted(range(len(places)), key=lambda place: (-made[place], place))
    own: dict[str, list[int]] = {}
    other: dict[str, list[int]] = {}
    for place in order:
        if titles[place]:
            own.setdefault(fold(titles[place]), []).append(place)
            for form in forms(titles[place]):
                other.setdefault(form, []).append(place)
    rows = {name: tuple(found) for name, found in {**other, **own}.items() if name}
    longest = max((name.count(" ") + 1 for name in rows), default=0)
    return Makers(rows, titles, ids, longest)


def _made(view: View, places: Sequence[int]) -> list[int]:
    """Return how many items are by each maker: of one name, who made more is likelier meant."""
    by = view.artist[view.artist != NONE]
    counts = np.bincount(by, minlength=len(view))
    made: list[int] = counts[places].tolist()
    return made
