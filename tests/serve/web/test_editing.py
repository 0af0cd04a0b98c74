"""The editors' pages as a browser without scripts meets them: read, changed, refused beside the field, undone."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from litestar.testing import TestClient

from ritornello.catalog import items
from ritornello.kinds.items import Artist, Track
from ritornello.measures.resampling import Interval
from ritornello.serve import pools as serve_pools
from ritornello.serve.service import Service
from ritornello.serve.study import TooLong
from ritornello.surfaces import pool_store, pools
from ritornello.surfaces.pool_results import ItemServed, PoolResults, Served

Browser = TestClient[Any]
Post = Callable[..., Any]

RAIN = {
    "name": "rain",
    "title": "Rain",
    "brief": "For a wet afternoon.",
    "intent": "background",
    "owner": "weather editor",
    "length": "4",
    "spacing": "0",
    "eligible-0-genres": "drizzle",
    "eligible-0-energy-to": "0.5",
}
HOSTILE = '"><script>alert(1)</script>'


def enter(client: Browser, csrf: str, secret: dict[str, str]) -> Browser:
    given = {"csrf_token": csrf, "key": secret["Authorization"].split()[1]}
    assert client.post("/sign-in", data=given).status_code == 303
    return client


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def versions(service: Service, name: str = "rain") -> list[pool_store.PoolVersion]:
    return pool_store.versions(service.readers.connection, name)


@pytest.fixture
def drizzle(service: Service) -> Service:
    """The service with eight quiet tracks and two loud ones said to be drizzle, by four artists."""
    tracks = [
        Track(
            item_id=f"track:d{n}",
            title=HOSTILE if n == 9 else f"Drop {n}",
            artist_ids=(f"artist:d{n % 4}",),
            artist_name=f"Cloud {n % 4}",
            genres=("drizzle",),
            energy=0.1 * n,
            duration_ms=180_000,
        )
        for n in range(10)
    ]
    makers = [Artist(item_id=f"artist:d{n}", title=f"Cloud {n}") for n in range(4)]
    service.writer.append([], changes=items.changes([*makers, *tracks])).result()
    return service


@pytest.fixture
def editor(client: Browser, csrf: str, key: Any, drizzle: Service) -> Browser:
    return enter(client, csrf, key("editor"))


@pytest.fixture
def post(editor: Browser, csrf: str) -> Post:
    def send(path: str, **fields: Any) -> Any:
        return editor.post(path, data={"csrf_token": csrf, **fields})

    return send


@pytest.fixture
def rain(post: Post) -> Post:
    """Post to the pages of a pool that was just made."""
    made = post("/edit/new", do="keep", note="For the autumn", **RAIN)
    assert (made.status_code, made.headers["location"]) == (303, "/edit/pools/rain?kept=1")

    def send(path: str = "", **fields: Any) -> Any:
        return post(f"/edit/pools/rain{path}", **fields)

    return send


def act(rain: Post, after: int, act: str, about_id: str = "track:d1", **more: Any) -> Any:
    return rain("/acts", act=act, after=after, about_id=about_id, **more)


class TestReading:
    def test_an_editor_begins_at_the_moments(self, client: Browser, csrf: str, key: Any) -> None:
        given = {"csrf_token": csrf, "key": key("editor")["Authorization"].split()[1]}
        assert client.post("/sign-in", data=given).headers["location"] == "/edit"
        page = words(client.get("/edit").text)
        for title in ("Falling asleep", "Friday evening", "Commute", "Lullaby"):
            assert title in page

    def test_the_list_says_how_each_stands(self, editor: Browser, rain: Post) -> None:
        page = words(editor.get("/edit").text)
        assert "Rain weather editor · any time On now 6 items by 4 artists" in page
        assert "no item of the catalogue is eligible" in page
        doubtful = words(editor.get("/edit?only=doubtful").text)
        assert "Nothing to show" in doubtful
        assert "Rain weather editor" not in doubtful
        assert "Rain weather editor" in words(editor.get("/edit?only=now").text)

    def test_a_scientist_may_look_and_change_nothing(
        self, client: Browser, csrf: str, key: Any, drizzle: Service
    ) -> None:
        scientist = enter(client, csrf, key("scientist"))
        for path in ("", "/items", "/preview", "/results", "/history", "/file"):
            answer = scientist.get(f"/edit/pools/gym{path}")
            assert answer.status_code == 200
            posting = re.findall(r'method="post" action="(/edit/[^"]+)"', answer.text)
            assert posting == ([] if path else ["/edit/pools/gym"]), path
        assert '<fieldset class="bare" disabled>' in scientist.get("/edit/pools/gym").text
        for changes in ("/edit/new", "/edit/pools/gym", "/edit/pools/gym/acts", "/edit/file"):
            assert scientist.post(changes, data={"csrf_token": csrf}).status_code == 403

    def test_nobody_else_gets_in(self, signed_in: Browser, csrf: str) -> None:
        for path in ("/edit", "/edit/pools/gym", "/edit/pools/gym/preview?listener=listener-2"):
            assert signed_in.get(path).status_code == 403
        answer = signed_in.post("/edit/pools/gym", data={"csrf_token": csrf, "do": "keep"})
        assert answer.status_code == 403
        signed_in.post("/sign-out", data={"csrf_token": csrf})
        assert signed_in.get("/edit").headers["location"] == "/sign-in?back=/edit"

    def test_a_pool_that_is_not_there_is_said_in_words(self, editor: Browser) -> None:
        answer = editor.get("/edit/pools/gim")
        assert answer.status_code == 404
        assert "did you mean 'gym'" in html.unescape(answer.text)

    def test_no_page_asks_for_what_the_policy_would_refuse(
        self, editor: Browser, rain: Post
    ) -> None:
        for path in ("", "/new", *(f"/pools/rain{tab}" for tab in ("", "/items", "/history"))):
            answer = editor.get(f"/edit{path}")
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
            assert " style=" not in answer.text
            assert not re.search(r"\son\w+=", answer.text)
            assert not re.search(r"<script(?![^>]*\ssrc=\"/static/)", answer.text)


class TestTheForm:
    def test_a_new_pool_is_kept_with_who_and_why(self, rain: Post, drizzle: Service) -> None:
        (made,) = versions(drizzle)
        assert (made.version, made.by_role, made.note) == (1, "editor", "For the autumn")
        assert made.stands.eligible[0].energy == (0.0, 0.5)

    def test_it_shows_what_each_rule_finds(self, editor: Browser, rain: Post) -> None:
        page = words(editor.get("/edit/pools/rain").text)
        assert "6 items by 4 artists" in page
        assert "Rule 1 6 items" in page
        assert "Drop 0 by Cloud 0" in page

    def test_what_is_typed_is_counted_and_not_kept(
        self, editor: Browser, rain: Post, drizzle: Service, csrf: str
    ) -> None:
        wider = {**RAIN, "eligible-0-energy-to": "1", "of": "rain", "csrf_token": csrf}
        answer = editor.post("/edit/found", data=wider)
        assert answer.status_code == 200
        assert "10 items by 4 artists" in words(answer.text)
        looked = rain(do="look", after=1, **{**RAIN, "eligible-0-genres": "drizle"})
        assert "did you mean 'drizzle'" in html.unescape(looked.text)
        assert "drizle" in looked.text
        assert len(versions(drizzle)) == 1

    def test_a_rule_comes_off_before_anything_is_kept(self, rain: Post, drizzle: Service) -> None:
        two = {**RAIN, "eligible-1-moods": "wet", "without": "0", "after": 1}
        page = rain(**two).text
        assert 'name="eligible-0-moods" type="text" value="wet"' in page
        assert "drizzle" not in page
        assert len(versions(drizzle)) == 1

    def test_a_refusal_names_the_field_and_keeps_what_was_typed(
        self, rain: Post, drizzle: Service
    ) -> None:
        answer = rain(do="keep", after=1, **{**RAIN, "length": "many", "title": "Downpour"})
        assert answer.status_code == 422
        assert 'aria-invalid="true" aria-describedby="length-wrong"' in answer.text
        assert "Expected a whole number, got a text." in words(answer.text)
        assert 'value="Downpour"' in answer.text
        assert len(versions(drizzle)) == 1

    def test_a_pool_nobody_could_be_shown_is_refused(self, rain: Post, drizzle: Service) -> None:
        answer = rain(do="keep", after=1, **{**RAIN, "eligible-0-genres": "fog"})
        assert answer.status_code == 422
        assert "is empty" in words(answer.text)
        assert len(versions(drizzle)) == 1

    def test_of_two_editors_the_second_is_told_and_may_go_on(
        self, rain: Post, drizzle: Service
    ) -> None:
        assert rain(do="keep", after=1, **{**RAIN, "title": "Hail"}).status_code == 303
        answer = rain(do="keep", after=1, **{**RAIN, "title": "Snow"})
        assert answer.status_code == 409
        assert "somebody else changed this moment meanwhile" in words(answer.text)
        assert 'name="after" value="2"' in answer.text
        assert rain(do="keep", after=2, **{**RAIN, "title": "Snow"}).status_code == 303
        assert [each.stands.title for each in versions(drizzle)] == ["Snow", "Hail", "Rain"]

    def test_a_name_is_given_once(self, rain: Post, post: Post) -> None:
        answer = post("/edit/new", do="keep", **RAIN)
        assert answer.status_code == 422
        assert "There is a pool of that name" in words(answer.text)

    def test_a_form_of_another_site_changes_nothing(
        self, editor: Browser, rain: Post, drizzle: Service
    ) -> None:
        for path in ("/edit/pools/rain", "/edit/pools/rain/withdraw", "/edit/pools/rain/acts"):
            fields = {"csrf_token": "0" * 64, "do": "keep", "after": 1, "act": "block", **RAIN}
            assert editor.post(path, data=fields).status_code == 403
        assert len(versions(drizzle)) == 1

    def test_hostile_text_stays_text(self, editor: Browser, rain: Post) -> None:
        sent = {**RAIN, "title": HOSTILE, "brief": HOSTILE, "eligible-0-tags": HOSTILE}
        assert rain(do="keep", after=1, note=HOSTILE, **sent).status_code == 422
        sent.pop("eligible-0-tags")
        assert rain(do="keep", after=1, note=HOSTILE, **sent).status_code == 303
        for path in (
            "",
            "?kept=2",
            "/items?q=%22%3E",
            "/history",
            "/results",
            "/preview?listener=%22",
        ):
            page = editor.get(f"/edit/pools/rain{path}").text
            assert "<script>alert" not in page
            assert "&lt;script&gt;" in page


class TestByHand:
    def test_items_are_found_by_title_and_by_who_made_them(
        self, editor: Browser, rain: Post
    ) -> None:
        page = words(editor.get("/edit/pools/rain/items?q=cloud+3").text)
        assert "artist Cloud 3" in page
        assert "Drop 3 Cloud 3 eligible" in page
        assert "Drop 7 Cloud 3 not eligible" in page
        nothing = words(editor.get("/edit/pools/rain/items?q=thunder").text)
        assert "Nothing in the catalogue is called that" in nothing

    def test_each_act_is_a_version_that_says_what_was_done(
        self, editor: Browser, rain: Post, drizzle: Service
    ) -> None:
        until = "2027-01-01T12:00"
        steps: list[tuple[str, str, dict[str, Any]]] = [
            ("include", "track:d1", {}),
            ("include", "track:d2", {}),
            ("pin", "track:d3", {"place": 4, "reason": "It closes well"}),
            ("boost", "artist:d0", {"factor": 2, "reason": "On tour", "until": until}),
            ("add", "track:d7", {}),
            ("block", "track:d5", {}),
        ]
        for after, (what, about_id, more) in enumerate(steps, 1):
            answer = act(rain, after, what, about_id, **more)
            assert answer.headers["location"] == f"/edit/pools/rain/items?kept={after + 1}", what
        pool = versions(drizzle)[0].stands
        assert pool.must_include == ("track:d1", "track:d2")
        assert (pool.pins[0].item_id, pool.pins[0].position) == ("track:d3", 3)
        assert (pool.boosts[0].factor, pool.boosts[0].until_at.isoformat()) == (
            2.0,
            "2027-01-01T12:00:00+00:00",
        )
        assert (pool.by_hand, pool.blocks) == (("track:d7",), ("track:d5",))
        history = words(editor.get("/edit/pools/rain/history").text)
        for said in ("Drop 3 by Cloud 3 pinned to place 4", "Cloud 0 weighs 2", "by the editor"):
            assert said in history
        page = words(editor.get("/edit/pools/rain/items?kept=7").text)
        assert "Version 7 is in force: Drop 5 by Cloud 1 blocked." in page
        back = ("leave_out", "unpin", "unboost", "remove", "unblock")
        abouts = ("track:d1", "track:d3", "artist:d0", "track:d7", "track:d5")
        for after, (what, about_id) in enumerate(zip(back, abouts, strict=True), 7):
            assert act(rain, after, what, about_id).status_code == 303, what
        left = versions(drizzle)[0].stands
        assert (left.must_include, left.pins, left.boosts) == (("track:d2",), (), ())

    def test_the_order_is_changed_by_buttons_and_by_dragging(
        self, rain: Post, drizzle: Service
    ) -> None:
        for after, item_id in enumerate(("track:d0", "track:d1", "track:d2"), 1):
            act(rain, after, "include", item_id)
        act(rain, 4, "later", "track:d0")
        act(rain, 5, "earlier", "track:d2")
        assert versions(drizzle)[0].stands.must_include == ("track:d1", "track:d2", "track:d0")
        dragged = "track:d0 track:d1 track:d2"
        rain("/acts", act="order", after=6, order=dragged)
        assert " ".join(versions(drizzle)[0].stands.must_include) == dragged
        assert rain("/acts", act="order", after=7, order="track:d0").status_code == 422

    def test_what_cannot_be_done_is_said_and_what_was_typed_stays(
        self, rain: Post, drizzle: Service
    ) -> None:
        why, until = {"reason": "x"}, {"until": "2027-01-01T00:00"}
        refused: list[tuple[str, dict[str, Any], str]] = [
            ("pin", {"place": 1}, "reason: say why"),
            ("pin", why, "place: say at which place"),
            ("pin", {**why, "place": 9}, "a list has 4 places"),
            ("boost", {**why, "factor": 2}, "until: say when"),
            ("boost", {**why, **until}, "factor: say how many"),
            ("boost", {**why, **until, "factor": 99}, "<= 10"),
            ("unpin", {}, "is not pinned"),
            ("earlier", {}, "not among what must be included"),
        ]
        for what, more, said in refused:
            answer = act(rain, 1, what, q="drop", **more)
            assert answer.status_code == 422
            assert said in words(answer.text)
            assert "Drop 1 by Cloud 1" in words(answer.text)
            opened = '<details class="more-acts" open>' in answer.text
            assert opened == (what in ("pin", "boost"))
        assert len(versions(drizzle)) == 1

    def test_a_place_is_taken_once_and_what_is_blocked_cannot_stand(self, rain: Post) -> None:
        act(rain, 1, "pin", place=2, reason="First")
        taken = act(rain, 2, "pin", "track:d2", place=2, reason="Second")
        assert "something is pinned to place 2" in words(taken.text)
        assert "is blocked" in words(act(rain, 2, "block").text)
        assert act(rain, 1, "include", "track:d4").status_code == 409


class TestBack:
    def test_undo_puts_back_what_was_before_and_any_version_again(
        self, editor: Browser, rain: Post, drizzle: Service
    ) -> None:
        rain(do="keep", after=1, **{**RAIN, "title": "Hail"})
        rain(do="keep", after=2, **{**RAIN, "title": "Snow"})
        assert rain("/undo", after=3).headers["location"] == "/edit/pools/rain/history?kept=4"
        assert versions(drizzle)[0].stands.title == "Hail"
        rain("/undo", after=4, version=1)
        assert versions(drizzle)[0].stands.title == "Rain"
        assert rain("/undo", after=2).status_code == 409
        history = words(editor.get("/edit/pools/rain/history").text)
        assert "Title (as version 1)" in history

    def test_what_is_withdrawn_is_offered_no_more_and_comes_back(
        self, editor: Browser, rain: Post, post: Post, drizzle: Service
    ) -> None:
        answer = rain("/withdraw", after=1)
        assert answer.headers["location"] == "/edit/pools/rain/history?kept=2"
        assert editor.get("/edit/pools/rain").status_code == 404
        assert "Rain weather" not in words(editor.get("/edit").text)
        assert "Withdrawn: nobody is offered it." in words(
            editor.get("/edit/pools/rain/history").text
        )
        assert rain("/undo", after=2).status_code == 303
        assert editor.get("/edit/pools/rain").status_code == 200
        rain("/withdraw", after=3)
        again = post("/edit/new", do="keep", **{**RAIN, "title": "New rain"})
        assert again.headers["location"] == "/edit/pools/rain?kept=5"


class TestFiles:
    @pytest.fixture
    def drop(self, editor: Browser, csrf: str) -> Callable[[str, bytes], Any]:
        def send(name: str, content: bytes) -> Any:
            return editor.post(
                "/edit/file", data={"csrf_token": csrf}, files={"file": (name, content)}
            )

        return send

    def test_a_pool_is_handed_out_and_taken_in_again(
        self, editor: Browser, rain: Post, drop: Any, drizzle: Service
    ) -> None:
        answer = editor.get("/edit/pools/rain/file")
        assert 'filename="rain.toml"' in answer.headers["Content-Disposition"]
        louder = answer.text.replace('title = "Rain"', 'title = "Storm"')
        assert drop("any.toml", louder.encode()).headers["location"] == "/edit/pools/rain?kept=2"
        latest = versions(drizzle)[0]
        assert (latest.stands.title, latest.note) == ("Storm", "from any.toml")

    def test_a_playlist_becomes_a_pool_of_its_tracks(self, drop: Any, drizzle: Service) -> None:
        body = b"""{"playlist": {"title": "Wet", "track": [
            {"identifier": ["urn:ritornello:track:d1"]}, {"title": "Nowhere", "creator": "Nobody"}]}}"""
        assert drop("My list.jspf", body).headers["location"] == "/edit/pools/my-list?kept=1"
        (made,) = versions(drizzle, "my-list")
        assert made.stands.by_hand == ("track:d1",)
        assert "does not know 1 of its tracks" in made.note

    def test_a_file_that_is_none_is_refused_where_it_was_dropped(self, drop: Any) -> None:
        refused = [
            ("x.toml", b'titel = "X"', "no key 'titel'; did you mean 'title'"),
            ("x.toml", b"[[", "is not TOML"),
            ("x.jspf", b"{}", "neither a pool as TOML nor a playlist"),
            ("x.jspf", b"\xff\xfe", "not text in UTF-8"),
            ("x.jspf", b'{"playlist": {"track": []}}', "knows none of the 0 tracks"),
            (f"{HOSTILE}.toml", b"[[", "is not TOML"),
        ]
        for name, content, said in refused:
            answer = drop(name, content)
            assert answer.status_code == 422
            assert said in words(answer.text)
            assert "<script>alert" not in answer.text


class TestPreview:
    def test_a_list_is_shown_as_anybody_would_get_it_and_is_no_decision(
        self, editor: Browser, rain: Post, drizzle: Service
    ) -> None:
        act(rain, 1, "pin", "track:d3", place=2, reason="It turns here")
        page = words(editor.get("/edit/pools/rain/preview?listener=listener-7").text)
        assert "What listener-7 would get" in page
        assert "2 Drop 3 Cloud 3" in page
        assert "It turns here" in page
        assert "stands there" in page
        rows = drizzle.readers.connection.execute("SELECT count(*) FROM decisions").fetchone()
        assert rows == (0,)
        for asked in ("listener=%3Cb%3E", "listener=listener-1&at=soon"):
            answer = editor.get(f"/edit/pools/rain/preview?{asked}")
            assert answer.status_code == 422
            assert 'role="alert"' in answer.text


def served(mean: float | None, n_listeners: int = 9) -> Served:
    success = None if mean is None else Interval(mean, mean - 0.1, mean + 0.1, 0.95, n_listeners)
    return Served(40, 30, 20, 25, n_listeners, mean, success if n_listeners >= 5 else None)


class TestWhatHappened:
    @pytest.fixture
    def told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = PoolResults(
            name="rain",
            success_version="declared@0",
            n_lists=12,
            served=served(0.5),
            by_intent={"sleep": served(0.6), "party": served(0.2, 3)},
            by_segment={"pop/heavy": served(0.7)},
            items=(
                ItemServed("track:d1", served(0.4), {"sleep": served(0.4)}),
                ItemServed("track:d9", served(0.8), {}),
                ItemServed("track:gone", served(None), {}),
            ),
        )

        async def results(*_: Any, **__: Any) -> PoolResults:
            return found

        monkeypatch.setattr(serve_pools, "results", results)

    def test_each_item_is_told_with_its_interval_drawn(
        self, editor: Browser, rain: Post, told: None
    ) -> None:
        page = editor.get("/edit/pools/rain/results").text
        said = words(page)
        assert "50 % of what was shown served, 40 % to 60 %" in said
        assert "12 lists to 9 listeners: 40 places, 30 seen, 20 played" in said
        assert 'aria-label="40 %, between 30 % and 50 %"' in page
        assert 'd="M74.4 12H120.0"' in page
        assert "nothing can be said yet" in said
        assert "20 %, of too few listeners to tell" in said
        assert "For whom it worked" in said
        assert "<script>alert" not in page

    def test_items_stand_in_the_order_asked_for(
        self, editor: Browser, rain: Post, told: None
    ) -> None:
        for order, first in (("shown", "Drop 1"), ("best", HOSTILE), ("worst", "Drop 1")):
            page = editor.get(f"/edit/pools/rain/results?order={order}").text
            of_items = words(page[page.index("items-title") :])
            assert min(("Drop 1", HOSTILE), key=of_items.index) == first
            assert of_items.index("track:gone") > of_items.index("Drop 1")

    def test_what_is_not_yet_known_or_takes_too_long_is_said(
        self, editor: Browser, rain: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert "ritornello signals build" in editor.get("/edit/pools/rain/results").text

        async def late(*_: Any, **__: Any) -> PoolResults:
            raise TooLong("it takes longer than the server gives it")

        monkeypatch.setattr(serve_pools, "results", late)
        answer = editor.get("/edit/pools/rain/results")
        assert answer.status_code == 200
        assert "Not worked out" in answer.text


def test_every_shipped_pool_opens_as_a_form(editor: Browser) -> None:
    for name in pools.shipped():
        assert editor.get(f"/edit/pools/{name}").status_code == 200
