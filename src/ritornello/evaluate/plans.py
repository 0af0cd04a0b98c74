"""An offline evaluation from its plan: split, cut, learn, train, ask, and only then open the rest and judge.

A plan holds plain words, so that a command, a benchmark and a notebook ask for the same thing in the same way.
"""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, NamedTuple

import msgspec
from msgspec.structs import replace

from ritornello.evaluate import as_of, entrants, held_out, in_service, offline, splits
from ritornello.evaluate.as_of import Rooms, Tallies, Whole
from ritornello.evaluate.learned import learn
from ritornello.evaluate.offline import DEPTH, MEASURES, Evaluated
from ritornello.evaluate.splits import BadSplit, Name, Split
from ritornello.evaluate.surfaces_asked import OfSurface
from ritornello.kinds.events import EVENT_KINDS
from ritornello.kinds.ids import ItemId
from ritornello.kinds.randomness import derive
from ritornello.kinds.settings import Settings
from ritornello.kinds.times import Instant, from_us
from ritornello.models.extract import read_interactions
from ritornello.models.training import TrainingConfig
from ritornello.signals.lately import Ground
from ritornello.store import lake
from ritornello.store.home import Home

ENTRANTS = ("blend", "ease", "popularity", "repeat")
Tell = Callable[[str, float], None]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be evaluated, and how.

    ``at`` is where a global split stands, by default before the last fifth of all listens; ``until`` bounds what is held
    out after it. ``share`` is how much of each listener's items the split of that name hides.
    """

    split: Name = "global"
    at: Instant | None = None
    until: Instant | None = None
    share: float = 0.2
    tallies: Tallies = "dated"
    success: str = held_out.PLAYED
    entrants: tuple[str, ...] = ENTRANTS
    measures: tuple[str, ...] = MEASURES
    depth: Annotated[int, msgspec.Meta(ge=1)] = DEPTH


class Installed(NamedTuple):
    """A home as the command line wires it: how rooms keep state, where signals come from, settings."""

    home: Home
    rooms: Rooms
    ground: Ground
    settings: Settings


def carry_out(
    installed: Installed,
    plan: Plan,
    *,
    now: datetime,
    config: TrainingConfig | None = None,
    tell: Tell | None = None,
) -> Evaluated:
    """Carry a plan out over a home, which stays as it is.

    Parameters
    ----------
    now : when counts of which nobody knows when they came are said to be known.
    tell : told the step and the share of the whole that is done.

    Raises
    ------
    BadSplit : there is no such split of this home. NothingToJudge : nothing held out was right for anybody.
    UnknownName, BadValue : an entrant, a measure or a success function nobody defined.
    StorageUnavailable : a file is missing, damaged or cannot be written.
    """
    home, rooms, ground, settings = installed
    say = tell or _nobody
    entering = [entrants.parse(each) for each in dict.fromkeys(plan.entrants)]
    success = held_out.success_of(home, plan.success)
    rng = derive(settings["seed"], "offline", "intervals")
    say("read everything", 0.0)
    with as_of.whole(home) as everything:
        split = split_of(everything, plan, settings, now)
        say("cut the future off", 0.1)
        with as_of.past(everything, split, rooms, tallies=_tallies(plan)) as cut:
            say("learn what surfaces had learned", 0.2)
            asked = any(isinstance(each, OfSurface) for each in entering)
            unlearned = learn(cut, rooms, ground.beside, settings["learn_from"]) if asked else ()
            past = replace(cut, warnings=(*cut.warnings, *unlearned))
            say("train on the past", 0.3)
            with in_service.in_service(past, settings, config) as service:
                say("open the rest", 0.6)
                right = held_out.right(everything, split, ground, success)
                say("ask and judge", 0.65)
                return offline.evaluate(
                    service, right, merges(everything.conn), entering, rng,
                    measures=plan.measures, n=plan.depth,
                )  # fmt: skip


def split_of(everything: Whole, plan: Plan, settings: Settings, now: datetime) -> Split:
    """Return the split a plan asks for.

    Raises
    ------
    BadSplit : there is none, or an instant is given to a split that has none.
    """
    if plan.split != "global" and (plan.at or plan.until):
        raise BadSplit(
            f"the split {plan.split!r} stands at no instant; leave --at out, or split by time"
        )
    if plan.split == "leave_one_out":
        return splits.leave_one_out(everything.duck)
    if plan.split == "share":
        with lake.open_lake(everything.home) as duck:
            lake.view(duck, everything.conn, everything.home, "listen")
            played = read_interactions(duck, "listen", everything.conn, now=now)
        rng = derive(settings["seed"], "offline", "share")
        return splits.share_of_items(played, plan.share, rng, _after_all(everything, now))
    at = plan.at or splits.last_share(everything.duck)
    return splits.global_time(everything.duck, at, plan.until)


def _after_all(everything: Whole, now: datetime) -> datetime:
    """Return the first instant after every event and import, so that asking again tomorrow asks the same; else now."""
    last = " UNION ALL ".join(
        f"SELECT max(epoch_us(happened_at)) AS us FROM {kind}" for kind in EVENT_KINDS
    )
    ((heard_us,),) = everything.duck.execute(f"SELECT max(us) FROM ({last})").fetchall()
    ((kept_us,),) = everything.conn.execute("SELECT max(changed_at_us) FROM imports").fetchall()
    known = [us for us in (heard_us, kept_us) if us is not None]
    return from_us(max(known) + 1) if known else now


def merges(conn: sqlite3.Connection) -> Mapping[ItemId, ItemId]:
    """Return where merged ids lead today."""
    return dict(conn.execute("SELECT from_id, into_id FROM aliases WHERE from_id <> into_id"))


def _tallies(plan: Plan) -> Tallies:
    """Return which tallies are known: where no time counts, all that are not hidden."""
    return "known" if plan.split == "share" else plan.tallies


def _nobody(step: str, share: float) -> None:
    """Tell nobody."""
