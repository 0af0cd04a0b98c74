"""Simulated listeners: what they like, when and on what they listen, how much they seek the new.

A taste is a mixture over genres and a direction in the space of styles. What a listener truly feels
about a track is a probability, the logistic of genre fit, style fit and the track's own appeal; it
decides skips, saves and repeats, and no part of the service ever sees it.
"""

from typing import NamedTuple, get_args

import msgspec
import numpy as np
from scipy.special import expit

from ritornello.kinds.events import Device
from ritornello.worlds.sounds import GENRES, N_STYLES, FloatArray, IntArray, Sounds

DEVICES: tuple[Device, ...] = get_args(Device)
TIME_ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo", "UTC")


class Peak(NamedTuple):
    """A time of day people listen at: its hour, its spread, what suits it and what plays it."""

    hour: float
    spread_h: float
    energy: float
    devices: dict[str, float]


PEAKS = (
    Peak(7.8, 1.0, 0.55, {"mobile": 0.55, "car": 0.3, "wearable": 0.1, "speaker": 0.05}),
    Peak(13.5, 2.5, 0.5, {"desktop": 0.55, "web": 0.25, "mobile": 0.2}),
    Peak(18.5, 1.5, 0.75, {"mobile": 0.4, "car": 0.25, "speaker": 0.25, "wearable": 0.1}),
    Peak(21.8, 1.4, 0.25, {"speaker": 0.4, "mobile": 0.35, "tv": 0.15, "desktop": 0.1}),
)


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Listeners as columns; rows are listeners.

    ``genre_share`` (n, genres) and ``peak_share`` (n, peaks) sum to 1 a row; ``style`` is
    (n, ``N_STYLES``); ``follows`` (n, shows) says whose episodes they hear; ``p_show`` is the share
    of visits spent on those, ``p_repeat`` of plays on what they know once they know enough.
    """

    listener_ids: tuple[str, ...]
    time_zones: tuple[str, ...]
    genre_share: FloatArray
    style: FloatArray
    peak_share: FloatArray
    visits_a_week: FloatArray
    p_repeat: FloatArray
    p_show: FloatArray
    follows: IntArray


def make_people(n: int, n_shows: int, *, rng: np.random.Generator) -> People:
    """Make ``n`` listeners, numbered from 1; some follow shows, half of them none."""
    n_follows = rng.choice(4, n, p=[0.5, 0.25, 0.15, 0.1]).clip(max=n_shows)
    rank = rng.random((n, n_shows)).argsort(axis=1).argsort(axis=1)
    return People(
        listener_ids=tuple(f"listener-{number}" for number in range(1, n + 1)),
        time_zones=tuple(TIME_ZONES[i] for i in rng.integers(0, len(TIME_ZONES), n)),
        genre_share=rng.dirichlet(np.full(len(GENRES), 0.3), n),
        style=rng.normal(size=(n, N_STYLES)),
        peak_share=rng.dirichlet(np.full(len(PEAKS), 0.7), n),
        visits_a_week=rng.gamma(3.0, 1.4, n),
        p_repeat=rng.beta(5, 3, n),
        p_show=np.where(n_follows > 0, rng.beta(3, 7, n), 0.0),
        follows=(rank < n_follows[:, None]).astype(np.int64),
    )


def satisfaction(people: People, sounds: Sounds) -> FloatArray:
    """Return the true satisfaction, (n_listeners, n_tracks) in (0, 1).

    s = expit(−1.8 + 5 √share(genre) + 1.1 ⟨style, style⟩ + 0.5 appeal)

    A favourite genre (share 0.6) satisfies in 9 of 10 cases, a foreign one in 1 of 6.
    """
    fit = 5.0 * np.sqrt(people.genre_share[:, sounds.genre]) + 1.1 * people.style @ sounds.style.T
    return np.asarray(expit(-1.8 + fit + 0.5 * sounds.appeal), dtype=np.float64)
