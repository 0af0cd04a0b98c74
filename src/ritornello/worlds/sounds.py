"""A numbered catalogue and how it sounds: what a simulated listener hears before deciding.

Every artist has a genre and a corner of a small latent space of style; tracks scatter around their
artist. Popularity is skewed like a real catalogue's (Zipf), and independent of how good a track is,
so that a recommender that only follows the crowd can be told from one that listens.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from ritornello.catalog import identity
from ritornello.kinds.items import Album, AnyItem, Artist, Episode, Show, Track

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Genre(NamedTuple):
    """A genre: its name, how energetic its tracks are on average, how often they are explicit."""

    name: str
    energy: float
    p_explicit: float


GENRES = (
    Genre("ambient", 0.15, 0.0),
    Genre("blues", 0.45, 0.02),
    Genre("classical", 0.25, 0.0),
    Genre("country", 0.5, 0.02),
    Genre("electronic", 0.75, 0.05),
    Genre("folk", 0.35, 0.01),
    Genre("hip hop", 0.65, 0.35),
    Genre("jazz", 0.4, 0.0),
    Genre("metal", 0.9, 0.15),
    Genre("pop", 0.65, 0.08),
    Genre("rock", 0.75, 0.06),
    Genre("soul", 0.5, 0.04),
)
MOODS = ("calm", "tender", "dark", "bright", "driving")
TOPICS = ("history", "nature", "science", "stories", "cities", "food")
N_STYLES = 6
TRACKS_AN_ALBUM = 6
EPISODE_EVERY = timedelta(days=7)


class Sounds(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue and the columns a simulation reads; rows are tracks unless said otherwise.

    ``style`` is (n_tracks, ``N_STYLES``), ``weight`` the popularity as a sampling weight, ``appeal``
    how good a track is for anybody (standard normal). Episodes are (n_shows, n_episodes), oldest
    first; ``topic`` is a show's.
    """

    items: tuple[AnyItem, ...]
    track_ids: tuple[str, ...]
    genre: IntArray
    style: FloatArray
    weight: FloatArray
    appeal: FloatArray
    energy: FloatArray
    duration_ms: IntArray
    topic: IntArray
    episode_ids: tuple[tuple[str, ...], ...]
    episode_duration_ms: IntArray
    episode_released_at: tuple[datetime, ...]


class _Tracks(NamedTuple):
    """The columns tracks are made from; ``artist`` ascends, so albums are runs of rows."""

    artist: IntArray
    artist_genre: IntArray
    energy: FloatArray
    mood: IntArray
    bpm: FloatArray
    explicit: npt.NDArray[np.bool_]
    duration_ms: IntArray
    days_old: IntArray


def make_sounds(
    n_artists: int,
    n_tracks: int,
    n_shows: int,
    n_episodes: int,
    *,
    begin: datetime,
    now: datetime,
    rng: np.random.Generator,
) -> Sounds:
    """Make a catalogue whose music is out before ``begin``; shows bring an episode a week till now."""
    tracks = _draw_tracks(n_artists, n_tracks, rng)
    artist_style = rng.normal(size=(n_artists, N_STYLES))
    artist_weight = rng.permutation(1.0 / np.arange(1, n_artists + 1) ** 0.6)
    weight = artist_weight[tracks.artist] * rng.lognormal(0.0, 0.5, n_tracks)
    style = artist_style[tracks.artist] + 0.5 * rng.normal(size=(n_tracks, N_STYLES))
    music = _music_items(tracks, begin)
    topic = rng.integers(0, len(TOPICS), n_shows)
    minutes = rng.uniform(18, 55, (n_shows, 1)) * rng.uniform(0.8, 1.2, (n_shows, n_episodes))
    duration_ms = (minutes * 60_000).astype(np.int64)
    released = tuple(now - EPISODE_EVERY * weeks for weeks in range(n_episodes - 1, -1, -1))
    speech = _speech_items(topic, duration_ms, released)
    episodes = [item for item in speech if isinstance(item, Episode)]
    return Sounds(
        items=(*music, *speech),
        track_ids=tuple(item.item_id for item in music if isinstance(item, Track)),
        genre=tracks.artist_genre[tracks.artist],
        style=style / np.sqrt(1.25 * N_STYLES),
        weight=weight / weight.sum(),
        appeal=rng.normal(size=n_tracks),
        energy=tracks.energy,
        duration_ms=tracks.duration_ms,
        topic=topic,
        episode_ids=tuple(
            tuple(episode.item_id for episode in episodes[start : start + n_episodes])
            for start in range(0, len(episodes), n_episodes)
        ),
        episode_duration_ms=duration_ms,
        episode_released_at=released,
    )


def _draw_tracks(n_artists: int, n_tracks: int, rng: np.random.Generator) -> _Tracks:
    artist = np.sort(np.concatenate([
        np.arange(n_artists), rng.integers(0, n_artists, n_tracks - n_artists)
    ]))  # fmt: skip
    artist_genre = rng.integers(0, len(GENRES), n_artists)
    genre = artist_genre[artist]
    energy = np.array([g.energy for g in GENRES])[genre] + rng.normal(0, 0.12, n_tracks)
    energy = np.clip(energy, 0.01, 0.99).round(2)
    years_old = 30 * rng.beta(1, 2.5, n_artists)[artist] * rng.uniform(0.2, 1, n_tracks)
    return _Tracks(
        artist=artist,
        artist_genre=artist_genre,
        energy=energy,
        mood=np.clip(energy * len(MOODS) + rng.normal(0, 0.7, n_tracks), 0, 4).astype(np.int64),
        bpm=(60 + 95 * energy + rng.normal(0, 8, n_tracks)).round(1),
        explicit=rng.random(n_tracks) < np.array([g.p_explicit for g in GENRES])[genre],
        duration_ms=(1000 * np.clip(rng.lognormal(5.35, 0.25, n_tracks), 75, 720)).astype(np.int64),
        days_old=(365 * years_old).astype(np.int64) + 1,
    )


def _music_items(tracks: _Tracks, begin: datetime) -> list[AnyItem]:
    """Return artists, then albums, then tracks, numbered from 1."""
    names = [f"Artist {number:04d}" for number in range(1, len(tracks.artist_genre) + 1)]
    genres = [(GENRES[genre].name,) for genre in tracks.artist_genre]
    artists = [
        Artist(item_id=identity.artist_id(name), title=name, genres=words)
        for name, words in zip(names, genres, strict=True)
    ]
    first = np.searchsorted(tracks.artist, np.arange(len(names)))
    nth = np.arange(len(tracks.artist)) - first[tracks.artist]
    begins_album = nth % TRACKS_AN_ALBUM == 0
    album_of = np.cumsum(begins_album) - 1
    albums = [
        Album(
            item_id=identity.album_id(names[artist], f"Album {number:04d}"),
            title=f"Album {number:04d}",
            artist_ids=(artists[artist].item_id,),
            artist_name=names[artist],
            genres=genres[artist],
        )
        for number, artist in enumerate(tracks.artist[begins_album], start=1)
    ]
    made: list[AnyItem] = []
    for row, artist in enumerate(tracks.artist.tolist()):
        title, album = f"Track {row + 1:04d}", albums[album_of[row]]
        made.append(
            Track(
                item_id=identity.track_id(names[artist], title),
                title=title,
                artist_ids=(artists[artist].item_id,),
                artist_name=names[artist],
                album_id=album.item_id,
                album_title=album.title,
                genres=genres[artist],
                moods=(MOODS[tracks.mood[row]],),
                energy=float(tracks.energy[row]),
                bpm=float(tracks.bpm[row]),
                duration_ms=int(tracks.duration_ms[row]),
                explicit=bool(tracks.explicit[row]),
                released_on=(begin - timedelta(days=int(tracks.days_old[row]))).date(),
            )
        )
    return [*artists, *albums, *made]


def _speech_items(
    topic: IntArray, duration_ms: IntArray, released: tuple[datetime, ...]
) -> list[AnyItem]:
    """Return shows and, in their order, their episodes from the oldest on."""
    titles = [f"Show {number:02d}" for number in range(1, len(topic) + 1)]
    words = [(TOPICS[t],) for t in topic]
    shows = [
        Show(item_id=identity.show_id(title), title=title, tags=tags, language="en")
        for title, tags in zip(titles, words, strict=True)
    ]
    episodes = [
        Episode(
            item_id=identity.episode_id(show, f"Episode {number:02d}"),
            title=f"Episode {number:02d}",
            show_id=shows[row].item_id,
            show_title=show,
            number=number,
            tags=words[row],
            language="en",
            duration_ms=int(duration_ms[row, number - 1]),
            released_on=at.date(),
        )
        for row, show in enumerate(titles)
        for number, at in enumerate(released, start=1)
    ]
    return [*shows, *episodes]
