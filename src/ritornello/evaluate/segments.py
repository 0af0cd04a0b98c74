"""Which listeners are alike: groups by what the past says of them, so that an average hides nobody.

Groups are thirds of the listeners at hand, by a number each has; equals stay together. Who has no such number (a taste
of fewer than ten items has no width) is in no group of that kind. A group of fewer than 20 says nothing and is left out.

==================  =========================================================================================
``activity``        plays by then, tallies included: low, middle, high
``diversity``       GS-score of their items without the shared direction: generalist, middle, specialist
``mainstream``      mean share of listeners who know what they play: niche, middle, mainstream
``device``          the device they listened on most
``known``           nothing, little (fewer than 20 plays) or enough to go by
==================  =========================================================================================
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.evaluate.in_service import InService
from ritornello.kinds.ids import ListenerId
from ritornello.listeners.breadth import LEAST_ITEMS
from ritornello.measures.diversity import centred, gs_scores, unit
from ritornello.store import lake

LEAST = 20
"""Listeners a group must have."""
ENOUGH_PLAYS = 20
FloatArray = NDArray[np.float64]

THIRDS: Mapping[str, tuple[str, str, str]] = {
    "activity": ("low", "middle", "high"),
    "diversity": ("generalist", "middle", "specialist"),
    "mainstream": ("niche", "middle", "mainstream"),
}
_DEVICES = """
SELECT listener_id, arg_max(device, (n, device)) FROM (
    SELECT listener_id, device, count(*) AS n FROM listen WHERE device <> 'unknown' GROUP BY ALL
) GROUP BY listener_id
"""


def of(service: InService, listeners: Sequence[ListenerId]) -> list[dict[str, str]]:
    """Return the groups of each listener, as kind → group, by what was known of them."""
    n_plays, width, known_by = _numbers(service, listeners)
    found: list[dict[str, str]] = [{} for _ in listeners]
    for kind, values in {"activity": n_plays, "diversity": width, "mainstream": known_by}.items():
        for groups, third in zip(found, thirds(values), strict=True):
            if third >= 0:
                groups[kind] = THIRDS[kind][third]
    devices = _devices(service)
    for groups, who, n in zip(found, listeners, n_plays, strict=True):
        groups["known"] = "nothing" if n == 0 else "little" if n < ENOUGH_PLAYS else "enough"
        if who in devices:
            groups["device"] = devices[who]
    return found


def thirds(values: FloatArray) -> NDArray[np.int64]:
    """Return 0, 1 or 2 for the lowest, the middle and the highest third; -1 where there is no number.

    Examples
    --------
    >>> thirds(np.array([5.0, 1.0, 3.0, np.nan])).tolist()
    [2, 0, 1, -1]
    """
    known = np.isfinite(values)
    found = np.full(len(values), -1, dtype=np.int64)
    if known.any():
        cuts = np.quantile(values[known], [1 / 3, 2 / 3])
        found[known] = np.searchsorted(cuts, values[known], side="left")
    return found


def members(groups: Sequence[Mapping[str, str]]) -> dict[tuple[str, str], NDArray[np.int64]]:
    """Return who is in which group, by kind and group; groups of fewer than 20 are left out."""
    found: dict[tuple[str, str], list[int]] = {}
    for place, each in enumerate(groups):
        for key in each.items():
            found.setdefault(key, []).append(place)
    return {key: np.array(places) for key, places in sorted(found.items()) if len(places) >= LEAST}


def _numbers(
    service: InService, listeners: Sequence[ListenerId]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return plays, GS-score and mean share of listeners who know their items; of each listener."""
    played = service.interactions
    row_of = {who: row for row, who in enumerate(played.listeners)}
    rows = np.array([row_of.get(who, -1) for who in listeners], dtype=np.int64)
    here = np.flatnonzero(rows >= 0)
    n_plays = np.zeros(len(listeners))
    width, known_by = np.full((2, len(listeners)), np.nan)
    if not len(here):
        return n_plays, width, known_by
    plays = played.matrix(played.n_plays)
    n_listeners = np.bincount(plays.indices, minlength=played.n_items) / max(played.n_listeners, 1)
    theirs: csr_matrix = plays[rows[here]]
    total = np.asarray(theirs.sum(axis=1), dtype=np.float64).ravel()
    n_plays[here] = total
    known_by[here] = np.where(total > 0, (theirs @ n_listeners) / np.maximum(total, 1), np.nan)
    models = service.stock.bundle
    if models is not None:
        scores = gs_scores(centred(unit(models.ials.factors)), theirs)
        width[here] = np.where(scores.n >= LEAST_ITEMS, scores.corrected, np.nan)
    return n_plays, width, known_by


def _devices(service: InService) -> dict[ListenerId, str]:
    """Return the device each listener listened on most, of the past alone."""
    home = service.past.home
    with lake.open_lake(home) as duck:
        lake.relation(duck, home, "listen")
        return dict(duck.execute(_DEVICES).fetchall())
