"""``ritornello search``: what a search would show, how it was read, and where in episodes it is said.

A look, not a showing: nothing is written down, and nothing remembers that it was asked.
"""

from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, say
from ritornello.kinds.errors import BadValue, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ritornello.serve.searching import Answered
    from ritornello.serve.service import Service
    from ritornello.surfaces.search.hypotheses import Heard

NOBODY = "nobody"
"""Who searches where no listener is named: somebody of whom nothing is known."""


class Shown(msgspec.Struct, frozen=True):
    """One result in words; ``p`` is the probability that this item stood here."""

    shelf: str
    item_id: str
    title: str
    by: str
    at: str
    p: float
    because: str


class Place(msgspec.Struct, frozen=True):
    """A place in an episode: where to enter, until when, and the words."""

    episode_id: str
    title: str
    at: str
    until: str
    words: str


class Looked(msgspec.Struct, frozen=True):
    """What would be shown, and how the request was read."""

    words: str
    chips: list[str]
    question: str
    p_known_item: float
    rung: str
    rung_because: str
    read_back: str
    slots: list[Shown]


def search(
    text: Annotated[str, typer.Argument(help="What is searched for, in words.")] = "",
    *,
    listener: Annotated[str, typer.Option(help="Who would be shown it.")] = NOBODY,
    chip: Annotated[
        list[str] | None,
        typer.Option(help="What must hold beside it, such as mood:calm or -version:live."),
    ] = None,
    passages: Annotated[
        bool, typer.Option("--passages", help="Print where in episodes it is said instead.")
    ] = False,
    voice: Annotated[
        Path | None,
        typer.Option(help="JSON a recogniser answered, or a .wav for one that is set."),
    ] = None,
    n: Annotated[int, typer.Option("-n", min=1, max=100, help="Results of each kind.")] = 5,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Search a home as a listener would, and say how the request was read."""
    if not (text.strip() or voice or chip):
        raise BadValue('nothing to search for; say what, such as: ritornello search "calm songs"')
    with _opened(home) as service:
        if passages:
            places = _places(service, text, n)
            sentence = f"{len(places)} places where it is said:" if places else "Nobody says that."
            answer(places, as_json=json, sentence=sentence)
            return
        looked = _looked(service, text, listener, chips=chip or [], voice=voice, n=n)
    if json:
        answer(looked, as_json=True)
        return
    answer(looked.slots, as_json=False, sentence=_sentence(looked))


@contextmanager
def _opened(home: Path) -> "Iterator[Service]":
    """Open a home as a server would, with everything search stands on as it is this instant."""
    from ritornello.cli.wiring import REDUCERS, find_home, now, settings_of
    from ritornello.serve.opening import open_service

    found = find_home(home)
    with open_service(found, settings_of(found), REDUCERS, now=now, seconds=monotonic) as service:
        service.bundles.refresh()
        service.names.refresh()
        service.spoken.refresh()
        service.meant.refresh()
        if service.names.is_behind:
            say("The index of names is behind; `ritornello index` makes it anew.")
        yield service


def _places(service: "Service", text: str, n: int) -> list[Place]:
    """Return where in all episodes it is said.

    Raises
    ------
    NotFound : no index of passages was made yet.
    """
    from ritornello.surfaces.search import focusing

    index, view = service.spoken.passages, service.meant.latest.stock.view
    if index is None:
        raise NotFound("no index of what is said in episodes; make one with `ritornello index`")
    places = []
    for each in focusing.find(index, text, n):
        row = view.number.get(each.episode_id)
        title = "" if row is None else view.title(row)
        places.append(
            Place(each.episode_id, title, _at(each.start_ms), _at(each.end_ms), each.words)
        )
    return places


def _looked(
    service: "Service", text: str, listener: str, *, chips: list[str], voice: Path | None, n: int
) -> Looked:
    """Search as a server would, and put the answer into words.

    Raises
    ------
    BadValue : a chip that cannot be meant.
    """
    from ritornello.serve import searching
    from ritornello.surfaces.search import chips as of_text
    from ritornello.surfaces.search.standing import Standing

    standing = Standing().then("", [of_text.parse(each) for each in chips])
    wanted = searching.Wanted(text=text, standing=standing, n=n)
    conn, read_back = service.readers.connection, ""
    if voice is None:
        found = searching.answer(service, conn, listener, wanted)
    else:
        from ritornello.serve import speaking

        spoken = speaking.answer(service, conn, listener, _heard(service, voice), wanted)
        found, read_back = spoken.answered, spoken.understood.read_back.sentence
    decision = found.decision
    return Looked(
        words=found.standing.words,
        chips=[found.told[str(each)] for each in found.standing.chips],
        question=found.question.text if found.question else "",
        p_known_item=found.mindset.p_known_item,
        rung=decision.rung if decision else "",
        rung_because=decision.rung_because if decision else "nothing was asked for",
        read_back=read_back,
        slots=_in_words(service, found) if decision else [],
    )


def _heard(service: "Service", file: Path) -> "Heard":
    """Return what was heard: as a recogniser answered it, or by the one that is set.

    Raises
    ------
    BadValue : nothing was heard; the message says why.
    """
    from ritornello.serve import speaking
    from ritornello.surfaces.search import hypotheses

    body = file.read_bytes()
    is_sound = file.suffix.lower() == ".wav"
    heard, faults = speaking.heard(service, body) if is_sound else hypotheses.read(body)
    if not heard.hypotheses:
        why = "; ".join(fault.message for fault in faults) or "it holds no hypothesis"
        raise BadValue(f"{file.name}: {why}")
    return heard


def _in_words(service: "Service", found: "Answered") -> list[Shown]:
    """Return each slot with its title, its maker and the sentence of its first reason."""
    from ritornello.explain.sentences import sentence
    from ritornello.kinds.times import zone

    decision, view = found.decision, service.meant.latest.stock.view
    if decision is None:
        return []
    local = decision.made_at.astimezone(zone(decision.time_zone))
    shown = []
    for slot in decision.slots:
        row, own = view.number.get(slot.item_id), found.lists.get(slot.item_id)
        title = view.title(row) if row is not None else own.title if own else ""
        by = view.artist_name(row) if row is not None else ""
        because = sentence(slot.reasons[0], view, local) if slot.reasons else ""
        at, shelf = _at(slot.start_ms), decision.shelf(slot.shelf).title
        shown.append(Shown(shelf, slot.item_id, title, by, at, slot.propensity, because))
    return shown


def _sentence(looked: Looked) -> str:
    """Say how the request was read, and what there is."""
    read = [f"“{looked.words}”"] if looked.words else []
    told = ", ".join([*read, *looked.chips])
    lines = [looked.read_back, f"Read as {told}." if told else "", looked.question]
    found = f"{len(looked.slots)} results, from the {looked.rung} rung"
    because = f" ({looked.rung_because})" if looked.rung_because else ""
    lines.append(
        f"{found}{because}{':' if looked.slots else '.'}"
        if looked.rung
        else "Nothing was asked for."
    )
    return "\n".join(filter(None, lines))


def _at(ms: int | None) -> str:
    """Return a time in an episode as a player shows it."""
    if ms is None:
        return ""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
