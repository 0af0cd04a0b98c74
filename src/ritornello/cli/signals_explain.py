"""``ritornello signals explain``: what a visit was read as, event by event, and why."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, say

if TYPE_CHECKING:
    from ritornello.signals.reading_out import EventTold, SearchTold, SlotTold, VisitTold

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class EventInWords(msgspec.Struct, frozen=True):
    """One event for a person; ``why`` is the rule that decided and the figures it saw."""

    at: str
    event: str
    read_as: str
    why: str
    slot: str
    meant_for: str
    success: str


def explain(
    event_or_visit: Annotated[str, typer.Argument(help="Id of an event, or of a visit.")],
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Print what EVENT_OR_VISIT was read as: each listen's reading and why, its slot, its intent, its success."""
    from ritornello.cli.wiring import find_home
    from ritornello.signals.reading_out import tell

    told = tell(find_home(home), event_or_visit)
    for each in told.broken:
        say(each)
    if json:
        answer(told, as_json=True)
        return
    words = [_in_words(event) for event in told.events]
    answer(words, as_json=False, sentence=_head(told.visit))


def _head(visit: "VisitTold") -> str:
    """Say the visit in a sentence."""
    minutes = (visit.ended_at - visit.started_at).total_seconds() / 60
    seed = f", begun from {visit.seed_kind}" if visit.seed_kind else ""
    return (
        f"{visit.visit_id}: {WEEKDAYS[visit.weekday]}, {visit.started_at:%Y-%m-%d %H:%M} UTC "
        f"({visit.local_hour} o'clock for {visit.listener_id}), {minutes:.0f} minutes on "
        f"{visit.device}{seed}; {visit.n_plays} plays, {visit.n_skips} skips among "
        f"{visit.n_events} events."
    )


def _in_words(event: "EventTold") -> EventInWords:
    listen, intent = event.listen, event.intent
    why = ""
    if listen is not None:
        left_out = listen.left_out_because
        apart = f"does not count: {left_out.replace('_', ' ')}" if left_out else ""
        why = "; ".join(filter(None, (listen.because, listen.ended, apart)))
    success = "" if event.slot is None else _success(event.slot)
    if event.search is not None:
        why, success = _search(event.search), _search_success(event.search)
    return EventInWords(
        at=f"{event.at:%H:%M:%S}",
        event=f"{event.kind} {event.what}".strip(),
        read_as="" if listen is None else listen.reading,
        why=why,
        slot="" if event.slot is None else _slot(event.slot),
        meant_for="" if intent is None else f"{intent.intent} {intent.p:.0%} ({intent.how})",
        success=success,
    )


def _slot(slot: "SlotTold") -> str:
    """Say where it stood, how it belongs there, what else was done, and what came next."""
    place = "" if slot.position is None else f" {slot.position + 1}"
    next_ = f"next {slot.next_in_visit.replace('_', ' ')}" if slot.next_in_visit else ""
    return ", ".join(filter(None, (f"{slot.shelf}{place} ({slot.attribution})", *slot.done, next_)))


def _success(slot: "SlotTold") -> str:
    """Say each function's answer by its name; a version is long."""
    said = {name.partition("@")[0]: value for name, value in slot.success.items()}
    return ", ".join(
        f"{name} {'no evidence' if value is None else f'{value:.2f}'}"
        for name, value in said.items()
    )


def _search(search: "SearchTold") -> str:
    """Say what a search took, and why it counts as it does to the likelier mindset."""
    again = f", {search.n_reformulations} times in other words" if search.n_reformulations else ""
    wait = (
        f", played after {search.seconds_to_play:.0f} s"
        if search.seconds_to_play is not None
        else ""
    )
    likelier = max(search.judged, key=lambda each: each.p)
    took = f"{search.n_queries} queries, {search.n_characters} letters{again}{wait}"
    return f"{took}; {likelier.mindset.replace('_', ' ')} {likelier.p:.0%}: {likelier.because}"


def _search_success(search: "SearchTold") -> str:
    return f"search {'no evidence' if search.success is None else f'{search.success:.2f}'}"
