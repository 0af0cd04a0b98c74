"""Where the past ends: what an evaluation may learn from, and what it is judged by.

``global`` is one instant for everybody, as in service: what happened before it is known, what happened from it on is
held out. The two others stand beside it and say what they do not see: ``leave_one_out`` holds out each listener's last
play, which is how many papers count; ``share`` holds out a share of each listener's items by chance, which is all that
counts without times allow.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import duckdb
import msgspec
import numpy as np

from ritornello.kinds.errors import BadValue
from ritornello.kinds.events import EVENT_KINDS
from ritornello.kinds.ids import ItemId, ListenerId
from ritornello.kinds.times import Instant, from_us, to_us
from ritornello.models.holdout import hide_some
from ritornello.models.interactions import Interactions

Name = Literal["global", "leave_one_out", "share"]

BLIND_TO: Mapping[Name, str] = {
    "global": "what a listener would have done had they been shown something else",
    "leave_one_out": "time between listeners: models learn from what others played after the play they are to find, "
    "and who played last on the first day is judged like who did today",
    "share": "time altogether: models learn from what was played after what they are to find",
}
"""What each split cannot see, in words that go into every result."""
_PLAYED = "NOT private AND ended_because <> 'error'"


class BadSplit(BadValue):
    """A split that leaves nothing to learn from or nothing to judge by."""


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are known and which are held out.

    An event is known where it happened before its listener's instant (``own``, else ``at``) and is of no hidden pair of
    listener and item. It is held out where it is not known and happened before ``until``, if there is one. An event that
    happened at the instant itself is held out.
    """

    name: Name
    at: Instant
    until: Instant | None = None
    own: dict[ListenerId, Instant] = {}
    hidden: tuple[tuple[ListenerId, ItemId], ...] = ()

    @property
    def blind_to(self) -> str:
        """What this split cannot see."""
        return BLIND_TO[self.name]

    def at_of(self, listener_id: ListenerId) -> datetime:
        """Return the instant from which on nothing of a listener is known."""
        return self.own.get(listener_id, self.at)

    def lay(self, duck: duckdb.DuckDBPyConnection) -> None:
        """Leave ``ends`` (listener_id, ends_us) and ``hidden`` (listener_id, item_id) behind as views."""
        own = sorted(self.own.items())
        duck.register(
            "ends",
            {
                "listener_id": np.array([who for who, _ in own], object),
                "ends_us": np.array([to_us(at) for _, at in own], np.int64),
            },
        )
        who, what = zip(*self.hidden, strict=True) if self.hidden else ((), ())
        columns = {"listener_id": np.array(who, object), "item_id": np.array(what, object)}
        duck.register("hidden", columns)


def global_time(
    duck: duckdb.DuckDBPyConnection, at: datetime, until: datetime | None = None
) -> Split:
    """Split at one instant for everybody.

    Right for whatever will serve: nothing a model sees happened after anything it is judged by (Ji, Sun, Zhang, Li,
    TOIS 2023, measure what the others leak). It misleads where the days after it are unlike those to come.

    Parameters
    ----------
    duck : has every kind of event as a view of its name.
    until : the end of what is held out; all there is where not given.

    Raises
    ------
    BadSplit : there are no events, none before it, or none from it on.
    """
    first, last = span(duck)
    if at <= first:
        raise BadSplit(
            f"{at.isoformat()} is not after the first event ({first.isoformat()}); nothing is known then"
        )
    if at > last:
        raise BadSplit(
            f"{at.isoformat()} is after the last event ({last.isoformat()}); nothing is left to judge by"
        )
    if until is not None and until <= at:
        raise BadSplit(f"what is held out ends at {until.isoformat()}, not after the split")
    return Split(name="global", at=at, until=until)


def leave_one_out(duck: duckdb.DuckDBPyConnection) -> Split:
    """Split each listener's history before their last listen, for comparison with papers that do.

    Right for putting a published table beside ours. It misleads about everything that time changes: see ``BLIND_TO``.

    Raises
    ------
    BadSplit : nobody has two listens.
    """
    rows = duck.execute(
        f"SELECT listener_id, max(epoch_us(happened_at)) FROM listen WHERE {_PLAYED} "
        "GROUP BY listener_id HAVING count(*) > 1 ORDER BY 1"
    ).fetchall()
    if not rows:
        raise BadSplit("nobody has two listens; leave one out and nothing is known of them")
    own = {who: from_us(us) for who, us in rows}
    return Split(name="leave_one_out", at=from_us(max(us for _, us in rows) + 1), own=own)


def share_of_items(
    interactions: Interactions, share: float, rng: np.random.Generator, at: datetime
) -> Split:
    """Hide a share of the items of each listener who has five, by chance, with everything known of the pair.

    Right where nothing else can be done: counts somebody else kept have no times. It misleads more than the others, and
    says nothing of what is played again.

    Raises
    ------
    BadSplit : nobody has five items, or the share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise BadSplit(f"the share of items to hide must be between 0 and 1, not {share:g}")
    rows, columns = hide_some(interactions, rng, share).future.nonzero()
    if not len(rows):
        raise BadSplit("nobody has five items; there is no share of them to hide")
    ids = interactions.vocabulary.ids
    pairs = ((interactions.listeners[r], ids[c]) for r, c in zip(rows, columns, strict=True))
    return Split(name="share", at=at, hidden=tuple(sorted(pairs)))


def span(duck: duckdb.DuckDBPyConnection) -> tuple[datetime, datetime]:
    """Return when the first and the last event happened.

    Raises
    ------
    BadSplit : there are none.
    """
    every = " UNION ALL ".join(f"SELECT happened_at FROM {kind}" for kind in EVENT_KINDS)
    found = duck.execute(
        f"SELECT min(epoch_us(happened_at)), max(epoch_us(happened_at)) FROM ({every})"
    ).fetchall()
    ((first, last),) = found
    if first is None:
        raise BadSplit(
            "nothing here has a time, so time cannot split it; `share` hides a share of each listener's items"
        )
    return from_us(first), from_us(last)


def last_share(duck: duckdb.DuckDBPyConnection, share: float = 0.2) -> datetime:
    """Return the instant from which on the last ``share`` of all listens happened.

    Raises
    ------
    BadSplit : there are no listens.
    """
    ((us,),) = duck.execute(
        "SELECT quantile_disc(epoch_us(happened_at), ?) FROM listen", [1 - share]
    ).fetchall()
    if us is None:
        span(duck)
        raise BadSplit("nothing was played, so there is nothing to judge by")
    return from_us(us)
