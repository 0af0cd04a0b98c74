"""The toy world: the same for the same seed, possible for real people, and true to its truth."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from ritornello.kinds.events import AnyEvent
from ritornello.kinds.ids import kind_of
from ritornello.kinds.items import AnyItem
from ritornello.kinds.randomness import derive
from ritornello.kinds.times import zone
from ritornello.worlds.toy import Size, make_toy

SMALL = Size(n_artists=60, n_tracks=400, n_shows=4, n_episodes=20, n_listeners=40, n_weeks=6)


@pytest.fixture(scope="module")
def world():
    return make_toy(datetime(2026, 11, 21, 12, tzinfo=UTC), derive(7, "toy"), SMALL)


def test_the_same_seed_gives_the_same_world(world, now):
    again = make_toy(now, derive(7, "toy"), SMALL)
    assert again.items == world.items
    assert list(again.events()) == list(world.events())
    assert np.array_equal(again.truth, world.truth)


def test_another_seed_gives_another_world(world, now):
    assert make_toy(now, derive(8, "toy"), SMALL).listens[0] != world.listens[0]


def test_the_catalogue_does_not_depend_on_how_many_listen(world, now):
    fewer = make_toy(now, derive(7, "toy"), msgspec.structs.replace(SMALL, n_listeners=3))
    assert fewer.items == world.items


def test_everything_is_valid_as_it_would_come_from_outside(world):
    for item in world.items:
        assert msgspec.json.decode(msgspec.json.encode(item), type=AnyItem) == item
    for event in world.events():
        assert msgspec.json.decode(msgspec.json.encode(event), type=AnyEvent) == event


def test_ids_are_unique_and_every_event_names_what_there_is(world):
    items = {item.item_id for item in world.items}
    events = list(world.events())
    assert len(items) == len(world.items)
    assert len({event.event_id for event in events}) == len(events)
    assert {listen.item_id for listen in world.listens} <= items
    assert {act.about_id for act in world.acts} <= set(world.track_ids)
    assert {event.listener_id for event in events} <= set(world.listener_ids)


def test_events_come_in_time_order_and_end_by_now(world, now):
    events = list(world.events())
    assert all(a.happened_at <= b.happened_at for a, b in pairwise(events))
    assert events[-1].happened_at <= now
    assert events[0].happened_at >= now - timedelta(weeks=SMALL.n_weeks, days=2)
    assert now - events[-1].happened_at < timedelta(days=1)


def test_nobody_hears_two_things_at_once(world):
    mine = defaultdict(list)
    for listen in sorted(world.listens, key=lambda listen: listen.started_at):
        mine[listen.listener_id].append(listen)
    for listens in mine.values():
        assert all(a.happened_at <= b.started_at for a, b in pairwise(listens))


def test_a_play_lasts_as_long_as_it_says_and_no_longer_than_the_item(world):
    for listen in world.listens:
        assert listen.happened_at - listen.started_at == timedelta(milliseconds=listen.ms_played)
        assert 0 < listen.ms_played <= listen.duration_ms


def test_nothing_is_heard_before_it_is_out(world):
    released_on = {item.item_id: getattr(item, "released_on", None) for item in world.items}
    for listen in world.listens:
        assert listen.started_at.date() >= released_on[listen.item_id]


def test_what_is_not_liked_is_skipped_more(world):
    column = {item_id: i for i, item_id in enumerate(world.track_ids)}
    row = {listener_id: i for i, listener_id in enumerate(world.listener_ids)}
    feels, skipped = zip(
        *(
            (
                world.truth[row[x.listener_id], column[x.item_id]],
                x.ended_because == "skipped_forward",
            )
            for x in world.listens
            if kind_of(x.item_id) == "track"
        ),
        strict=True,
    )
    feels, skipped = np.array(feels), np.array(skipped)
    assert skipped[feels < 0.5].mean() > 3 * skipped[feels > 0.9].mean()
    assert feels.mean() > world.truth.mean() + 0.3


def test_people_return_to_what_they_know_and_crowds_gather(world):
    heard, n_repeats = set(), 0
    for listen in world.listens:
        pair = (listen.listener_id, listen.item_id)
        n_repeats += pair in heard
        heard.add(pair)
    assert 0.4 < n_repeats / len(world.listens) < 0.85
    plays = sorted(Counter(listen.item_id for listen in world.listens).values(), reverse=True)
    assert sum(plays[: len(plays) // 10]) > 0.3 * len(world.listens)


def test_followers_hear_episodes_in_order(world):
    number = {
        item.item_id: item.number for item in world.items if kind_of(item.item_id) == "episode"
    }
    show = {
        item.item_id: item.show_id for item in world.items if kind_of(item.item_id) == "episode"
    }
    heard = defaultdict(list)
    for event in world.listens:
        if event.item_id in number:
            heard[event.listener_id, show[event.item_id]].append(number[event.item_id])
    assert heard
    assert all(a <= b for numbers in heard.values() for a, b in pairwise(numbers))


@pytest.mark.slow
def test_the_same_person_wants_more_energy_before_dinner_than_before_bed(now):
    world = make_toy(now, derive(7, "toy"))
    energy = {item.item_id: item.energy for item in world.items if kind_of(item.item_id) == "track"}
    zone_of = dict(zip(world.listener_ids, map(zone, world.time_zones), strict=True))
    heard = defaultdict(lambda: ([], []))
    for listen in world.listens:
        hour = listen.started_at.astimezone(zone_of[listen.listener_id]).hour
        if listen.item_id in energy and (16 <= hour < 19 or hour >= 22):
            heard[listen.listener_id][hour >= 22].append(energy[listen.item_id])
    lower = [np.mean(early) - np.mean(late) for early, late in heard.values() if early and late]
    assert len(lower) > 100
    assert np.mean(lower) > 4 * np.std(lower) / np.sqrt(len(lower))


def test_the_smallest_world_still_turns(now):
    tiny = Size(n_artists=2, n_tracks=3, n_shows=1, n_episodes=2, n_listeners=1, n_weeks=1)
    world = make_toy(now, derive(7, "tiny"), tiny)
    assert len(world.track_ids) == 3
    assert world.truth.shape == (1, 3)
