"""Why it is here: the reasons of one slot, what one can say to each, and what saying it changed."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Response

from ritornello.explain.difference import Difference, Place
from ritornello.kinds.errors import NotFound
from ritornello.kinds.events import ActKind
from ritornello.kinds.ids import AboutId, ItemId
from ritornello.listeners.marks import UNDO
from ritornello.listeners.profile import Profile
from ritornello.serve import answers, whys
from ritornello.serve.web import pages, wording
from ritornello.serve.web.acts import Said, say
from ritornello.serve.web.forms import form_of, led_back
from ritornello.serve.web.shell import ANYBODY, Asked, clock_of, service_of, show
from ritornello.serve.web.signing_in import visitor
from ritornello.serve.whys import Again, Because, Why

SaidParameter = Annotated[str | None, QueryParameter(max_length=32)]
AboutParameter = Annotated[str | None, QueryParameter(max_length=160)]
Bars = tuple[tuple[str, float], ...]

OF_THE_EVIDENCE = frozenset({"disown", "exclude", "own", "include"})


class Correction(msgspec.Struct, frozen=True):
    """The fields of the form that answers a reason."""

    act: ActKind
    about_id: AboutId


class Offer(msgspec.Struct, frozen=True):
    """What one can say to a piece of evidence: about what, and whether it was said already."""

    about_id: ItemId
    named: str
    excluded: bool
    disowned: bool


class Changed(msgspec.Struct, frozen=True):
    """What a correction changed, in words: what was said, then what stands before and after it.

    ``bars`` are (words, share) pairs; empty where there is nothing to compare.
    """

    said: str
    words: str
    bars: Bars
    undo: ActKind | None
    about_id: str


@get("/why/{decision_id:uuid}/{shelf:str}/{position:int}", opt=ANYBODY)
async def why(
    request: Asked,
    decision_id: FromPath[UUID],
    shelf: FromPath[str],
    position: FromPath[int],
    *,
    said: SaidParameter = None,
    about: AboutParameter = None,
) -> Response[str]:
    """Show why one item stood where it stood, what one can say to that, and what was just said changed."""
    service, who = service_of(request), visitor(request)
    found = await whys.why(service, decision_id, shelf, position, listener_id=who)
    decision = await answers.decision(service, decision_id, listener_id=who)
    profile = await answers.profile(service, who)
    if found.item is None:
        raise NotFound("the catalogue does not know what stood there")
    changed = None
    if said in wording.SAID and about:
        made = await whys.again(service, decision_id, shelf, position, about, listener_id=who)
        changed = _changed(said, made)
    now, tz = clock_of(service, profile)
    return await show(
        request,
        "why.html",
        why=found,
        decision=decision,
        shelf=decision.shelf(shelf),
        offers=_offers(found, profile),
        unsaid=1 - sum(one.reason.share for one in found.because),
        certain=found.slot.propensity == 1,
        said=f"/why/{decision_id}/{quote(shelf, safe='')}/{position}",
        changed=changed,
        made=wording.RUNGS[decision.rung],
        now=now,
        tz=tz,
        **pages.about_item(found.item, profile),
    )


@post("/why/{decision_id:uuid}/{shelf:str}/{position:int}", opt=ANYBODY)
async def correct(
    request: Asked, decision_id: FromPath[UUID], shelf: FromPath[str], position: FromPath[int]
) -> Redirect:
    """Record what was said to a reason, and lead to what it changed."""
    form, path = await form_of(request, Correction), request.url.path
    decision = await answers.decision(
        service_of(request), decision_id, listener_id=visitor(request)
    )
    said = Said(form.act, form.about_id, decision.surface, decision_id, shelf, position)
    await say(request, said)
    return Redirect(led_back(path, said=form.act, about=form.about_id), status_code=303)


def _offers(found: Why, profile: Profile) -> Sequence[Offer]:
    """Return the heard items a slot's reasons cite, each once, with what was said of it."""
    cited = {one.about.item_id: one for one in found.because if one.about is not None}
    return [
        Offer(
            about_id=item_id,
            named=_named(one),
            excluded=profile.marks.get((item_id, "exclude")) == 1,
            disowned=profile.marks.get((item_id, "disown")) == 1,
        )
        for item_id, one in cited.items()
    ]


def _named(one: Because) -> str:
    return one.about.title if one.about is not None else one.sentence


def _changed(said: Any, again: Again) -> Changed:
    about = again.about.title if again.about is not None else None
    named = wording.about(again.about_id, about)
    bars: Bars = ()
    words = "It holds from the next request on."
    if again.difference is not None and said in OF_THE_EVIDENCE:
        words = _of_evidence(again.difference, wording.sentence_case(named), again.is_next)
        bars = _bars(again.difference)
    elif again.is_next:
        words = "It holds from the next list on; what you ban or rest leaves this one at once."
    elif again.difference is not None:
        words = _of_place(again.difference)
    return Changed(
        said=wording.sentence_case(wording.SAID[said].format(about=named)),
        words=words,
        bars=bars,
        undo=UNDO.get(said),
        about_id=again.about_id,
    )


def _of_evidence(difference: Difference, named: str, is_next: bool) -> str:
    """Say how much rested on what was corrected, and how much does now."""
    before, after = difference.cited_before, difference.cited_after
    then = f"{named} was among the reasons of {before.n_citing} of {wording.counted(before.n_slots, 'item')}"
    now = f"{after.n_citing} of {after.n_slots}" if after.n_citing else "none"
    if is_next:
        return f"{then}; of the next ones, made now, it is among those of {now}. These stay as they are for their time."
    return f"{then}; now it is of {now}. {_of_place(difference)}"


def _of_place(difference: Difference) -> str:
    """Say where the item stands now, and how much else has changed."""
    after, n_gone = difference.place_after, difference.n_gone
    others = f"{wording.counted(n_gone, 'item')} gave way" if n_gone else "no item gave way"
    if after is None:
        return f"This one would not stand here any more; {others}."
    if _stands_alike(difference.place_before, after):
        return f"This one stands where it stood; {others}."
    return f"This one now stands on “{after.shelf_title}”, place {after.position + 1}; {others}."


def _stands_alike(before: Place | None, after: Place) -> bool:
    return before is not None and (before.shelf, before.position) == (after.shelf, after.position)


def _bars(difference: Difference) -> Bars:
    before, after = difference.cited_before, difference.cited_after
    return (("Share of all reasons then", before.share), ("Share of all reasons now", after.share))
