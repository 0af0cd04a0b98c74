"""What is not to be used is absent, to the bit: from profile, taste, scores, candidates, lists and reasons.

Somebody's history with some of it excluded or disowned is held against that of a twin who never had that part.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import Act, Context, Listen
from ritornello.listeners.profile import Played, Profile, read_profile
from ritornello.listeners.reducers import REDUCERS
from ritornello.store.database import execute_rows
from ritornello.surfaces import daily_mix, discover_weekly, home, weekly_draft
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.mix_identity import Past
from ritornello.surfaces.recipes import load
from ritornello.surfaces.situation import Situation
from ritornello.surfaces.sources import SOURCES
from ritornello.testing.small_service import (
    N_ARTISTS,
    N_TRACKS,
    SmallService,
    artist_id,
    fill,
    small_service,
    track_id,
)

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
WHO = "listener-1"
NO_ROWS = np.empty(0, dtype=np.int32)


@cache
def service() -> SmallService:
    return small_service(AT)


@cache
def empty() -> bytes:
    """A database with the catalogue in it and nothing heard."""
    conn = sqlite3.connect(":memory:", isolation_level=None)
    fill(conn)
    return conn.serialize()


def uuid(n: int) -> UUID:
    return UUID(int=(0x0192_0000_0000_7000_8000_0000_0000_0000 + n))


def listen(n: int, artist: int, track: int, context: int, ms: int) -> Listen:
    """The nth listen, seven hours apart, from one of three playlists."""
    at = AT - timedelta(hours=7 * n + 1)
    return Listen(
        event_id=uuid(n),
        listener_id=WHO,
        happened_at=at + timedelta(milliseconds=ms),
        started_at=at,
        item_id=track_id(artist, track),
        ms_played=ms,
        duration_ms=180_000,
        ended_because="finished" if ms > 100_000 else "skipped_forward",
        context=Context("playlist", f"playlist:{context}"),
    )


def act(n: int, what: Any, about_id: str) -> Act:
    return Act(
        event_id=uuid(10_000 + n), listener_id=WHO, happened_at=AT, act=what, about_id=about_id
    )


def matters(correction: str, event: Listen) -> bool:
    """Whether a correction is about a listen."""
    kind, _, rest = correction.partition(":")
    if kind == "listen":
        return str(event.event_id) == rest
    if kind == "context":
        return event.context is not None and f"playlist:{event.context.id}" == rest
    if kind == "hours":
        return event.started_at.hour >= 22 or event.started_at.hour < 6
    if kind == "artist":
        return event.item_id.startswith(f"track:{rest}t")
    return event.item_id == correction


listens = st.lists(
    st.tuples(
        st.sampled_from(range(0, N_ARTISTS, 6)),
        st.integers(1, N_TRACKS - 2),
        st.integers(0, 2),
        st.sampled_from((180_000, 120_000, 8_000)),
    ),
    min_size=6,
    max_size=30,
)


@st.composite
def histories(draw: Any) -> tuple[list[Listen], list[str], list[str]]:
    """Listens, what corrections are about, and which items are loved."""
    heard = [listen(n, *each) for n, each in enumerate(draw(listens))]
    one = st.sampled_from(heard)
    about = st.one_of(
        st.builds(lambda e: f"listen:{e.event_id}", one),
        st.builds(lambda e: e.item_id, one),
        st.builds(lambda e: artist_id(int(e.item_id[7:9])), one),
        st.sampled_from([f"context:playlist:playlist:{n}" for n in range(3)]),
        st.just("hours:22-06@UTC"),
    )
    loved = draw(st.lists(st.builds(lambda e: e.item_id, one), max_size=3, unique=True))
    return heard, draw(st.lists(about, min_size=1, max_size=3, unique=True)), loved


def profile_of(events: Iterable[Listen | Act]) -> Profile:
    """What the tables hold of these events, through the reducers of the service."""
    conn = sqlite3.connect(":memory:", isolation_level=None)
    conn.deserialize(empty())
    for reducer in REDUCERS:
        for change in reducer(list(events)):
            if callable(change):
                change(conn)
            else:
                execute_rows(conn, *change)
    found = read_profile(conn, WHO, AT)
    conn.close()
    return found


def twins(story: tuple[list[Listen], list[str], list[str]], what: str) -> tuple[Profile, Profile]:
    """Who said ``what`` of some of their history, and who never had it.

    What was loved stays loved where only a play of it was somebody else's.
    """
    heard, about, loved = story
    never = [e for e in heard if not any(matters(each, e) for each in about)]
    of_items = [each for each in about if each.startswith(("track:", "artist:"))]
    kept = {e.item_id for e in never}
    if what == "disown":
        kept = {e.item_id for e in heard if not any(matters(each, e) for each in of_items)}
    loves = [act(n, "love", item_id) for n, item_id in enumerate(loved)]
    said = [act(100 + n, what, each) for n, each in enumerate(about)]
    return (
        profile_of([*heard, *loves, *said]),
        profile_of([*never, *(love for love in loves if love.about_id in kept)]),
    )


def lists_of(profile: Profile) -> list[tuple[Any, ...]]:
    """Every shelf and slot of every surface, drawn: items, weights, propensities, scores, reasons."""
    found: list[Decision | None] = [
        home.personal(service().situation(profile), load("home")),
        week(service().situation(profile, "discover_weekly")),
        mixes(service().situation(profile, "daily_mix")),
    ]
    return [(one.shelves, one.slots) for one in found if one is not None]


def week(situation: Situation) -> Decision | None:
    recipe = load("discover_weekly")
    ranked = weekly_draft.rank(situation, recipe, Ladder(lambda: 0.0), list)
    return discover_weekly.reveal(situation, recipe, ranked, NO_ROWS)


def mixes(situation: Situation) -> Decision | None:
    past = Past(service().conn, situation, daily_mix.day_of(situation))
    return daily_mix.personal(situation, load("daily_mix"), past)


def same_arrays(one: Any, other: Any) -> bool:
    return all(
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        for a, b in zip(msgspec.structs.astuple(one), msgspec.structs.astuple(other), strict=True)
    )


def used(profile: Profile) -> Any:
    """What of a profile may lead anywhere."""
    may = profile.used
    return (
        {i: played for i, played in profile.plays.items() if i in may},
        profile.recent,
        profile.loved & may,
        profile.n_plays,
        may,
    )


quick = settings(max_examples=12, deadline=None)


@pytest.mark.slow
@given(histories())
@quick
def test_what_was_not_me_is_absent_from_everything(
    story: tuple[list[Listen], list[str], list[str]],
) -> None:
    one, other = twins(story, "disown")
    assert used(one) == used(other)
    assert one.heard == other.heard
    if other.used:
        assert lists_of(one) == lists_of(other)


@given(histories())
@quick
def test_what_is_not_to_be_used_is_absent_from_profile_taste_scores_and_their_reasons(
    story: tuple[list[Listen], list[str], list[str]],
) -> None:
    one, other = twins(story, "exclude")
    assert used(one) == used(other)
    a, b = service().situation(one), service().situation(other)
    assert same_arrays(a.taste, b.taste)
    assert same_arrays(a.own, b.own)
    assert np.array_equal(a.scores, b.scores)
    assert a.bundle.popularity.segment_of(a.taste) == b.bundle.popularity.segment_of(b.taste)
    columns = np.arange(len(a.scores), dtype=np.int32)
    assert np.array_equal(
        a.scorer.contributions(a.taste, columns), b.scorer.contributions(b.taste, columns)
    )
    for source in ("continue_listening", "jump_back_in", "because_you_played", "popular_now"):
        assert candidates(a, source) == candidates(b, source)


@pytest.mark.slow
@given(histories())
@quick
def test_what_is_not_to_be_used_decides_nothing_but_what_is_never_called_new(
    story: tuple[list[Listen], list[str], list[str]],
) -> None:
    one, other = twins(story, "exclude")
    if not other.used:
        return
    gone = {i: played for i, played in one.plays.items() if i not in other.plays}
    told = {i: Played(0, 0, played.first_at_us, played.last_at_us) for i, played in gone.items()}
    warned = msgspec.structs.replace(
        other, plays=other.plays | told, unused=other.unused | told.keys()
    )
    assert lists_of(one) == lists_of(warned)
    new = rows(service().situation(other), "new_for_you")
    known = {artist_of(item_id) for item_id in gone}
    left = [item_id for item_id in new if artist_of(item_id) not in known]
    assert rows(service().situation(one), "new_for_you") == left


def candidates(situation: Situation, source: Any) -> list[Any]:
    """All a source names, with scores and reasons."""
    return [
        (c.about_id, c.rows.tolist(), c.scores.tolist(), c.reasons(np.arange(len(c.rows))))
        for c in SOURCES[source](situation, 2)
    ]


def rows(situation: Situation, source: Any) -> Sequence[str]:
    (found,) = SOURCES[source](situation, 1)
    return [situation.view.ids[row] for row in found.rows]


def artist_of(item_id: str) -> str:
    return item_id[7:9]
