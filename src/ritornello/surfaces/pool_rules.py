"""What a pool finds in a catalogue: its rules as masks over rows, and what an editor should know of them.

A word must be said of an item, or of who made it; a number must not contradict. So a pool written for a catalogue that
knows energies and tempi also finds items in one that knows genres alone.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.rulings import Rulings
from ritornello.catalog.view import KINDS, NONE, View, spelt
from ritornello.kinds.errors import BadValue, did_you_mean
from ritornello.kinds.faults import Fault
from ritornello.surfaces.pools import Pool, Rule
from ritornello.surfaces.rules import Mask

FloatArray = NDArray[np.float64]


class EmptyPool(BadValue):
    """Raised where nothing a pool finds may be shown to anybody."""


class ExpiredPool(BadValue):
    """Raised where a pool would be put in force after its own end."""


def eligible(pool: Pool, view: View) -> Mask:
    """Return which rows may stand on the pool's list, its blocks apart, shape (n_rows,).

    Only what one can press play on: by rule, by hand, or because it must be there.
    """
    found = np.zeros(len(view), dtype=np.bool_)
    for rule in pool.eligible:
        found |= meets(rule, view)
    pinned = (pin.item_id for pin in pool.pins)
    found[view.rows((*pool.by_hand, *pool.must_include, *pinned))] = True
    return found & view.available & ~about(pool.blocks, view)


def meets(rule: Rule, view: View) -> Mask:
    """Return which rows meet one rule, shape (n_rows,)."""
    found = np.isin(view.kind, [KINDS.index(kind) for kind in rule.kinds])
    if rule.explicit is not None:
        found &= view.explicit == rule.explicit
    for kind, words in _asked(rule):
        found &= says(kind, words, view)
    known = np.zeros(len(view), dtype=np.bool_)
    for (low, high), values in _ranges(rule, view):
        is_known = np.isfinite(values)
        known |= is_known
        found &= ~is_known | ((values >= low) & (values <= high))
    return found if any(_asked(rule)) else found & known


def says(kind: str, words: Iterable[str], view: View) -> Mask:
    """Return of which rows, or else of their makers, one of the words is said, shape (n_rows,).

    A genre ends in what it is a kind of: ``house`` finds ``deep house``; moods and tags are words as they are.
    """
    codes = list(_places(kind, words, view))
    own = np.zeros(len(view), dtype=np.bool_)
    own[view.said[np.isin(view.said[:, 1], codes), 0]] = True
    of_kind = [place for place, word in enumerate(view.words) if word.startswith(f"{kind}:")]
    speaks = np.zeros(len(view), dtype=np.bool_)
    speaks[view.said[np.isin(view.said[:, 1], of_kind), 0]] = True
    by_maker: Mask = (view.artist != NONE) & own[view.artist]
    return own | (~speaks & by_maker)


def about(ids: Iterable[str], view: View) -> Mask:
    """Return which rows are these items, or by these artists, or of these shows, shape (n_rows,)."""
    named = np.zeros(len(view) + 1, dtype=np.bool_)
    named[view.rows(ids)] = True
    found = named[:-1] | named[view.artist]
    rows, artists = view.featured.T
    found[rows[named[view.canonical[artists]]]] = True
    return found


def boosted(pool: Pool, view: View, at: datetime) -> FloatArray:
    """Return the factor that boosts in force put on each row's weight, shape (n_rows,); several multiply."""
    factors = np.ones(len(view))
    for boost in pool.boosts_at(at):
        factors[about((boost.about_id,), view)] *= boost.factor
    return factors


def must_find(pool: Pool, view: View, rulings: Rulings, at: datetime) -> None:
    """Refuse a pool that could be shown to nobody.

    Raises
    ------
    ExpiredPool : it ended before now.
    EmptyPool : nothing of it is in the catalogue, or all of it is blocked; the message says which word nobody says.
    """
    if pool.is_over(at):
        raise ExpiredPool(
            f"moment {pool.name!r} ended {pool.until_at:%Y-%m-%d %H:%M}; give it a later end"
        )
    found = eligible(pool, view)
    if not found.any():
        hints = [fault.message for fault in doubts(pool, view, rulings, at)]
        said = "; ".join(["no item of the catalogue is eligible", *hints[:3]])
        raise EmptyPool(f"moment {pool.name!r} is empty: {said}")
    if not (found & ~about(rulings.blocked, view)).any():
        message = f"all {int(found.sum())} items of it are blocked; withdraw a block"
        raise EmptyPool(f"moment {pool.name!r} holds only what may not be shown: {message}")


def doubts(pool: Pool, view: View, rulings: Rulings, at: datetime) -> list[Fault]:
    """Return what an editor may have meant otherwise; none of it keeps the pool from being served.

    A word nothing says, an item the catalogue cannot play or that is blocked everywhere, a boost that is over or moves
    nothing.
    """
    found = [*_words_nobody_says(pool, view), *_items_not_to_be_had(pool, view, rulings)]
    for place, boost in enumerate(pool.boosts):
        field = f"boosts[{place}]"
        if boost.until_at <= at:
            found.append((field, "over", f"the boost of {boost.about_id} is over"))
        elif not (about((boost.about_id,), view) & eligible(pool, view)).any():
            found.append((field, "moves_nothing", f"nothing eligible is by or is {boost.about_id}"))
    return [
        Fault.at(pool.name, place, rule, message, field)
        for place, (field, rule, message) in enumerate(found)
    ]


def _words_nobody_says(pool: Pool, view: View) -> Iterator[tuple[str, str, str]]:
    for place, rule in enumerate(pool.eligible):
        for kind, words in _asked(rule):
            known = [w.partition(":")[2] for w in view.words if w.startswith(f"{kind}:")]
            for word in words:
                if not any(True for _ in _places(kind, (word,), view)):
                    near = did_you_mean(spelt(word), known)
                    message = f"nothing in the catalogue says the {kind} {word!r}{near}"
                    yield f"eligible[{place}].{kind}s", "nobody_says", message


def _items_not_to_be_had(
    pool: Pool, view: View, rulings: Rulings
) -> Iterator[tuple[str, str, str]]:
    blocked = about(rulings.blocked, view)
    named = {"by_hand": pool.by_hand, "must_include": pool.must_include, "blocks": pool.blocks}
    named["pins"] = tuple(pin.item_id for pin in pool.pins)
    for key, ids in named.items():
        for item_id in ids:
            row = view.number.get(item_id)
            if row is None:
                yield key, "unknown_item", f"the catalogue does not know {item_id}"
            elif key != "blocks" and not view.available[row]:
                yield key, "not_playable", f"{item_id} cannot be played"
            elif key != "blocks" and blocked[row]:
                yield key, "blocked", f"{item_id} is blocked on moments"


def _asked(rule: Rule) -> list[tuple[str, tuple[str, ...]]]:
    """Return the words a rule asks for, by their kind."""
    asked = (("genre", rule.genres), ("mood", rule.moods), ("tag", rule.tags))
    return [(kind, words) for kind, words in asked if words]


def _ranges(rule: Rule, view: View) -> Iterator[tuple[tuple[float, float], NDArray[np.floating]]]:
    """Yield the ranges a rule asks for, each with every row's number; NaN where it is unknown.

    What is kept in single precision stays so: a bound is then rounded like the number it is compared with.
    """
    if rule.energy is not None:
        yield rule.energy, view.energy
    if rule.bpm is not None:
        yield rule.bpm, view.bpm
    if rule.duration_s is not None:
        yield rule.duration_s, np.where(view.duration_ms == NONE, np.nan, view.duration_ms / 1000)
    if rule.years is not None:
        years = view.released_on.astype("datetime64[Y]").astype(np.float64) + 1970
        yield rule.years, np.where(np.isnat(view.released_on), np.nan, years)


def _places(kind: str, words: Iterable[str], view: View) -> Iterator[int]:
    """Yield the places in ``view.words`` of the words meant."""
    wanted = {spelt(word) for word in words}
    for place, said in enumerate(view.words):
        of, _, word = said.partition(":")
        if of == kind and (word in wanted or (kind == "genre" and _heads(word) & wanted)):
            yield place


def _heads(genre: str) -> set[str]:
    """Return what a genre is a kind of: its last words.

    Examples
    --------
    >>> sorted(_heads("new deep house"))
    ['deep house', 'house']
    """
    words = genre.split()
    return {" ".join(words[first:]) for first in range(1, len(words))}
