"""The small world an empty home is offered: a few thousand tracks, a few hundred listeners.

Everything in it is numbered, nothing is anybody's, and the same seed gives the same world to the
last byte. Its listeners' plays are ordinary ``Listen`` events with ids made of what happened, so
that filling a home twice stores it once.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
import numpy as np

from ritornello.kinds.events import Act, BeganBecause, EndedBecause, Listen
from ritornello.kinds.ids import uuid8
from ritornello.kinds.items import AnyItem, Episode
from ritornello.worlds.people import DEVICES, People, make_people, satisfaction
from ritornello.worlds.sounds import FloatArray, Sounds, make_sounds
from ritornello.worlds.speech import N_SPOKEN, Speech, speech
from ritornello.worlds.weeks import Plays, live, started_at

SOURCE = "toy"


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How large a world is; the default fills a home in a few seconds.

    Shows have an episode a week, so more episodes than weeks are needed for somebody to be behind.
    """

    n_artists: int = 480
    n_tracks: int = 3600
    n_shows: int = 12
    n_episodes: int = 30
    n_listeners: int = 300
    n_weeks: int = 10


class World(msgspec.Struct, frozen=True, kw_only=True):
    """A simulated service up to an instant.

    ``speeches`` are what is said in the newest episodes of each show. ``truth`` is what its listeners really feel, (n_listeners, n_tracks) in (0, 1) by
    ``listener_ids`` and ``track_ids``. Only tests may read it.
    """

    items: tuple[AnyItem, ...]
    listener_ids: tuple[str, ...]
    time_zones: tuple[str, ...]
    track_ids: tuple[str, ...]
    listens: tuple[Listen, ...]
    acts: tuple[Act, ...]
    speeches: tuple[Speech, ...]
    truth: FloatArray

    def events(self) -> Iterator[Listen | Act]:
        """Yield everything that happened, in the order it happened."""
        return iter(sorted([*self.listens, *self.acts], key=lambda e: (e.happened_at, e.event_id)))


def make_toy(now: datetime, rng: np.random.Generator, size: Size | None = None) -> World:
    """Make the toy world whose history ends at ``now``.

    Examples
    --------
    >>> from datetime import UTC
    >>> few = Size(n_artists=9, n_tracks=60, n_shows=2, n_episodes=8, n_listeners=3, n_weeks=2)
    >>> world = make_toy(datetime(2026, 11, 21, tzinfo=UTC), np.random.default_rng(1), few)
    >>> world.listens[0].listener_id, world.items[9].title
    ('listener-1', 'Album 0001')
    """
    size = size or Size()
    for_sounds, for_people, for_weeks, for_loves, for_speech = rng.spawn(5)
    sounds = make_sounds(
        size.n_artists,
        size.n_tracks,
        size.n_shows,
        size.n_episodes,
        begin=now - timedelta(weeks=size.n_weeks, days=1),
        now=now,
        rng=for_sounds,
    )
    people = make_people(size.n_listeners, size.n_shows, rng=for_people)
    truth = satisfaction(people, sounds)
    plays = live(people, sounds, truth, n_weeks=size.n_weeks, now=now, rng=for_weeks)
    listens = tuple(_listens(plays, people, sounds))
    return World(
        items=sounds.items,
        listener_ids=people.listener_ids,
        time_zones=people.time_zones,
        track_ids=sounds.track_ids,
        listens=listens,
        acts=tuple(_loves(plays, listens, truth, for_loves)),
        speeches=tuple(_speeches(sounds, for_speech)),
        truth=truth,
    )


def _listens(plays: Plays, people: People, sounds: Sounds) -> Iterator[Listen]:
    """Yield a listen for every play, by listener, then time."""
    columns = zip(
        plays.listener.tolist(), plays.row.tolist(), plays.show.tolist(), plays.device.tolist(),
        plays.ms_played.tolist(), started_at(plays), _began(plays), _ended(plays),
        strict=True,
    )  # fmt: skip
    for listener, row, show, device, ms_played, at, began, ended in columns:
        listener_id = people.listener_ids[listener]
        is_talk = show >= 0
        item_id = sounds.episode_ids[show][row] if is_talk else sounds.track_ids[row]
        length = sounds.episode_duration_ms[show, row] if is_talk else sounds.duration_ms[row]
        ended_at = at + timedelta(milliseconds=ms_played)
        yield Listen(
            event_id=uuid8(ended_at, listener_id, SOURCE, item_id),
            listener_id=listener_id,
            happened_at=ended_at,
            surface="library",
            device=DEVICES[device],
            client="simulated",
            item_id=item_id,
            started_at=at,
            ms_played=ms_played,
            duration_ms=int(length),
            began_because=began,
            ended_because=ended,
            source=SOURCE,
        )


def _began(plays: Plays) -> list[BeganBecause]:
    words = np.select([plays.first, plays.after_skip], ["clicked", "skipped_into"], "autoplay")
    began: list[BeganBecause] = words.tolist()
    return began


def _ended(plays: Plays) -> list[EndedBecause]:
    conditions = [plays.skipped, plays.failed, plays.stopped]
    ended: list[EndedBecause] = np.select(
        conditions, ["skipped_forward", "error", "stopped"], "finished"
    ).tolist()
    return ended


def _loves(
    plays: Plays, listens: tuple[Listen, ...], truth: FloatArray, rng: np.random.Generator
) -> Iterator[Act]:
    """Yield a love for some of the tracks heard to the end and liked very much."""
    is_track = plays.show < 0
    feels = truth[plays.listener, np.where(is_track, plays.row, 0)]
    whole = is_track & ~(plays.skipped | plays.stopped | plays.failed)
    for row in np.flatnonzero(whole & (feels > 0.93) & (rng.random(len(feels)) < 0.03)).tolist():
        listen = listens[row]
        yield Act(
            event_id=uuid8(listen.happened_at, listen.listener_id, SOURCE, "love", listen.item_id),
            listener_id=listen.listener_id,
            happened_at=listen.happened_at,
            surface=listen.surface,
            device=listen.device,
            client=listen.client,
            act="love",
            about_id=listen.item_id,
        )


def _speeches(sounds: Sounds, rng: np.random.Generator) -> Iterator[Speech]:
    """Yield what is said in the newest episodes of each show, on its topic."""
    episodes = {item.item_id: item for item in sounds.items if isinstance(item, Episode)}
    for episode_ids in sounds.episode_ids:
        for episode_id in episode_ids[-N_SPOKEN:]:
            episode = episodes[episode_id]
            yield speech(episode, episode.tags[0], rng)
