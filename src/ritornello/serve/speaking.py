"""Search by voice: what a recogniser heard, searched jointly, read back, and written down like any other search.

The recogniser is the client's, which sends what it heard, or one that the setting ``recogniser`` names, which is given the
sound. Nothing of a sound is kept: it rests in a file of its own while it is listened to.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Connection

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import NONE
from ritornello.kinds.events import Hypothesis
from ritornello.kinds.faults import Fault
from ritornello.kinds.ids import ItemId, ListenerId
from ritornello.serve import searching
from ritornello.serve.searching import Answered, Wanted
from ritornello.serve.service import Service
from ritornello.surfaces.search import recognisers, spoken
from ritornello.surfaces.search.history import history_of
from ritornello.surfaces.search.hypotheses import Heard
from ritornello.surfaces.search.index import Found
from ritornello.surfaces.search.search import shape_of
from ritornello.surfaces.search.spoken import Understood
from ritornello.surfaces.search.standing import Standing
from ritornello.surfaces.situation import Situation

N_KEPT = 8
"""So many hypotheses are written down with the query."""


class Spoken(msgspec.Struct, frozen=True):
    """What was understood of what was heard, and the answer to it."""

    understood: Understood
    answered: Answered


async def search(
    service: Service,
    listener_id: ListenerId,
    heard: Heard,
    wanted: Wanted,
    *,
    is_kept: bool = True,
) -> Spoken:
    """Answer what was heard; it and its decision are committed before the answer is returned.

    Parameters
    ----------
    wanted : on what it was said, and how many are wanted.
    is_kept : no for a preview, of which nothing is written down.

    Raises
    ------
    NotFound : the listener has left.
    StorageUnavailable : the decision could not be written down, so nothing may be shown.
    """
    began = service.seconds()
    kept = tuple(Hypothesis(each.text[:1000], each.p) for each in heard.hypotheses[:N_KEPT])
    wanted = msgspec.structs.replace(wanted, text=heard.best, hypotheses=kept)
    said = await service.read(lambda conn: answer(service, conn, listener_id, heard, wanted))
    if not is_kept:
        return said
    answered = await searching.committed(service, listener_id, wanted, said.answered, began)
    return msgspec.structs.replace(said, answered=answered)


def answer(
    service: Service, conn: Connection, listener_id: ListenerId, heard: Heard, wanted: Wanted
) -> Spoken:
    """Return the answer to what was heard as it is or would be; called in a reader's thread."""
    situation = searching.situated(service, conn, listener_id, wanted.device)
    understood = _understood(service, situation, heard)
    standing, found = _stands(understood)
    answered = searching.decided(service, conn, situation, wanted, standing, found=found)
    return Spoken(understood, answered)


async def listen(service: Service, sound: bytes) -> tuple[Heard, tuple[Fault, ...]]:
    """Return what :func:`heard` does, while others are served."""
    return await asyncio.to_thread(heard, service, sound)


def heard(service: Service, sound: bytes) -> tuple[Heard, tuple[Fault, ...]]:
    """Return what the recogniser that is set hears in a sound; nothing, and why, where there is none or it fails."""
    command = recognisers.command_of(service.settings["recogniser"])
    deadline_s = service.settings["recogniser_deadline_ms"] / 1000
    with tempfile.TemporaryDirectory() as scratch:
        wav = Path(scratch) / "heard.wav"
        wav.write_bytes(sound)
        return recognisers.recognise(command, wav, deadline_s)


def _understood(service: Service, situation: Situation, heard: Heard) -> Understood:
    """Search all hypotheses jointly, with what the listener knows and what most hear as the prior."""
    view, half = situation.view, shape_of(service.recipes[searching.SEARCH]).own_half
    popularity, history = situation.stock.popularity, history_of(situation)

    def prior(item_ids: Sequence[ItemId]) -> NDArray[np.float64]:
        rows = np.array([view.number.get(each, NONE) for each in item_ids], dtype=np.int32)
        own = history.of(rows).astype(np.float64)
        heard_by = np.where(rows != NONE, popularity[rows], 0.0)
        return np.maximum(heard_by, own / (own + half))

    def told(item_id: ItemId) -> tuple[str, str]:
        row = view.number.get(item_id)
        return ("", "") if row is None else (view.title(row), view.artist_name(row))

    index, lexicon = service.names.index, service.meant.latest.lexicon
    return spoken.understand(heard, index, lexicon, told=told, prior=prior)


def _stands(understood: Understood) -> tuple[Standing, Found | None]:
    """Return what is asked for by what was understood, and what was found already."""
    reading, candidates = understood.reading, understood.candidates
    if not candidates:
        return Standing().then(reading.words, reading.chips), None
    scores = np.array([each.score for each in candidates])
    found = Found([each.item_id for each in candidates], scores, np.zeros(len(candidates)))
    return Standing().then(candidates[0].name, reading.chips), found
