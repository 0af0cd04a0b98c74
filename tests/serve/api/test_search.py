"""Search over HTTP: read as chips, committed before it is shown, gone on with, and never broken by what is typed."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import numpy as np
import pytest
from litestar.testing import TestClient

from ritornello.catalog import items, transcripts
from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.kinds.items import Artist, Episode, Show, Track
from ritornello.kinds.settings import resolve
from ritornello.kinds.transcripts import Segment
from ritornello.models import bundle
from ritornello.serve.app import create_app
from ritornello.serve.opening import open_service
from ritornello.serve.service import Service
from ritornello.store import artefacts, erasure, keys
from ritornello.store.database import Change
from ritornello.store.decisions import read_decision
from ritornello.surfaces.search import building, passage_building
from ritornello.testing import small_service
from tests.serve.conftest import Clock, play_style

SHOW, EPISODE, OTHER = "show:river", "episode:river-1", "episode:river-2"
SAID = (
    "Welcome back to the river.",
    "Today the lighthouse keeper tells us how the lamp was lit.",
    "And at the end somebody sings.",
)
HOSTILE = (
    "",
    "   ",
    "a" * 10_000,
    "🎵🎶🔥",
    "سماء زرقاء",
    "שלום rain عالم",
    '"unbalanced AND (artist:',
    'NOT ] } " OR *:* ~2 ^9',
    "(a+)+$" * 60,
    "\u202eevil\u0000text\ufeff",
    "'; DROP TABLE items; --",
    "calm " * 400,
)


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock(datetime(2026, 11, 21, 12, tzinfo=UTC))


@pytest.fixture(scope="module")
def searched(
    tmp_path_factory: pytest.TempPathFactory, clock: Clock, model: bundle.Bundle
) -> Iterator[Service]:
    """The small service with a podcast that has words, all of it indexed and understood; each test is another listener."""
    home = make_home(tmp_path_factory.mktemp("searched") / "home")
    artefacts.switch(home, bundle.save(home, model))
    chosen = resolve(env={}, flags={"search_deadline_ms": 60_000})
    with open_service(home, chosen, REDUCERS, now=clock.now, seconds=clock.seconds) as opened:
        opened.writer.append(
            [], changes=[*items.changes(small_service.catalogue()), *spoken()]
        ).result()
        yield indexed(opened)


def spoken() -> list[Change]:
    """A podcast with words, and something to find by name and by mood."""
    show = Show(item_id=SHOW, title="The River Hour")
    episodes = [
        Episode(item_id=each, title=title, show_id=SHOW, show_title=show.title, duration_ms=600_000)
        for each, title in ((EPISODE, "Lamps"), (OTHER, "Songs"))
    ]
    said = [
        Segment(text=text, start_ms=60_000 * n, end_ms=60_000 * n + 20_000)
        for n, text in enumerate(SAID)
    ]
    harbour = Artist(item_id="artist:silver", title="Silver Harbour")
    by_it = [
        Track(item_id=f"track:silver{n}", title=title, artist_ids=(harbour.item_id,),
              artist_name=harbour.title, moods=("calm",), duration_ms=200_000)
        for n, title in enumerate(("Evening", "Quay", "Rope"))
    ]  # fmt: skip
    return [
        *items.changes([show, *episodes, harbour, *by_it]),
        *transcripts.changes(EPISODE, said),
        *transcripts.changes(OTHER, [Segment(text="Nothing but songs.", start_ms=0)]),
    ]


def indexed(service: Service) -> Service:
    """Index a service's home, and take the indexes up."""
    conn = service.readers.connection
    building.build(service.home, conn, now=service.now())
    passage_building.build(service.home, conn, np.random.default_rng(1))
    service.names.refresh()
    assert service.spoken.refresh() is not None
    service.meant.refresh()
    return service


@pytest.fixture(scope="module")
def client(searched: Service) -> Iterator[Any]:
    with TestClient(create_app(searched), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def key(searched: Service) -> Callable[..., dict[str, str]]:
    def make(role: keys.Role, listener_id: str | None = None) -> dict[str, str]:
        now = searched.now()
        made = searched.writer.run(lambda c: keys.create(c, now, role, listener_id=listener_id))
        return {"Authorization": f"Bearer {made.result()[1]}"}

    return make


@pytest.fixture
def who(request: pytest.FixtureRequest) -> str:
    """A listener of the test's own."""
    return hashlib.blake2b(request.node.name.encode(), digest_size=6).hexdigest()


@pytest.fixture
def own(key: Any, who: str) -> dict[str, str]:
    """The header that carries the listener's own key."""
    return key("listener", who)


@pytest.fixture
def find(client: Any, own: Any) -> Callable[..., Any]:
    """Search with the listener's own key; return the answer's JSON."""

    def ask(q: str = "", **more: Any) -> Any:
        answer = client.get("/v1/search", params={"q": q, **more}, headers=own)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


def shelf(page: Any, name: str) -> list[Any]:
    found = {each["name"]: each["cards"] for each in page["page"]["shelves"]}
    return found.get(name, [])


def queries(service: Service, who: str) -> list[str]:
    """Return what somebody searched for, as it stands in the log, in order."""
    sql = "SELECT body FROM events WHERE kind = 'query' AND listener_id = ? ORDER BY seq"
    return [body for (body,) in service.readers.connection.execute(sql, (who,))]


def test_a_settled_search_is_in_the_log_before_it_leaves(
    find: Any, searched: Service, who: str
) -> None:
    found = find("Silver Harbour", device="web")
    (top,) = shelf(found, "top")
    assert top["item_id"] == "artist:silver"
    conn = searched.readers.connection
    decided = read_decision(conn, searched.home, UUID(found["page"]["decision_id"]))
    assert (decided.surface, decided.device) == ("search", "web")
    cards = [card for each in found["page"]["shelves"] for card in each["cards"]]
    assert [card["propensity"] for card in cards] == [slot.propensity for slot in decided.slots]
    (body,) = queries(searched, who)
    assert '"text":"Silver Harbour"' in body
    assert found["page"]["decision_id"] in body
    assert 0 < found["mindset"]["p_known_item"] < 1


def test_what_was_meant_is_told_as_chips_that_can_be_taken_away(find: Any) -> None:
    found = find("calm songs")
    told = {each["chip"]: each["words"] for each in found["chips"]}
    assert told["mood:calm"] == "calm"
    every = [card["item_id"] for name in ("top", "tracks") for card in shelf(found, name)]
    assert set(every[:3]) == {f"track:silver{n}" for n in range(3)}
    without = find(chip=[each for each in told if each != "mood:calm"])
    assert "mood:calm" not in [each["chip"] for each in without["chips"]]


def test_a_kind_alone_is_no_reason_for_this_one_and_not_another(find: Any) -> None:
    found = find(chip=["kind:track"])
    cards = [card for name in ("top", "tracks") for card in shelf(found, name)]
    assert cards
    assert not any(why["kind"] == "asked_for" for card in cards for why in card["reasons"])
    calm = [card for name in ("top", "tracks") for card in shelf(find(chip=["mood:calm"]), name)]
    assert any(why["kind"] == "asked_for" for card in calm for why in card["reasons"])


def test_a_place_in_an_episode_says_where_to_enter_and_what_is_said_there(find: Any) -> None:
    found = find("how the lamp was lit")
    (place, *_) = [*shelf(found, "top"), *shelf(found, "passages")]
    assert place["item_id"] == EPISODE
    assert 50_000 <= place["start_ms"] <= 60_000
    assert place["end_ms"] > place["start_ms"]
    assert "lighthouse keeper" in place["words"]


def test_passages_of_one_episode(client: Any, own: Any) -> None:
    path = f"/v1/episodes/{EPISODE}/passages"
    (place, *_) = client.get(path, params={"q": "sings"}, headers=own).json()["passages"]
    assert place["episode_id"] == EPISODE
    at, until = place["marked"][0]
    assert place["words"][at:until] == "sings"
    for q in ("", "nobody says this at all", *HOSTILE):
        answer = client.get(path, params={"q": q}, headers=own)
        assert answer.status_code == 200, answer.text


def test_kinds_and_lengths_are_as_asked(find: Any) -> None:
    found = find("Artist", kind=["artist"], n=3)
    assert [each["name"] for each in found["page"]["shelves"]] == ["artists"]
    assert len(shelf(found, "artists")) == 3


def test_a_conversation_goes_on_is_undone_and_says_what_changed(
    client: Any, own: Any, find: Any, searched: Service, who: str
) -> None:
    begun = find("songs")

    def turn(before: Any, text: str) -> Any:
        body = {"text": text, "standing": before["standing"], "refines": before["query_id"]}
        answer = client.post("/v1/search/turn", json=body, headers=own)
        assert answer.status_code == 200, answer.text
        return answer.json()

    calm = turn(begun, "calm, and no live versions")
    chips = {each["chip"] for each in calm["chips"]}
    assert {"mood:calm", "-version:live"} <= chips
    assert calm["said"]
    undone = turn(calm, "undo")
    assert {each["chip"] for each in undone["chips"]} == {each["chip"] for each in begun["chips"]}
    bodies = queries(searched, who)
    assert ['"mode":"turn"' in body for body in bodies] == [False, True, True]
    assert f'"refines":"{begun["query_id"]}"' in bodies[1]


def test_a_state_that_nobody_gave_out_is_refused_by_name(client: Any, own: Any) -> None:
    for standing in ({"chips": [{"chip": "nonsense:x"}]}, {"words": 3}, [], {"x": 1}):
        body = {"text": "calmer", "standing": standing}
        answer = client.post("/v1/search/turn", json=body, headers=own)
        assert answer.status_code in {404, 422}, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
    body = {"text": "the second", "shown": str(UUID(int=1))}
    assert client.post("/v1/search/turn", json=body, headers=own).status_code == 404


def test_as_one_types_nothing_is_written_down(
    client: Any, own: Any, searched: Service, who: str
) -> None:
    name = "Silver Harbour"
    typed = [
        client.get("/v1/search/suggest", params={"q": name[:n]}, headers=own).json()
        for n in range(1, len(name) + 1)
    ]
    assert typed[-1]["groups"]["top"]["item_id"] == "artist:silver"
    assert all(each["groups"]["top"] for each in typed)
    assert queries(searched, who) == []


def test_recent_searches_come_back_and_are_forgotten(
    client: Any, own: Any, find: Any, clock: Clock
) -> None:
    for text in ("Silver Harbour", "evening", "evening"):
        find(text)
        clock.move(minutes=2)

    def recent() -> list[str]:
        return client.get("/v1/search/recent", headers=own).json()["searches"]

    assert recent() == ["evening", "Silver Harbour"]
    suggested = client.get("/v1/search/suggest", params={"q": "ev"}, headers=own).json()
    assert suggested["suggestions"][0] == {"text": "evening", "because": "recent"}
    assert client.delete("/v1/search/recent?q=EVENING", headers=own).status_code == 204
    assert recent() == ["Silver Harbour"]
    assert client.delete("/v1/search/recent", headers=own).status_code == 204
    assert recent() == []


def test_who_left_left_no_search_behind(
    client: Any, key: Any, find: Any, searched: Service, who: str
) -> None:
    find("Silver Harbour")
    now, headers, asked = searched.now(), key("service"), {"listener_id": who}
    searched.writer.run(lambda conn: erasure.begin(conn, who, now)).result()
    again = client.get("/v1/search", params={**asked, "q": "silver"}, headers=headers)
    assert again.status_code == 404
    gone = client.delete("/v1/search/recent", params=asked, headers=headers)
    assert gone.status_code == 404
    conn = searched.readers.connection
    for table in ("recent_searches", "forgotten_searches", "decisions", "events"):
        sql = f"SELECT count(*) FROM {table} WHERE listener_id = ?"
        assert conn.execute(sql, (who,)).fetchone() == (0,)


def test_another_listener_is_nobody_and_an_editor_looks_without_a_trace(
    client: Any, key: Any, own: Any, searched: Service
) -> None:
    path = "/v1/search?q=Artist&listener_id=looked-at"
    assert client.get(path, headers=own).status_code == 404
    for role in ("editor", "scientist"):
        answer = client.get(path, headers=key(role))
        assert answer.status_code == 200
        assert answer.json()["page"]["shelves"]
        assert "query_id" not in answer.json()
    assert queries(searched, "looked-at") == []
    sql = "SELECT count(*) FROM decisions WHERE listener_id = 'looked-at'"
    assert searched.readers.connection.execute(sql).fetchone() == (0,)


def test_chips_that_cannot_be_meant_are_faults_and_the_rest_holds(find: Any) -> None:
    chips = ["nonsense", "mood:calm", "era:from..to", "x" * 500]
    found = find("evening", chip=chips)
    assert [each["chip"] for each in found["chips"]] == ["mood:calm"]
    assert len(found["faults"]) == 3


def test_what_is_heard_is_searched_jointly_and_read_back(
    client: Any, own: Any, searched: Service, who: str
) -> None:
    heard = {"alternatives": [{"text": "play silver harbor"}, {"text": "play silver harbour"}]}
    answer = client.post("/v1/search/voice", json=heard, headers=own)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["does"] == "play"
    assert found["candidates"][0]["item_id"] == "artist:silver"
    assert shelf(found["search"], "top")[0]["item_id"] == "artist:silver"
    assert found["read_back"]["sentence"]
    (body,) = queries(searched, who)
    assert '"mode":"voice"' in body


def test_whatever_a_recogniser_says_is_answered(client: Any, own: Any) -> None:
    headers = {**own, "content-type": "application/json"}
    for body in (
        b"", b"{", b"[]", b"{}", b"null", b'[{"text": ""}]', b'{"arcs": [[0, 1]]}', b"[" * 5000,
        b'[{"text": "x", "confidence": "high"}]', '["سماء", "🎵"]'.encode(),
    ):  # fmt: skip
        answer = client.post("/v1/search/voice", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["read_back"]["how"] in {"act", "confirm", "ask", "nothing"}


def test_a_sound_without_a_recogniser_says_what_is_missing(client: Any, own: Any) -> None:
    headers = {**own, "content-type": "audio/wav"}
    answer = client.post("/v1/search/voice", content=b"RIFF", headers=headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["search"]["faults"][0]["rule"] == "off"
    assert found["read_back"]["how"] == "nothing"


def test_whatever_is_typed_is_answered(client: Any, own: Any) -> None:
    for text in HOSTILE:
        for path in ("/v1/search", "/v1/search/suggest"):
            answer = client.get(f"{path}?q={quote(text)}", headers=own)
            assert answer.status_code == 200, (path, text[:40], answer.text)
        turned = client.post("/v1/search/turn", json={"text": text}, headers=own)
        assert turned.status_code == 200, turned.text


def test_nothing_asked_is_a_clear_empty_state(find: Any, searched: Service, who: str) -> None:
    for text in ("", "   "):
        assert "page" not in find(text)
    assert queries(searched, who) == []
    assert find("🦆🧭")["page"]["shelves"] == []


def test_a_change_of_the_catalogue_is_found_at_once_and_what_is_gone_is_not(
    find: Any, searched: Service
) -> None:
    def put(**more: Any) -> None:
        new = Track(item_id="track:new", title="Brandnew Thing", **more)
        searched.writer.append([], changes=items.changes([new], override=True)).result()
        searched.names.refresh()
        searched.meant.refresh()

    put(artist_ids=("artist:silver",), artist_name="Silver Harbour")
    assert shelf(find("brandnew thing"), "top")[0]["item_id"] == "track:new"
    put(available=False)
    found = find("brandnew thing")
    every = [card["item_id"] for each in found["page"]["shelves"] for card in each["cards"]]
    assert "track:new" not in every


def test_a_block_holds_from_the_next_search_on(client: Any, key: Any, find: Any) -> None:
    headers = key("editor")
    ruling = {"verdict": "block", "about_id": "track:silver2", "reason": "a test"}
    answer = client.post("/v1/rulings", json=ruling, headers=headers)
    assert answer.status_code in {200, 201}, answer.text
    found = find("Rope")
    every = [card["item_id"] for each in found["page"]["shelves"] for card in each["cards"]]
    assert "track:silver2" not in every
    client.delete(f"/v1/rulings/{answer.json()['ruling_id']}", headers=headers)


def test_what_one_plays_comes_first(client: Any, key: Any, clock: Clock, who: str) -> None:
    headers = key("service")
    play_style(client, headers, clock.at, who, 3)
    asked = {"q": "a", "listener_id": who}
    found = client.get("/v1/search/suggest", params=asked, headers=headers).json()
    first = found["groups"]["artists"][0]["item_id"]
    assert int(first.removeprefix("artist:a")) % 6 == 3
