"""What a mix is called: by the artists who lead it, and by a genre where one tells it from the others.

Names come from the catalogue and so from outside: they are text, cut to a length and never read as
anything else. Within a day no two mixes share a name.
"""

from collections.abc import Collection, Sequence

import numpy as np

from ritornello.catalog.view import KINDS, NONE, View
from ritornello.surfaces.mix_identity import Identity
from ritornello.surfaces.situation import Situation
from ritornello.surfaces.sources import Floats
from ritornello.surfaces.tastes import Cluster

N_LEADING, MOST_LEADING = 2, 4
LONGEST = 40
TELLING = 0.5
"""A genre tells a taste if half of what is labelled carries it, and at most a quarter elsewhere."""


def named(
    situation: Situation, tastes: Sequence[tuple[Cluster, Identity]], template: str
) -> list[tuple[Cluster, Identity]]:
    """Give a name to each identity that has none, or whose name speaks of somebody banned since."""
    view = situation.view
    unwanted = [_artist_name(view, row) for row in view.rows(situation.profile.banned).tolist()]
    titles = [
        "" if any(name and _cut(name) in identity.title for name in unwanted) else identity.title
        for _, identity in tastes
    ]
    for place, (cluster, _) in enumerate(tastes):
        if not titles[place]:
            others = [other for other, _ in tastes if other is not cluster]
            titles[place] = name_of(cluster, others, view, template, titles)
    return [
        (cluster, Identity(identity.name, title))
        for (cluster, identity), title in zip(tastes, titles, strict=True)
    ]


def name_of(
    cluster: Cluster, others: Sequence[Cluster], view: View, template: str, taken: Collection[str]
) -> str:
    """Return a name nobody has taken, such as ``Ambient: Artist 0421, Artist 0077 and more``.

    Parameters
    ----------
    others : the other tastes of the day.
    template : names the artists as ``{artists}``.
    """
    leading = _leading(cluster, view)
    genre = telling_genre(cluster, others, view)
    before = f"{_cut(genre[:1].upper() + genre[1:])}: " if genre else ""
    for n in range(N_LEADING, MOST_LEADING + 1):
        name = template.format(artists=before + (", ".join(leading[:n]) or "What you play"))
        if name not in taken:
            return name
    return next(f"{name} ({n})" for n in range(2, len(taken) + 3) if f"{name} ({n})" not in taken)


def _leading(cluster: Cluster, view: View) -> list[str]:
    """Return the names of the artists who lead a taste, each once."""
    names: dict[str, None] = {}
    for key in cluster.artists:
        if name := _artist(key, cluster, view):
            names.setdefault(_cut(name))
        if len(names) == MOST_LEADING:
            break
    return list(names)


def telling_genre(cluster: Cluster, others: Sequence[Cluster], view: View) -> str | None:
    """Return the genre most of a taste carries and the others hardly do, if there is one."""
    own = _genre_weights(cluster, view)
    if not own.any():
        return None
    genre = int(own.argmax())
    elsewhere = sum((_genre_weights(other, view) for other in others), np.zeros_like(own))
    telling = own[genre] >= TELLING * own.sum() and elsewhere[genre] <= elsewhere.sum() / 4
    return view.genres[genre] if telling else None


def _genre_weights(cluster: Cluster, view: View) -> Floats:
    genres = view.genre[cluster.heard.rows]
    known = genres != NONE
    weights = cluster.heard.weights[known]
    counted: Floats = np.bincount(genres[known], weights, len(view.genres)).astype(np.float64)
    return counted


def _artist_name(view: View, row: int) -> str:
    """Return the name of a banned artist or show; a banned track bans nobody's name."""
    return view.title(row) if KINDS[view.kind[row]] in ("artist", "show") else ""


def _artist(key: int, cluster: Cluster, view: View) -> str:
    """Return an artist's name: its own, else the credit of what was heard of it."""
    if key < len(view) and view.title(key):
        return view.title(key)
    row = int(cluster.heard.rows[cluster.heard.artists == key][0])
    return view.artist_name(row) or view.title(row)


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
