"""Radio over HTTP: begun from anything, told of the last event, committed before it leaves."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from ritornello.cli.wiring import REDUCERS, schemas
from ritornello.kinds.ids import uuid7
from ritornello.policies.replay import probability
from ritornello.store.decisions import read_decision
from ritornello.store.rebuild import rebuild
from ritornello.store.seal import seal
from ritornello.testing.small_service import artist_id, track_id
from tests.serve.conftest import play_style

PATH = "/v1/listeners/listener-1/radio"


@pytest.fixture
def tune(client: Any, key: Any, living: Any, clock: Any) -> Any:
    """Ask radio as a service key, after listener-1 played twelve tracks of style 0."""
    headers = key("service")
    play_style(client, headers, clock.at, "listener-1", 0)
    clock.move(hours=30)
    return lambda **wanted: client.post(PATH, json=wanted, headers=headers)


@pytest.fixture
def tell(client: Any, key: Any, clock: Any) -> Any:
    """Report an event of listener-1."""
    headers = key("service")

    def report(kind: str, **said: Any) -> None:
        clock.move(seconds=1)
        event = {
            "kind": kind, "event_id": str(uuid7(clock.at)), "listener_id": "listener-1",
            "happened_at": clock.at.isoformat(), **said,
        }  # fmt: skip
        answer = client.post("/v1/events", json=event, headers=headers)
        assert answer.status_code == 200, answer.text

    return report


def played(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [
        card["item_id"] for shelf in answer.json()["page"]["shelves"] for card in shelf["cards"]
    ]


def test_a_station_goes_on_from_its_seed_and_is_in_the_log_before_it_leaves(
    tune: Any, service: Any, clock: Any
) -> None:
    first = tune(seed=track_id(6, 1), n=3, device="speaker").json()
    station = first["station"]["station_id"]
    assert first["page"]["decision_id"] == station
    assert [shelf["name"] for shelf in first["page"]["shelves"]] == ["radio"]
    clock.move(minutes=10)
    second = tune(station=station, n=2).json()
    for page in (first["page"], second["page"]):
        conn = service.readers.connection
        decided = read_decision(conn, service.home, UUID(page["decision_id"]))
        assert decided.surface == "radio"
        assert str(decided.station.station_id) == station
        assert decided.station.anchor_ids == (track_id(6, 1),)
        assert probability(decided) == pytest.approx([s.propensity for s in decided.slots])
        assert all(slot.reasons for slot in decided.slots)


def test_a_station_is_read_back_from_the_lake(tune: Any, service: Any, clock: Any) -> None:
    begun = tune(seed=track_id(6, 1), intent="sleep", n=2).json()
    found = UUID(begun["page"]["decision_id"])
    before = read_decision(service.readers.connection, service.home, found)
    clock.move(hours=30)
    seal(
        service.home, clock.at, live_decision=timedelta(hours=24), keep_event_ids=timedelta(days=35)
    )
    assert service.readers.connection.execute("SELECT count(*) FROM decisions").fetchone() == (0,)
    assert read_decision(service.readers.connection, service.home, found) == before
    on_air = tune(station=begun["station"]["station_id"]).json()
    assert on_air["station"] == begun["station"]


def test_nothing_comes_twice_within_the_window_and_no_artist_too_soon(
    tune: Any, clock: Any
) -> None:
    station = tune(seed=artist_id(12)).json()["station"]["station_id"]
    heard = []
    for n in (1, 2, 3) * 8:
        clock.move(minutes=7)
        heard += played(tune(station=station, n=n))
    assert len(set(heard)) == len(heard) == 48
    artists = [item_id.partition("t")[2].removeprefix("rack:a")[:2] for item_id in heard]
    assert all(len(set(artists[k : k + 4])) == 4 for k in range(len(artists) - 4))


def test_a_second_station_does_not_repeat_the_first(tune: Any, clock: Any) -> None:
    first = played(tune(seed=track_id(6, 1), n=10))
    clock.move(minutes=1)
    assert not set(first) & set(played(tune(seed=track_id(6, 1), n=10)))


def test_two_requests_at_once_get_different_tracks(tune: Any) -> None:
    station = tune(seed=track_id(6, 1)).json()["station"]["station_id"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: played(tune(station=station, n=2)), range(4)))
    found = [item_id for answer in answers for item_id in answer]
    assert len(set(found)) == len(found) == 8


def test_a_restart_and_a_rebuild_lose_nothing(tune: Any, service: Any, clock: Any) -> None:
    station = tune(seed=track_id(6, 1), n=5).json()["station"]["station_id"]
    conn = service.readers.connection

    def state() -> list[Any]:
        return [
            conn.execute(f"SELECT * FROM {t} ORDER BY 1, 2").fetchall()
            for t in ("stations", "aired")
        ]

    before = state()
    assert len(before[0]) == 1
    assert len(before[1]) == 5
    rebuild(service.home, schemas(), REDUCERS)
    assert state() == before
    clock.move(minutes=20)
    again = played(tune(station=station, n=5))
    assert not {row[1] for row in before[1]} & set(again)


def test_a_skip_a_second_ago_moves_it_away_and_a_love_closer(
    tune: Any, tell: Any, service: Any, clock: Any
) -> None:
    def share_of_style(style: int) -> float:
        clock.move(seconds=1)
        found = tune(n=10).json()["page"]["decision_id"]
        decided = read_decision(service.readers.connection, service.home, UUID(found))
        near = [c for c in decided.shelves[0].shortlist if c.source == "near_station"]
        return np.mean([int(c.item_id[7:9]) % 6 == style for c in near])

    before = share_of_style(1)
    for track in range(3):
        tell("act", act="love", about_id=track_id(7, track))
    loved = share_of_style(1)
    assert loved > before + 0.3
    for track in range(7):
        at = clock.at.isoformat()
        tell("listen", item_id=track_id(13, track), started_at=at, ms_played=3000,
             duration_ms=200_000, ended_because="skipped_forward")  # fmt: skip
    assert share_of_style(1) < loved


def test_radio_goes_on_from_a_list(tune: Any, client: Any, key: Any) -> None:
    page = client.get("/v1/home?listener_id=listener-1", headers=key("service")).json()
    shelf = page["shelves"][0]
    answer = tune(seed=f"list:{page['decision_id']}/{shelf['name']}")
    anchors = answer.json()["station"]["anchor_ids"]
    assert anchors == [card["item_id"] for card in shelf["cards"]]
    assert played(answer)


def test_sleep_gets_calm_proposes_an_end_and_ends_until_a_touch(
    tune: Any, tell: Any, clock: Any, service: Any
) -> None:
    first = tune(seed=track_id(6, 1), intent="sleep").json()
    station = first["station"]["station_id"]
    assert first["pace"]["phase"] == "settling"
    (said,) = service.readers.connection.execute(
        "SELECT body FROM events WHERE kind = 'answer'"
    ).fetchall()
    assert '"question":"intent"' in said[0]
    assert '"value":"sleep"' in said[0]
    clock.move(minutes=61)
    assert tune(station=station).json()["pace"]["phase"] == "ending"
    clock.move(hours=2)
    ended = tune(station=station).json()
    assert ended["pace"]["phase"] == "ended"
    assert "page" not in ended
    tell("act", act="love", about_id=track_id(6, 2))
    assert tune(station=station).json()["pace"]["phase"] == "settling"


def test_what_cannot_be_meant_is_named(tune: Any) -> None:
    for wanted, status, word in (
        ({"station": str(UUID(int=1))}, 404, "no station"),
        ({"seed": "track:nobody-knows"}, 404, "does not know"),
        ({"seed": "album:a"}, 422, "is no seed"),
        ({"seed": f"list:{UUID(int=1)}"}, 404, "no list"),
        ({"seed": "list:what"}, 422, "names no list"),
        ({"intent": "slep"}, 404, "sleep"),
        ({"n": 11}, 422, "<= 10"),
        ({"station": str(UUID(int=1)), "seed": "track:a"}, 422, "keeps its seed"),
    ):
        answer = tune(**wanted)
        assert (answer.status_code, word in answer.text) == (status, True), answer.text


def test_another_listeners_station_and_list_are_nobodys(tune: Any, client: Any, key: Any) -> None:
    mine = tune(seed=track_id(6, 1)).json()["station"]["station_id"]
    theirs = key("listener", "listener-2")
    path = "/v1/listeners/listener-2/radio"
    for wanted in ({"station": mine}, {"seed": f"list:{mine}"}):
        assert client.post(path, json=wanted, headers=theirs).status_code == 404
    assert client.post(PATH, json={}, headers=theirs).status_code == 404


def test_it_answers_without_models_and_for_somebody_unknown(
    client: Any, key: Any, living: Any, clock: Any
) -> None:
    headers = key("service")
    answer = client.post("/v1/listeners/nobody-yet/radio", json={"n": 3}, headers=headers)
    assert len(played(answer)) == 3
    assert answer.json()["page"]["rung"] in {"popular", "segment"}
    living.bundles.bundle = None
    clock.move(minutes=1)
    answer = client.post("/v1/listeners/nobody-yet/radio", json={"n": 3}, headers=headers)
    assert len(played(answer)) == 3
    assert answer.json()["page"]["rung"] in {"popular", "editorial"}


def test_stations_are_listed_the_newest_first(tune: Any, client: Any, key: Any, clock: Any) -> None:
    begun = []
    for seed in (track_id(6, 1), artist_id(12)):
        clock.move(minutes=1)
        begun.append(tune(seed=seed).json()["station"]["station_id"])
    found = client.get(PATH, headers=key("service")).json()["stations"]
    assert [station["station_id"] for station in found] == begun[::-1]
