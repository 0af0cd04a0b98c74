"""Your history: every listen by day, one listen and what to say of it, and what stands corrected."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect, Response

from ritornello.kinds.errors import BadValue
from ritornello.kinds.events import ActKind
from ritornello.kinds.ids import ItemId
from ritornello.kinds.times import Instant, from_us, to_us
from ritornello.listeners.marks import UNDO
from ritornello.listeners.profile import Profile
from ritornello.serve import answers, histories
from ritornello.serve.histories import Heard
from ritornello.serve.web import cards, wording
from ritornello.serve.web.acts import Said, say
from ritornello.serve.web.forms import form_of, led_back
from ritornello.serve.web.shell import ANYBODY, Asked, clock_of, service_of, show
from ritornello.serve.web.signing_in import visitor

N_ROWS = 50

Words = Annotated[str, QueryParameter(max_length=100)]
Microseconds = Annotated[int | None, QueryParameter(ge=-(2**53), le=2**53)]


class Remark(msgspec.Struct, frozen=True):
    """Why a listen counts less, as a sentence; and the act that takes that back, about what."""

    words: str
    undo: ActKind | None = None
    about_id: str = ""


class Row(msgspec.Struct, frozen=True):
    """One listen as shown; ``how`` is a sentence, ``remarks`` are the latest first."""

    event_id: UUID
    item_id: ItemId
    title: str
    by: str
    by_id: str
    known: bool
    at: Instant
    how: str
    origin: str
    remarks: tuple[Remark, ...]


class Day(msgspec.Struct, frozen=True):
    """The listens of one local day."""

    on: date
    rows: tuple[Row, ...]


class Hours(msgspec.Struct, frozen=True):
    """The fields of the form about hours of the day."""

    act: Literal["disown", "exclude"]
    from_hour: Annotated[int, msgspec.Meta(ge=0, le=23)]
    until_hour: Annotated[int, msgspec.Meta(ge=0, le=23)]


@get("/history", opt=ANYBODY)
async def history(
    request: Asked,
    *,
    q: Words = "",
    only: FromQuery[Literal["", "skipped", "left_out"]] = "",
    on: FromQuery[str] = "",
    before: Microseconds = None,
    before_id: FromQuery[UUID | None] = None,
    after: Microseconds = None,
) -> Response[str]:
    """Show a page of everything played, newest first."""
    service, who = service_of(request), visitor(request)
    profile = await answers.profile(service, who)
    now, tz = clock_of(service, profile)
    until = None if before is None else from_us(before)
    if on and before is None:
        until = _end_of(on, tz)
    since = None if after is None else from_us(after)
    found = await histories.history(
        service,
        who,
        n=N_ROWS + 1,
        before=until,
        before_id=before_id,
        after=since,
        query=q or None,
        only=only or None,
    )
    forwards = since is not None
    shown = found[-N_ROWS:] if forwards else found[:N_ROWS]
    state = {name: value for name, value in (("q", q), ("only", only)) if value}
    return await show(
        request,
        "history.html",
        days=_days(shown, tz),
        q=q,
        only=only,
        on=on,
        state=state,
        filters=[(name, words, _address(**(state | {"only": name}))) for name, words in _FILTERS],
        earlier=_earlier(shown, state) if forwards or len(found) > N_ROWS else None,
        later=_later(shown, state) if shown and (until or forwards) else None,
        here=_here(request),
        today=now.date(),
        n_plays=profile.n_plays,
        now=now,
        tz=tz,
    )


@get("/history/{event_id:uuid}", opt=ANYBODY)
async def listen(request: Asked, event_id: FromPath[UUID]) -> Response[str]:
    """Show one listen, and what one can say of it."""
    service, who = service_of(request), visitor(request)
    heard = await histories.listen(service, who, event_id)
    profile = await answers.profile(service, who)
    now, tz = clock_of(service, profile)
    return await show(
        request,
        "listen.html",
        row=_row(heard),
        listen=heard,
        item=heard.item,
        scopes=_scopes(heard, profile, tz.key, heard.started_at.astimezone(tz).hour),
        now=now,
        tz=tz,
    )


@get("/history/corrections", opt=ANYBODY)
async def corrections(request: Asked, hour: FromQuery[int | None] = None) -> Response[str]:
    """Show what stands corrected, and correct by the hour of the day."""
    service, who = service_of(request), visitor(request)
    profile = await answers.profile(service, who)
    now, tz = clock_of(service, profile)
    standing = await histories.corrections(service, who)
    return await show(
        request,
        "corrections.html",
        standing=[
            (one, wording.about(one.about_id, one.item.title if one.item else None))
            for one in standing
        ],
        hour=hour,
        now=now,
        tz=tz,
    )


@post("/history/hours", opt=ANYBODY)
async def hours(request: Asked) -> Redirect:
    """Say that what was played between two hours was somebody else, or is not to be used."""
    service, who = service_of(request), visitor(request)
    form = await form_of(request, Hours)
    profile = await answers.profile(service, who)
    _, tz = clock_of(service, profile)
    about_id = f"hours:{form.from_hour:02d}-{form.until_hour:02d}@{tz.key}"
    await say(request, Said(form.act, about_id, surface="history"))
    return Redirect(
        led_back("/history/corrections", said=form.act, about=about_id), status_code=303
    )


def _end_of(on: str, tz: ZoneInfo) -> datetime:
    """Return the instant a local day ends.

    Raises
    ------
    BadValue : no such day.
    """
    try:
        day = date.fromisoformat(on)
        following = day + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise BadValue(f"no day {on!r}; days look like 2026-11-21") from error
    return datetime(following.year, following.month, following.day, tzinfo=tz)


_FILTERS = (("", "Everything"), ("skipped", "Skipped"), ("left_out", "Left out"))


def _days(shown: Sequence[Heard], tz: ZoneInfo) -> list[Day]:
    by_day = groupby(shown, key=lambda heard: heard.started_at.astimezone(tz).date())
    return [Day(on, tuple(map(_row, heards))) for on, heards in by_day]


def _row(heard: Heard) -> Row:
    item = heard.item
    by, by_id = cards.credit(item) if item else ("", "")
    return Row(
        event_id=heard.event_id,
        item_id=heard.item_id,
        title=item.title if item else heard.item_id,
        by=by,
        by_id=by_id,
        known=item is not None,
        at=heard.started_at,
        how=wording.how_it_went(heard.reading, heard.ms_played, heard.duration_ms),
        origin=wording.origin(heard.source, heard.client),
        remarks=_remarks(heard),
    )


def _remarks(heard: Heard) -> tuple[Remark, ...]:
    """Say what corrects a listen, each with its undoing, and why else it is left out, if it is."""
    said = tuple(
        Remark(
            wording.corrected(one.act, one.about_id, one.item.title if one.item else None),
            UNDO[one.act],
            one.about_id,
        )
        for one in heard.corrected
    )
    if heard.left_out is None or (said and heard.left_out != "same_play"):
        return said
    return (*said, Remark(wording.LEFT_OUT[heard.left_out]))


class Scope(msgspec.Struct, frozen=True):
    """What a correction may be about, from one play to hours of every day, and how it stands."""

    about_id: str
    named: str
    disowned: bool
    excluded: bool


def _scopes(heard: Heard, profile: Profile, zone_name: str, hour: int) -> list[Scope]:
    item = heard.item
    about: list[tuple[str, str | None]] = [(f"listen:{heard.event_id}", None)]
    if item is not None:
        by, by_id = cards.credit(item)
        about.append((item.item_id, item.title))
        if by_id:
            about.append((by_id, by))
    if heard.context_kind not in (None, "unknown", "artist"):
        about.append((f"context:{heard.context_kind}:{heard.context_id or ''}", None))
    about.append((f"hours:{hour:02d}-{(hour + 1) % 24:02d}@{zone_name}", None))
    return [
        Scope(
            about_id,
            wording.about(about_id, title),
            profile.marks.get((about_id, "disown")) == 1,
            profile.marks.get((about_id, "exclude")) == 1,
        )
        for about_id, title in about
    ]


def _earlier(shown: Sequence[Heard], state: dict[str, str]) -> str | None:
    if not shown:
        return None
    last = shown[-1]
    return _address(**state, before=to_us(last.started_at), before_id=last.event_id)


def _later(shown: Sequence[Heard], state: dict[str, str]) -> str:
    return _address(**state, after=to_us(shown[0].started_at))


def _address(**state: Any) -> str:
    kept = {name: value for name, value in state.items() if value not in ("", None)}
    return f"/history?{urlencode(kept)}" if kept else "/history"


def _here(request: Asked) -> str:
    """Return the address of the page shown, without what a notice said."""
    return led_back(f"{request.url.path}?{request.url.query}")
