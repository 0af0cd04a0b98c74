"""A moment: an editors' pool × the listener's own idea of it, drawn in an order one can listen to.

What the pool finds and the hard rules allow is weighed by how it fits the listener (``moment_taste``), every item with a
floor, times the boosts in force. The list is drawn by those weights place by place; the pool's arc, transitions and
spacing tilt them (``sequenced``), so the order is part of the logged draw. What must stand on the list stands outside
the draw, with probability 1.

A pool of more than 200 is drawn from a shortlist: the 160 that fit best, an artist as often as the spacing lets it
stand, and 40 of all the others, each as likely. The logged propensities are those given the shortlist; over days every
item has its chance.

A list stays as it is through a listener's day on a device (which begins at five) until something is heard of them: the
same request then gives the same decision. After a play, a skip or a ban the next request draws anew.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime

import numpy as np
from msgspec.structs import replace

from ritornello.kinds.decisions import Decision, Reason, Rung
from ritornello.kinds.ids import uuid7
from ritornello.kinds.randomness import derive
from ritornello.kinds.times import zone
from ritornello.listeners.profile import Profile
from ritornello.policies.choice import PIN, FloatArray, Policy
from ritornello.policies.greedy import Greedy
from ritornello.surfaces import fallbacks, moment_taste
from ritornello.surfaces.ladder import Ladder, NoAnswer
from ritornello.surfaces.moment_lists import Asked, draw, must_stand
from ritornello.surfaces.moment_taste import NOTHING_LEARNED, Learned
from ritornello.surfaces.pools import Pool, day_of
from ritornello.surfaces.rules import check, kept
from ritornello.surfaces.situation import Rows, Situation
from ritornello.surfaces.slates import rank_in_group
from ritornello.surfaces.sources import Candidates, same

VERSION = "moments/1"

Remembered = Callable[[], Decision | None]
Learning = Callable[[], Learned]


def offered(pools: Iterable[Pool], situation: Situation) -> list[Pool]:
    """Return the pools that are for this hour, weekday and device of the listener, those of few hours first."""
    here, device = local(situation), situation.request.device
    found = [pool for pool in pools if pool.is_for(here, device)]
    return sorted(found, key=lambda pool: (pool.n_hours_a_week, pool.name))


def nothing_learned() -> Learned:
    """Return what is known of a moment nobody has heard yet."""
    return NOTHING_LEARNED


def decide(
    asked: Asked,
    ladder: Ladder,
    *,
    remembered: Remembered,
    counted: fallbacks.Counted,
    learned: Learning = nothing_learned,
) -> Decision:
    """Return the list of a moment: one that still stands, or a new one ready to be written down.

    A pool of which nothing may be shown to this listener is answered with what is popular, and says so.

    Parameters
    ----------
    remembered : reads the listener's last personal list of this moment, if there is one.
    counted : reads what many play from the state tables, where no model can say.
    learned : reads what was learned of the moment.
    """
    steps: list[tuple[Rung, Callable[[], Decision]]] = [
        ("personal", lambda: personal(asked, remembered, learned)),
        ("last_good", lambda: last_good(asked, remembered())),
        ("segment", lambda: segment(asked, learned)),
        ("popular", lambda: popular(asked, counted)),
        ("editorial", lambda: editorial(asked)),
    ]
    climbed = ladder.answer(steps)
    return replace(climbed.answer, rung=climbed.rung, rung_because=climbed.because)


def personal(asked: Asked, remembered: Remembered, learned: Learning = nothing_learned) -> Decision:
    """Draw by the listener's own taste, unless the list of today still stands.

    Raises
    ------
    NoAnswer : nothing is known of the listener, or nothing of the pool may be shown to them.
    """
    if asked.situation.taste.is_empty:
        raise NoAnswer("nothing is known of this listener yet")
    rows = _rows(asked)
    earlier = remembered()
    if earlier is not None and stands(earlier, asked):
        return earlier
    name = moment_taste.segment_of(asked.situation)
    fitting = moment_taste.fitting(asked.situation, rows, name, learned())
    return _listed(asked, fitting, asked.policy, segment=name)


def last_good(asked: Asked, found: Decision | None) -> Decision:
    """Return the listener's last personal list of this moment again, less what may not be shown any more.

    Raises
    ------
    NoAnswer : there is none of this moment, or too little of it is left.
    """
    if found is None or found.shelves[0].name != asked.pool.name:
        raise NoAnswer("no earlier list of this moment")
    situation, used = asked.situation, asked.situation.profile.used | {None}
    slots = tuple(
        slot
        for slot in kept(found.slots, situation.view, asked.open)
        if all(reason.about_id in used for reason in slot.reasons)
    )
    if 2 * len(slots) < len(found.slots):
        raise NoAnswer(f"{len(slots)} of {len(found.slots)} items of the earlier list are left")
    if not set(must_stand(asked)) <= {situation.view.number[slot.item_id] for slot in slots}:
        raise NoAnswer("the earlier list lacks what must stand on it now")
    again = replace(
        found,
        decision_id=uuid7(situation.request.at),
        made_at=situation.request.at,
        slots=slots,
        device=situation.request.device,
        fit_for_replay=found.fit_for_replay and len(slots) == len(found.slots),
    )
    return check(again, situation.view, asked.open)


def segment(asked: Asked, learned: Learning = nothing_learned) -> Decision:
    """Draw by what listeners of the same segment play, and found of this moment.

    Raises
    ------
    NoAnswer : there is no model, or nothing of the pool may be shown.
    """
    rows = _rows(asked)
    name = moment_taste.segment_of(asked.situation)
    near = fallbacks.segment(asked.situation, asked.open)
    scores = _standard(_ranked(near, rows))
    scores += moment_taste.log_odds(asked.situation, rows, name, learned())
    why = (Reason("popular_near_you", 1.0),)
    return _listed(asked, _sorted("segment", rows, scores, why), asked.policy, segment=name)


def popular(asked: Asked, counted: fallbacks.Counted) -> Decision:
    """List what many play of the pool; of everything, where nothing of the pool may be shown.

    Raises
    ------
    NoAnswer : nobody has played anything yet.
    """
    many = fallbacks.popular(asked.situation, counted, asked.may)
    rows = np.flatnonzero(asked.may).astype(np.int32)
    why = (Reason("popular", 1.0),)
    return _listed(asked, _sorted("popular", rows, _ranked(many, rows), why), Greedy())


def editorial(asked: Asked) -> Decision:
    """List the pool in the editors' order: by hand as they stand, then the newest; else the newest of everything."""
    by_hand, may = asked.situation.view.rows(asked.pool.by_hand), asked.may
    rows = np.concatenate([by_hand[may[by_hand]], fallbacks.newest(asked.situation, may).rows])
    rows = rows[rank_in_group(rows) == 0]
    why = (Reason("chosen_by_editors", 1.0, by_role=asked.pool.owner),)
    scores = np.arange(len(rows), 0, -1, dtype=np.float64)
    return _listed(asked, _sorted("editorial", rows, scores, why), Greedy())


def stands(found: Decision, asked: Asked) -> bool:
    """Whether an earlier list is what this request is answered with: nothing was heard of the listener since.

    The same day, device, pool and models; what must stand on it does, and all of it may still be shown.
    """
    request, bundle = asked.situation.request, asked.situation.stock.bundle
    same_request = (found.seed, found.recipe_hash, found.device, found.model_version) == (
        seed_of(asked), asked.pool.hash, request.device, bundle.version if bundle else "none",
    )  # fmt: skip
    if asked.chance or not same_request or found.rung != "personal":
        return False
    number = asked.situation.view.number
    sure = {number.get(slot.item_id) for slot in found.slots if slot.source == PIN}
    if sure != set(must_stand(asked)[: asked.pool.length]):
        return False
    return len(kept(found.slots, asked.situation.view, asked.open)) == len(found.slots)


def seed_of(asked: Asked) -> str:
    """Return what a draw belongs to: installation, moment, the listener's day, and what is known of them."""
    if asked.chance:
        return asked.chance
    request = asked.situation.request
    day = day_of(local(asked.situation)).date()
    return f"{request.seed}/{asked.pool.name}/{day}/{known(request.profile)}"


def local(situation: Situation) -> datetime:
    """Return the instant of a request in the listener's zone."""
    return situation.request.at.astimezone(zone(situation.request.time_zone))


def known(profile: Profile) -> str:
    """Return 8 hexadecimal digits that change with whatever is heard of a listener."""
    counts = (
        sum(played.n_plays for played in profile.plays.values()),
        sum(played.n_skips for played in profile.plays.values()),
        max((played.last_at_us for played in profile.plays.values()), default=0),
    )
    said = (sorted(profile.marks.items()), sorted(profile.snoozed), sorted(profile.unused))
    recent = [(each.item_id, str(each.started_at)) for each in profile.recent[:1]]
    text = repr((counts, profile.n_plays, said, recent, profile.preferences))
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()


def _rows(asked: Asked) -> Rows:
    rows = np.flatnonzero(asked.open).astype(np.int32)
    if not rows.size:
        raise NoAnswer("nothing of this pool may be shown to this listener")
    return rows


def _ranked(candidates: Candidates, rows: Rows) -> FloatArray:
    """Return the scores of rows among candidates; what is not among them has the lowest."""
    scores = np.zeros(len(rows))
    if not len(candidates.rows):
        return scores
    order = np.argsort(candidates.rows, kind="stable")
    there = np.searchsorted(candidates.rows[order], rows).clip(max=len(order) - 1)
    is_there = candidates.rows[order][there] == rows
    scores[is_there] = candidates.scores[order][there[is_there]]
    return scores


def _standard(scores: FloatArray) -> FloatArray:
    spread = float(scores.std()) or 1.0
    found: FloatArray = (scores - scores.mean()) / spread
    return found


def _sorted(source: str, rows: Rows, scores: FloatArray, why: tuple[Reason, ...]) -> Candidates:
    order = np.argsort(-scores, kind="stable")
    return Candidates(source, rows[order], scores[order], lambda places: same(why, places))


def _listed(asked: Asked, candidates: Candidates, policy: Policy, *, segment: str = "") -> Decision:
    """Draw the list and return it as a decision that keeps the hard rules."""
    request, bundle = asked.situation.request, asked.situation.stock.bundle
    seed = seed_of(asked)
    rng = derive(request.seed, request.profile.listener_id, request.surface, seed)
    shelf, slots = draw(asked, candidates, policy, rng, segment=segment)
    decision = Decision(
        decision_id=uuid7(request.at),
        listener_id=request.profile.listener_id,
        surface=request.surface,
        made_at=request.at,
        shelves=(shelf,),
        slots=slots,
        rung="personal",
        policy_version=VERSION,
        model_version=bundle.version if bundle else "none",
        recipe_hash=asked.pool.hash,
        seed=seed,
        device=request.device,
        time_zone=request.time_zone,
    )
    return check(decision, asked.situation.view, asked.may)
