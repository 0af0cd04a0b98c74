"""Search: settled, as one types, going on, and the minute of an episode; and what was searched for lately.

Every answer of a search says how it was read, as chips that can be taken away, and carries the whole state of the
conversation, which the client keeps and sends along: the server keeps nothing of it. A listener's or a service's key
searches; a scientist's or an editor's looks as any listener would see it, and nothing of that is written down.
"""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from ritornello.kinds.events import Device, Hypothesis
from ritornello.kinds.faults import Fault
from ritornello.kinds.ids import ItemId
from ritornello.serve import bodies, searching, speaking
from ritornello.serve.access import Caller, Role, allow, listener_of
from ritornello.serve.api.pages import Page, page_of
from ritornello.serve.document import reads
from ritornello.serve.searching import Answered, Typed, Wanted
from ritornello.serve.service import Service
from ritornello.surfaces.recipes import FoundKind
from ritornello.surfaces.search import chips as of_text
from ritornello.surfaces.search import hypotheses
from ritornello.surfaces.search import standing as standings
from ritornello.surfaces.search.chips import Chip
from ritornello.surfaces.search.focusing import EntryPoint
from ritornello.surfaces.search.mindset import Mindset
from ritornello.surfaces.search.read_back import ReadBack
from ritornello.surfaces.search.spoken import Candidate

SEARCHERS: tuple[Role, ...] = ("listener", "editor", "scientist", "service")
KEEPERS: tuple[Role, ...] = ("listener", "service")
"""Whose searches are written down; the others look."""

Count = Annotated[int, QueryParameter(ge=1, le=100)]


class ChipTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """A chip as text, in words, and the words it was read from."""

    chip: str
    words: str
    said: str = ""


class DoubtTold(msgspec.Struct, frozen=True):
    """Another way to read something, and why it was not taken."""

    said: str
    words: str
    chips: tuple[str, ...]
    because: str


class Choice(msgspec.Struct, frozen=True):
    """One answer to a question: what it is called, and what stands once it is given."""

    said: str
    words: str
    chips: tuple[str, ...]


class QuestionTold(msgspec.Struct, frozen=True):
    """One short question; any turn may answer it, or pass it over."""

    text: str
    answers: tuple[Choice, ...]


class SearchPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer: what stands, how it was read, and the page; no ``page`` where nothing was asked for.

    ``standing`` is the whole state: send it with the next turn. ``query_id`` names this search for the turn that refines
    it; there is none of what was not written down. ``said`` tells what a turn changed. ``faults`` are chips that could
    not be meant.
    """

    standing: dict[str, Any]
    chips: tuple[ChipTold, ...]
    mindset: Mindset
    page: Page | None = None
    query_id: UUID | None = None
    said: str = ""
    question: QuestionTold | None = None
    doubts: tuple[DoubtTold, ...] = ()
    faults: tuple[Fault, ...] = ()


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One more turn: what is said now, and the state as the last answer gave it.

    ``shown`` is the decision the listener sees, of which "the second" is said; ``refines`` the ``query_id`` before.
    """

    text: Annotated[str, msgspec.Meta(max_length=10_000)]
    standing: dict[str, Any] = {}
    shown: UUID | None = None
    refines: UUID | None = None
    device: Device = "unknown"


class Alternatives(msgspec.Struct, frozen=True):
    """One form of what a recogniser heard: the best first, with scores or without."""

    alternatives: tuple[Hypothesis, ...]


Hypotheses = tuple[Hypothesis, ...]


class SpokenPage(msgspec.Struct, frozen=True):
    """The answer to what was heard: what to do, how sure that is, what to say back, and what may have been meant."""

    search: SearchPage
    does: str | None
    confidence: float
    read_back: ReadBack
    candidates: tuple[Candidate, ...]


class Recent(msgspec.Struct, frozen=True):
    """What was searched for lately, the latest first."""

    searches: list[str]


class EntryPoints(msgspec.Struct, frozen=True):
    """Where to enter, the best first."""

    passages: list[EntryPoint]


@get("/search", opt=allow(*SEARCHERS))
async def search(
    request: Request[Any, Any, Any],
    *,
    q: FromQuery[str] = "",
    chip: FromQuery[list[str] | None] = None,
    kind: FromQuery[list[FoundKind] | None] = None,
    n: Annotated[int | None, QueryParameter(ge=1, le=100)] = None,
    listener_id: FromQuery[str | None] = None,
    device: FromQuery[Device] = "unknown",
) -> SearchPage:
    """Answer a settled search; its decision is in the log before the page leaves.

    ``chip`` are chips that hold beside ``q``, such as ``mood:calm`` or ``-version:live``; ``kind`` which shelves, ``n`` how long.
    """
    found, faults = of_text.read(chip or ())
    wanted = Wanted(
        text=q,
        standing=standings.Standing().then("", found),
        kinds=tuple(kind or ()),
        n=n,
        device=device,
        client="api",
    )
    return await _answer(request, wanted, listener_id, tuple(faults))


@post("/search/turn", opt={**allow(*SEARCHERS), **reads(Turn)}, status_code=200)
async def turn(
    request: Request[Any, Any, Any], listener_id: FromQuery[str | None] = None
) -> SearchPage:
    """Take one more turn in: "calmer", "no live versions", "more like the second", "undo"."""
    said = bodies.read(await request.body(), Turn)
    wanted = Wanted(
        text=said.text,
        standing=standings.read(msgspec.json.encode(said.standing)),
        is_turn=True,
        shown=said.shown,
        refines=said.refines,
        device=said.device,
        client="api",
    )
    return await _answer(request, wanted, listener_id)


@post(
    "/search/voice", opt={**allow(*SEARCHERS), **reads(Hypotheses, Alternatives)}, status_code=200
)
async def voice(
    request: Request[Any, Any, Any],
    n: Annotated[int | None, QueryParameter(ge=1, le=100)] = None,
    listener_id: FromQuery[str | None] = None,
    device: FromQuery[Device] = "speaker",
) -> SpokenPage:
    """Search for what a recogniser heard: its hypotheses as JSON, a lattice, or a sound where a recogniser is set.

    Nobody has to send scores; what no recogniser could have said is told in ``faults``.
    """
    service: Service = request.app.state.service
    caller: Caller = request.user
    who = listener_of(caller, listener_id)
    body, kind = await request.body(), request.headers.get("content-type", "")
    heard, faults = (
        await speaking.listen(service, body) if kind.startswith("audio/") else hypotheses.read(body)
    )
    wanted = Wanted(n=n, device=device, client="api")
    said = await speaking.search(service, who, heard, wanted, is_kept=caller.role in KEEPERS)
    shown = page(service, said.answered, tuple(faults))
    understood = said.understood
    return SpokenPage(
        shown,
        does=understood.wanted.does,
        confidence=understood.confidence,
        read_back=understood.read_back,
        candidates=understood.candidates,
    )


@get("/search/suggest", opt=allow(*SEARCHERS))
async def suggest(
    request: Request[Any, Any, Any],
    q: FromQuery[str] = "",
    n: Annotated[int, QueryParameter(ge=1, le=20)] = 5,
    listener_id: FromQuery[str | None] = None,
    device: FromQuery[Device] = "unknown",
) -> Typed:
    """Return what somebody who is typing may mean, from the first letter on; nothing is written down."""
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    return await searching.typed(service, who, q, n=n, device=device)


@get("/search/recent", opt=allow(*KEEPERS))
async def recent(
    request: Request[Any, Any, Any], n: Count = 20, listener_id: FromQuery[str | None] = None
) -> Recent:
    """Return what a listener searched for lately."""
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    return Recent(await searching.recent(service, who, n))


@delete("/search/recent", opt=allow(*KEEPERS))
async def forget(
    request: Request[Any, Any, Any],
    q: FromQuery[str] = "",
    listener_id: FromQuery[str | None] = None,
) -> None:
    """Forget one search of a listener, or all of them."""
    service: Service = request.app.state.service
    who = listener_of(request.user, listener_id)
    await searching.forget(service, who, q, client="api")


@get("/episodes/{episode_id:str}/passages", opt=allow(*SEARCHERS))
async def passages(
    request: Request[Any, Any, Any],
    episode_id: FromPath[ItemId],
    q: FromQuery[str] = "",
    n: Count = 10,
) -> EntryPoints:
    """Return where in an episode somebody says it; nothing where nobody does, or there is no transcript."""
    service: Service = request.app.state.service
    return EntryPoints(await searching.passages(service, q, n, episode_id=episode_id))


async def _answer(
    request: Request[Any, Any, Any],
    wanted: Wanted,
    asked: str | None,
    faults: tuple[Fault, ...] = (),
) -> SearchPage:
    """Search for a listener, or look as they would."""
    service: Service = request.app.state.service
    caller: Caller = request.user
    who = listener_of(caller, asked)
    found = await searching.search(service, who, wanted, is_kept=caller.role in KEEPERS)
    return page(service, found, faults)


def page(service: Service, found: Answered, faults: tuple[Fault, ...] = ()) -> SearchPage:
    """Return an answer as a client shows it."""
    standing, decision, question = found.standing, found.decision, found.question
    shown = None
    if decision is not None:
        shown = page_of(
            decision,
            decision.slots,
            service.catalogue.latest,
            titles={item_id: each.title for item_id, each in found.lists.items()},
            words={at: entry.words for at, entry in found.entries.items()},
        )
    return SearchPage(
        standing=standing.plain(),
        chips=tuple(ChipTold(str(c), found.told[str(c)], c.said) for c in standing.chips),
        mindset=found.mindset,
        page=shown,
        query_id=found.query_id,
        said=found.said,
        question=None
        if question is None
        else QuestionTold(
            question.text,
            tuple(Choice(a.said, a.words, _texts(a.chips)) for a in question.answers),
        ),
        doubts=tuple(DoubtTold(d.said, d.words, _texts(d.chips), d.because) for d in found.doubts),
        faults=faults,
    )


def _texts(chips: tuple[Chip, ...]) -> tuple[str, ...]:
    return tuple(map(str, chips))


handlers = (search, turn, voice, suggest, recent, forget, passages)
