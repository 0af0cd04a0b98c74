"""The search page: what is found as one types, a settled search with its chips, and what follows from it.

The state of a conversation is the page's address: the words, the chips, and what stood before each change, so that
taking a chip away and undoing a turn are links, and everything works where no script runs.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import parse_qs, urlencode
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromQuery
from litestar.response import Redirect, Response

from ritornello.kinds.decisions import Decision
from ritornello.serve import answers, searching
from ritornello.serve.searching import Answered, Wanted
from ritornello.serve.web import found, moment_cards
from ritornello.serve.web.acts import CLIENT
from ritornello.serve.web.forms import form_of
from ritornello.serve.web.moment_cards import device_of
from ritornello.serve.web.search_words import nothing_found, suggestion, summed_up, taken_for
from ritornello.serve.web.shell import ANYBODY, Asked, service_of, show
from ritornello.serve.web.signing_in import visitor
from ritornello.serve.web.wording import RUNGS
from ritornello.surfaces.search import chips as of_text
from ritornello.surfaces.search.standing import Standing, Wish

N_RECENT = 8
N_TYPED = 4
DEPTH = 8
"""Turns that an address remembers; the oldest fall away."""
TRIES = (
    "calm songs for the evening",
    "jazz from the nineties",
    "something I have never heard",
    "fast music for running",
)
TURNS = ("calmer", "nothing I have heard", "no live versions", "from the nineties")


class ShownChip(msgspec.Struct, frozen=True):
    """A chip as shown: its text, its words, what it was read from, and where it is gone."""

    chip: str
    words: str
    said: str
    is_not: bool
    without: str


class Forgotten(msgspec.Struct, frozen=True):
    """The field of the form that forgets a search; none forgets all of them."""

    text: Annotated[str, msgspec.Meta(max_length=1000)] = ""


@get("/search", opt=ANYBODY)
async def search(
    request: Asked,
    *,
    q: FromQuery[str] = "",
    words: FromQuery[str] = "",
    chip: FromQuery[list[str] | None] = None,
    was: FromQuery[list[str] | None] = None,
    say: FromQuery[str] = "",
    refines: FromQuery[UUID | None] = None,
    shown: FromQuery[UUID | None] = None,
) -> Response[str]:
    """Show what a search came to, or where one may begin."""
    service, who = service_of(request), visitor(request)
    standing = standing_of(words, chip or (), was or ())
    if not (q.strip() or say.strip()) and standing.is_empty:
        return await show(request, "search.html", **await _beginning(request, standing))
    wanted = Wanted(
        text=say if say.strip() else "" if q == words else q,
        standing=standing,
        is_turn=bool(say.strip()),
        shown=shown,
        refines=refines,
        device=device_of(request),
        client=CLIENT,
    )
    answered = await searching.search(service, who, wanted)
    if answered.decision is None:
        return await show(request, "search.html", **await _beginning(request, answered.standing))
    shown_now = await _answer(request, answered, answered.decision)
    return await show(request, "search.html", **shown_now)


@get("/search/typed", opt=ANYBODY)
async def typed(request: Asked, q: FromQuery[str] = "") -> Response[str]:
    """Show what somebody who is typing may mean, as the part of the page that changes."""
    service, who = service_of(request), visitor(request)
    if not q.strip():
        return await show(request, "search_begin.html", **await _beginning(request, Standing()))
    now = await searching.typed(service, who, q, n=N_TYPED, device=device_of(request))
    groups = now.groups
    results = [*filter(None, [groups.top])]
    for _, _, of_kind in found.TYPED:
        results += getattr(groups, of_kind)
    known = await answers.items(service, {each.item_id for each in results})
    shown = found.typed_groups(groups, known)
    told = {
        "typed": q[:300],
        "groups": shown,
        "has_top": any(group.form == "top" for group in shown),
        "n_found": sum(len(group.hits) for group in shown),
        "suggestions": [
            suggestion(each, address(Standing(), q=each.text))
            for each in now.suggestions
            if each.because != "name"
        ],
        "nothing": nothing_found(q, ()),
    }
    return await show(request, "search_found.html", **_nothing_asked(Standing(q)) | told)


@post("/search/forget", opt=ANYBODY)
async def forget(request: Asked) -> Redirect:
    """Forget one search, or all of them."""
    who, forgotten = visitor(request), await form_of(request, Forgotten)
    await searching.forget(service_of(request), who, forgotten.text, client=CLIENT)
    return Redirect("/search", status_code=303)


def standing_of(words: str, chips: Sequence[str], was: Sequence[str]) -> Standing:
    """Return the state an address stands for; what nobody could have meant is left out."""
    standing = Standing()
    for each in [*was[-DEPTH:], _query(Wish(words, of_text.read(chips)[0]))]:
        told = parse_qs(each)
        kept, _ = of_text.read(told.get("chip", ()))
        standing = standing.then(told.get("words", [""])[0], kept)
    return standing


def address(standing: Standing, **more: str) -> str:
    """Return the address of a state, so that a link leads there.

    Examples
    --------
    >>> calm = Standing().then("rain", [of_text.parse("mood:calm")])
    >>> address(calm), address(calm.undone())
    ('/search?words=rain&chip=mood%3Acalm', '/search')
    """
    asked = [("words", standing.words)] if standing.words else []
    asked += [("chip", str(chip)) for chip in standing.chips]
    asked += [("was", each) for each in earlier(standing)]
    asked += list(more.items())
    return f"/search?{urlencode(asked)}" if asked else "/search"


def earlier(standing: Standing) -> list[str]:
    """Return what stood before, each as the query it was, the latest last; the beginning needs no telling."""
    before = [_query(wish) for wish in standing.earlier[-DEPTH:]]
    return [each for each in before if each]


def _query(wish: Wish) -> str:
    asked = [("words", wish.words)] if wish.words else []
    return urlencode([*asked, *(("chip", str(chip)) for chip in wish.chips)])


def _nothing_asked(standing: Standing) -> dict[str, Any]:
    """Return what the templates read, of a page that says nothing yet."""
    return {
        "standing": standing, "chips": [], "was": [], "doubts": [], "question": None, "said": "",
        "answered": True, "groups": [], "has_top": False, "n_found": 0, "typed": "", "summary": "",
        "made": "", "suggestions": [], "nothing": None, "can_turn": False, "query_id": None,
        "undo": "", "turns": [], "decision": None, "mindset": "", "recents": [], "tries": [],
        "moments": None,
    }  # fmt: skip


async def _beginning(request: Asked, standing: Standing) -> dict[str, Any]:
    service, who = service_of(request), visitor(request)
    recents, moments = await asyncio.gather(
        searching.recent(service, who, N_RECENT), moment_cards.on_now(request)
    )
    return _nothing_asked(standing) | {
        "answered": False,
        "recents": [(text, address(Standing(), q=text)) for text in recents],
        "tries": [(text, address(Standing(), q=text)) for text in TRIES],
        "moments": moments,
    }


async def _answer(request: Asked, answered: Answered, decision: Decision) -> dict[str, Any]:
    service, standing = service_of(request), answered.standing
    known = await answers.items(service, {slot.item_id for slot in decision.slots})
    groups = found.groups_of(decision, known, answered.lists, answered.entries)
    n_found = sum(len(group.hits) for group in groups)
    question = answered.question
    shown = {"shown": str(decision.decision_id)}
    if answered.query_id is not None:
        shown["refines"] = str(answered.query_id)
    return _nothing_asked(standing) | {
        "chips": [_chip(standing, each, answered.told[str(each)]) for each in standing.chips],
        "was": earlier(standing),
        "said": answered.said,
        "question": question
        and (
            question.text,
            [(a.said, address(standing.then(a.words, a.chips))) for a in question.answers],
        ),
        "groups": groups,
        "has_top": any(group.form == "top" for group in groups),
        "n_found": n_found,
        "summary": summed_up(n_found, decision),
        "made": RUNGS[decision.rung],
        "nothing": nothing_found(
            standing.words,
            [(_words(answered, c), address(standing.without(str(c)))) for c in standing.chips],
        ),
        "can_turn": True,
        "query_id": answered.query_id,
        "undo": address(standing.undone()) if earlier(standing) else "",
        "turns": [(text, address(standing, say=text, **shown)) for text in TURNS],
        "decision": decision,
        "mindset": taken_for(answered.mindset),
    }


def _chip(standing: Standing, chip: of_text.Chip, words: str) -> ShownChip:
    without = address(standing.without(str(chip)))
    return ShownChip(str(chip), words, chip.said, chip.is_not, without)


def _words(answered: Answered, chip: of_text.Chip) -> str:
    return answered.told[str(chip)]
