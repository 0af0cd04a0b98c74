"""The five choices of the beginning: what there is to choose from, what was chosen, and choosing.

A choice is an ``Answer`` to the question ``onboarding``, about an artist or a show; one about nothing says that the
question was answered, or left. The next request knows.
"""

import sqlite3
from collections.abc import Collection
from typing import Annotated

import msgspec

from ritornello.kinds.errors import BadValue, NotFound
from ritornello.kinds.events import Answer, Device
from ritornello.kinds.ids import ItemId, ListenerId, uuid7
from ritornello.kinds.items import Artist, Show
from ritornello.listeners.marks import CHOSEN, ONBOARDING
from ritornello.serve import answers
from ritornello.serve.access import no_listener
from ritornello.serve.service import Service
from ritornello.surfaces import onboarding

MOST_CHOSEN = 100


class Choice(msgspec.Struct, frozen=True):
    """One artist or show to choose."""

    item_id: ItemId
    title: str
    chosen: bool


class Group(msgspec.Struct, frozen=True):
    """Choices that are near each other; ``genres`` is empty where the catalogue names none."""

    genres: tuple[str, ...]
    choices: tuple[Choice, ...]


class Offered(msgspec.Struct, frozen=True):
    """What a newcomer may choose from; ``was_asked`` where they answered or left the question before."""

    groups: tuple[Group, ...]
    was_asked: bool


class Chosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ids of the artists and shows that were chosen; none leaves the question."""

    chosen: Annotated[frozenset[ItemId], msgspec.Meta(max_length=MOST_CHOSEN)] = frozenset()


async def offered(service: Service, listener_id: ListenerId) -> Offered:
    """Return what there is to choose from, and what of it was chosen before."""

    def read(conn: sqlite3.Connection) -> Offered:
        situation = answers.situated(service, conn, listener_id, "home")
        view, chosen = situation.view, situation.profile.chosen
        groups = tuple(
            Group(
                group.genres,
                tuple(
                    Choice(item_id, view.title(view.number[item_id]), item_id in chosen)
                    for item_id in group.choices
                ),
            )
            for group in onboarding.groups(situation)
        )
        return Offered(groups, situation.profile.was_asked)

    return await service.read(read)


async def choose(
    service: Service, listener_id: ListenerId, chosen: Collection[ItemId], device: Device
) -> None:
    """Keep what was chosen, and take back what was chosen before and is not any more.

    Raises
    ------
    NotFound : the catalogue does not know one of them, or the listener has left; nothing is kept.
    BadValue : one of them is neither an artist nor a show.
    """
    known = await answers.items(service, chosen)
    for item_id in sorted(chosen):
        if item_id not in known:
            raise NotFound(f"the catalogue does not know {item_id!r}; nothing was kept")
        if not isinstance(known[item_id], Artist | Show):
            raise BadValue(f"{item_id!r} is neither an artist nor a show; choose among those")
    before = (await answers.profile(service, listener_id)).chosen
    now = service.now()
    values: list[tuple[ItemId | None, str]] = [(None, "answered" if chosen else "left")]
    values += [(item_id, "no") for item_id in before - set(chosen)]
    values += [(item_id, CHOSEN) for item_id in chosen]
    said = [
        Answer(
            event_id=uuid7(now),
            listener_id=listener_id,
            happened_at=now,
            surface=ONBOARDING,
            device=device,
            question=ONBOARDING,
            about_id=about_id,
            value=value,
        )
        for about_id, value in values
    ]
    verdicts = await answers.record(service, said, intake=ONBOARDING)
    if "erased" in verdicts:
        raise no_listener(listener_id)
