"""History, taste, taking along and leaving, as a browser without scripts meets them."""

import asyncio
import re
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from ritornello.kinds.events import Context, Listen
from ritornello.kinds.ids import uuid7
from ritornello.serve.children import Ended
from ritornello.serve.service import Service

Browser = TestClient[Any]
WHO = "listener-1"


def heard(service: Service, n: int = 1, *, hours_ago: float = 1.0, **more: Any) -> list[Listen]:
    """Store plays of the first tracks, three minutes each, the latest first."""
    events = []
    for place in range(n):
        at = service.now() - timedelta(hours=hours_ago + place)
        stated = {
            "item_id": f"track:t{place % 30}",
            "ms_played": 180_000,
            "duration_ms": 180_000,
            "happened_at": at,
            "started_at": at,
            "client": "navidrome",
        }
        events.append(Listen(event_id=uuid7(at), listener_id=WHO, **(stated | more)))
    service.writer.append(events).result()
    return events


def correct(browser: Browser, csrf: str, act: str, about: str, back: str = "/history") -> Any:
    fields = {"csrf_token": csrf, "act": act, "about_id": about, "back": back}
    return browser.post("/acts", data=fields)


def n_plays(browser: Browser) -> int:
    return int(re.search(r"([\d,]+) plays? known here", browser.get("/you").text)[1])


class TestHistory:
    def test_every_listen_stands_under_its_local_day(
        self, signed_in: Browser, csrf: str, service: Service
    ) -> None:
        heard(service, 1, hours_ago=13.5)  # 22:30 the evening before, in UTC
        assert "Yesterday, 20" in signed_in.get("/history").text
        choice = {"csrf_token": csrf, "exploration_budget": "0.1", "time_zone": "Asia/Tokyo"}
        signed_in.post("/preferences", data=choice)
        text = signed_in.get("/history").text
        assert "Today, 21" in text
        assert ">07:30<" in text
        assert "Navidrome" in text
        assert "All of 3:00" in text

    def test_pages_follow_each_other_without_gap_or_repeat(
        self, signed_in: Browser, service: Service
    ) -> None:
        at = service.now() - timedelta(hours=2)
        heard(service, 60)
        heard(service, 3, started_at=at, happened_at=at)  # three that began at one instant
        seen: list[str] = []
        path = "/history"
        for _ in range(5):
            page = signed_in.get(path).text
            seen += re.findall(r'href="/history/([0-9a-f-]{36})"', page)
            earlier = re.search(r'href="([^"]+)" rel="next"', page)
            if earlier is None:
                break
            path = earlier[1].replace("&amp;", "&")
        assert len(seen) == len(set(seen)) == 63
        later = re.search(r'href="([^"]+)" rel="prev"', page)
        assert later is not None
        back = signed_in.get(later[1].replace("&amp;", "&")).text
        assert set(re.findall(r'href="/history/([0-9a-f-]{36})"', back)) < set(seen)

    @pytest.mark.parametrize(
        ("asked", "n_shown"),
        [("q=artist+0002", 1), ("q=track+01", 1), ("q=nothing+such", 0), ("only=skipped", 0),
         ("only=left_out", 0), ("on=2026-11-20", 0), ("on=2026-11-21", 4), ("q=&on=&only=", 4)],
    )  # fmt: skip
    def test_it_is_searched_and_filtered(
        self, signed_in: Browser, service: Service, asked: str, n_shown: int
    ) -> None:
        heard(service, 4)
        text = signed_in.get(f"/history?{asked}").text
        assert len(re.findall(r'class="row listen', text)) == n_shown
        if not n_shown:
            assert "Nothing like that" in text

    @pytest.mark.parametrize(
        "wrong",
        [
            "only=everything",
            "on=tomorrow",
            "on=9999-12-31",
            "before=soon",
            "before_id=x",
            f"q={'a' * 101}",
        ],
    )
    def test_what_cannot_be_asked_is_said(self, signed_in: Browser, wrong: str) -> None:
        answer = signed_in.get(f"/history?{wrong}")
        assert answer.status_code in (400, 422)
        assert "Nothing you did before is lost" in answer.text

    def test_an_empty_one_says_how_it_fills(self, signed_in: Browser) -> None:
        assert "Nothing played yet" in signed_in.get("/history").text

    def test_nobody_reads_a_listen_of_somebody_else(
        self, signed_in: Browser, csrf: str, service: Service
    ) -> None:
        (theirs,) = heard(service, 1)
        mine = signed_in.get(f"/history/{theirs.event_id}")
        assert mine.status_code == 200
        at = service.now()
        other = Listen(
            event_id=uuid7(at), listener_id="listener-2", happened_at=at, started_at=at,
            item_id="track:t1",
        )  # fmt: skip
        service.writer.append([other]).result()
        assert signed_in.get(f"/history/{other.event_id}").status_code == 404
        answer = correct(signed_in, csrf, "disown", f"listen:{other.event_id}")
        assert answer.status_code == 404


class TestCorrections:
    def test_one_play_is_left_out_and_comes_back(
        self, signed_in: Browser, csrf: str, service: Service, clock: Any
    ) -> None:
        (play,) = heard(service, 1)
        about = f"listen:{play.event_id}"
        assert n_plays(signed_in) == 1
        answer = correct(signed_in, csrf, "disown", about, back="/history?q=track")
        assert answer.headers["location"].startswith("/history?q=track&said=disown")
        page = signed_in.get(answer.headers["location"]).text
        assert "Not you; not counted" in page
        assert "this play" in page
        assert n_plays(signed_in) == 0
        assert "One play" in signed_in.get("/history/corrections").text
        clock.move(seconds=5)
        correct(signed_in, csrf, "own", about)
        assert n_plays(signed_in) == 1
        assert "Not you; not counted" not in signed_in.get("/history").text

    @pytest.mark.parametrize(
        ("about", "n_left"),
        [("track:t0", 3), ("artist:a0", 3), ("context:playlist:sleep", 0)],
    )
    def test_what_is_wider_than_a_play_is_left_out_too(
        self, signed_in: Browser, csrf: str, service: Service, about: str, n_left: int
    ) -> None:
        heard(service, 4, context=Context("playlist", "sleep"))
        assert correct(signed_in, csrf, "disown", about).status_code == 303
        assert n_plays(signed_in) == n_left

    @pytest.mark.parametrize(
        ("about", "words", "n_rows"),
        [("track:t0", "Not you: Track 00", 1), ("artist:a0", "Not you: Artist 0000", 1),
         ("context:playlist:sleep", "Not you: everything from that playlist", 4),
         ("hours:08-10@UTC", "Not you: everything between 08:00 and 10:00", 2)],
    )  # fmt: skip
    def test_the_history_says_so_on_every_row_it_concerns_and_takes_it_back_there(
        self, signed_in: Browser, csrf: str, service: Service, clock: Any,
        about: str, words: str, n_rows: int,
    ) -> None:  # fmt: skip
        plays = heard(service, 4, context=Context("playlist", "sleep"))
        correct(signed_in, csrf, "disown", about)
        for address in ("/history", "/history?only=left_out"):
            page = signed_in.get(address).text
            undo = rf'name="about_id" value="{about}">\s*<button class="plain small" name="act" value="own"'
            assert page.count(f"<p>{words}</p>") == len(re.findall(undo, page)) == n_rows
            assert len(re.findall(r'class="row listen out"', page)) == n_rows
        assert any(words in signed_in.get(f"/history/{play.event_id}").text for play in plays)
        clock.move(seconds=5)
        correct(signed_in, csrf, "own", about)
        assert words not in signed_in.get("/history").text
        assert n_plays(signed_in) == 4

    def test_hours_are_corrected_at_a_stroke_in_ones_own_zone(
        self, signed_in: Browser, csrf: str, service: Service
    ) -> None:
        heard(service, 12)  # from 11:00 down to 00:00 UTC
        form = {"csrf_token": csrf, "act": "disown", "from_hour": "22", "until_hour": "6"}
        answer = signed_in.post("/history/hours", data=form)
        assert answer.status_code == 303
        page = signed_in.get(answer.headers["location"]).text
        assert "Everything between 22:00 and 06:00" in page
        assert n_plays(signed_in) == 6

    @pytest.mark.parametrize(
        "wrong", [{"from_hour": "24"}, {"until_hour": "22"}, {"act": "ban"}, {"from_hour": "x"}]
    )
    def test_hours_that_cannot_be_meant_change_nothing(
        self, signed_in: Browser, csrf: str, service: Service, wrong: dict[str, str]
    ) -> None:
        heard(service, 2)
        form = {"csrf_token": csrf, "act": "disown", "from_hour": "22", "until_hour": "6"}
        assert signed_in.post("/history/hours", data=form | wrong).status_code == 422
        assert n_plays(signed_in) == 2

    @pytest.mark.parametrize("about", ["genre:pop", "context:playlist:x", "hours:22-06@UTC"])
    def test_only_items_are_loved_or_banned(
        self, signed_in: Browser, csrf: str, about: str
    ) -> None:
        for act in ("love", "ban", "snooze"):
            assert correct(signed_in, csrf, act, about).status_code == 422

    def test_a_disowned_artist_is_no_belief_any_more(
        self, signed_in: Browser, csrf: str, service: Service, clock: Any
    ) -> None:
        heard(service, 4)
        assert "Artist 0002" in signed_in.get("/taste").text
        correct(signed_in, csrf, "exclude", "artist:a2", back="/taste")
        page = signed_in.get("/taste").text
        assert 'aria-label="Why Artist 0002"' not in page
        assert 'aria-label="Undo: Artist 0002"' in page
        assert "1 correction" in page
        clock.move(seconds=1)
        correct(signed_in, csrf, "include", "artist:a2", back="/taste")
        assert 'aria-label="Why Artist 0002"' in signed_in.get("/taste").text

    def test_the_dial_goes_back_to_what_the_service_has(
        self, signed_in: Browser, csrf: str
    ) -> None:
        chosen = {"csrf_token": csrf, "back": "/taste", "exploration_budget": "0.4"}
        signed_in.post("/preferences", data=chosen)
        assert "40 % now, as you chose" in signed_in.get("/taste").text
        signed_in.post("/preferences", data={"csrf_token": csrf, "back": "/taste"})
        page = signed_in.get("/taste").text
        assert "as the service has it" in page
        assert "As the service has it" not in page


class TestTaste:
    def test_it_says_what_a_belief_rests_on(self, signed_in: Browser, service: Service) -> None:
        heard(service, 4)
        page = signed_in.get("/taste").text
        assert "from 4 plays that count" in page
        assert "25 %" in page
        why = signed_in.get("/taste/why?about=artist:a1").text
        assert "Because you played it 1 time since" in why
        assert "Track 01" in why

    def test_before_the_first_play_it_says_what_will_be_here(self, signed_in: Browser) -> None:
        assert "Nothing is believed yet" in signed_in.get("/taste").text

    @pytest.mark.parametrize("about", ["genre:none", "artist:none", "listen:x", "hours:1-2@UTC"])
    def test_of_some_things_nothing_is_believed(self, signed_in: Browser, about: str) -> None:
        assert signed_in.get(f"/taste/why?about={about}").status_code in (404, 422)

    def test_the_map_and_its_table_say_the_same(self, signed_in: Browser, service: Service) -> None:
        heard(service, 5, hours_ago=0.5)
        page = signed_in.get("/taste").text
        drawn = [int(n) for n in re.findall(r"<title>\w+ \d\d:00, (\d+) plays?</title>", page)]
        table = page[page.index("<tbody>") : page.index("</tbody>")]
        told = [int(n) for n in re.findall(r"<td>(\d+)</td>", table)]
        assert len(drawn) == 168
        assert sum(drawn) == sum(told) == 5

    def test_the_dial_keeps_what_else_was_chosen(
        self, signed_in: Browser, csrf: str, service: Service
    ) -> None:
        heard(service, 1)
        form = {"csrf_token": csrf, "exploration_budget": "0.1", "time_zone": "Asia/Tokyo"}
        signed_in.post("/preferences", data=form)
        page = signed_in.get("/taste").text
        kept = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        answer = signed_in.post("/preferences", data={**kept, "exploration_budget": "0.4"})
        assert answer.headers["location"] == "/taste?kept=1"
        assert "It is 40 % now, as you chose" in signed_in.get("/taste").text
        assert 'value="Asia/Tokyo"' in signed_in.get("/you").text


def settled(browser: Browser, path: str) -> str:
    """Return a page once nothing on it is under way any more."""
    for _ in range(200):
        page = browser.get(path).text
        if 'http-equiv="refresh"' not in page:
            return page
        time.sleep(0.02)
    raise AssertionError("it never ended")


class Verb:
    """Stands in for the process of a job: does what it is told, and answers."""

    def __init__(self, service: Service) -> None:
        self.asked: list[Sequence[str]] = []
        self.ended = Ended(0, b"{}")
        self.held: asyncio.Event | None = None
        service.jobs._ask = self.ask

    async def ask(self, words: Sequence[str]) -> Ended:
        self.asked.append(words)
        if self.held is not None:
            await self.held.wait()
        if words[:2] == ("listener", "export"):
            await asyncio.to_thread(Path(words[3]).write_bytes, b"PK everything")
        return self.ended


@pytest.fixture
def verb(service: Service) -> Verb:
    return Verb(service)


def bring(browser: Browser, csrf: str, content: bytes = b"PK", name: str = "mine.zip") -> Any:
    return browser.post(
        "/import", data={"csrf_token": csrf}, files={"file": (name, content, "application/zip")}
    )


class TestBringing:
    def test_a_file_comes_in_and_its_page_says_what_became_of_it(
        self, signed_in: Browser, csrf: str, verb: Verb
    ) -> None:
        verb.ended = Ended(
            0,
            b'{"source": "spotify", "n_kept": 1234, "n_duplicates": 2, "n_conflicts": 3,'
            b' "n_items": 77, "n_same": 6, "faults_by_rule": {"future_time": 2, "odd_rule": 1}}',
        )
        answer = bring(signed_in, csrf)
        assert answer.status_code == 303
        page = settled(signed_in, answer.headers["location"])
        for words in ("mine.zip is in", "1,234 plays", "5 plays, counted once", "odd rule",
                      "6 plays another source had reported too",
                      "2 rows: the time lies in the future"):  # fmt: skip
            assert words in page
        faults = signed_in.get(answer.headers["location"] + "/faults")
        assert faults.status_code == 200
        words = verb.asked[0]
        assert Path(words[2]).name == "upload.zip"
        assert not Path(words[2]).exists(), "the upload is removed once it is read"

    def test_one_that_cannot_be_read_is_said_kindly(
        self, signed_in: Browser, csrf: str, verb: Verb
    ) -> None:
        verb.ended = Ended(1, b"", "error: the zip is damaged")
        page = settled(signed_in, bring(signed_in, csrf).headers["location"])
        assert "mine.zip could not be read" in page
        assert "The zip is damaged" in page
        assert "Nothing you had is lost" in page

    def test_one_at_a_time_and_it_can_be_stopped(
        self, signed_in: Browser, csrf: str, verb: Verb
    ) -> None:
        verb.held = asyncio.Event()
        there = bring(signed_in, csrf).headers["location"]
        page = signed_in.get("/import").text
        assert "mine.zip is coming in" in page
        assert '<meta http-equiv="refresh" content="3">' in page
        assert bring(signed_in, csrf).status_code == 409
        stopped = signed_in.post(f"{there}/stop", data={"csrf_token": csrf})
        assert "mine.zip was stopped" in signed_in.get(stopped.headers["location"]).text

    @pytest.mark.parametrize(
        "name", ["../../etc/passwd", "a\x00b.zip", "<img src=x>.zip", "x" * 999]
    )
    def test_no_name_leads_anywhere(
        self, signed_in: Browser, csrf: str, service: Service, verb: Verb, name: str
    ) -> None:
        answer = bring(signed_in, csrf, name=name)
        if answer.status_code == 303:
            assert "<img src=x>" not in settled(signed_in, answer.headers["location"])
            assert Path(verb.asked[0][2]).is_relative_to(service.home.belongings_of(WHO))
        else:
            assert answer.status_code == 400

    def test_no_file_is_said(self, signed_in: Browser, csrf: str) -> None:
        answer = bring(signed_in, csrf, b"")
        assert answer.status_code == 422
        assert "choose a file first" in answer.text
        assert "Choose your export" in signed_in.get("/import").text

    def test_nobody_sees_an_import_of_somebody_else(
        self, signed_in: Browser, csrf: str, verb: Verb, key: Any
    ) -> None:
        there = bring(signed_in, csrf).headers["location"]
        other = key("listener", "listener-2")["Authorization"].split()[1]
        signed_in.post("/sign-in", data={"csrf_token": csrf, "key": other})
        assert signed_in.get(there).status_code == 404
        assert signed_in.get(f"{there}/faults").status_code == 404

    class TestSmall:
        @pytest.fixture
        def settings(self) -> dict[str, Any]:
            return {"upload_limit_bytes": 1000}

        def test_a_file_too_large_is_refused_and_leaves_nothing(
            self, signed_in: Browser, csrf: str, service: Service, verb: Verb
        ) -> None:
            answer = bring(signed_in, csrf, b"x" * 1001)
            assert answer.status_code == 413
            assert "nothing of it was kept" in answer.text
            assert not [f for f in service.home.belongings.rglob("*") if f.is_file()]
            assert bring(signed_in, csrf, b"x" * 1000).status_code == 303


class TestTakingAlong:
    def test_a_copy_is_written_and_handed_to_nobody_else(
        self, signed_in: Browser, csrf: str, verb: Verb, key: Any
    ) -> None:
        assert signed_in.get("/export/file").status_code == 404
        assert signed_in.post("/export", data={"csrf_token": csrf}).status_code == 303
        assert "is ready" in settled(signed_in, "/export")
        handed = signed_in.get("/export/file")
        assert handed.content == b"PK everything"
        assert "listener-1.zip" in handed.headers["content-disposition"]
        assert "no-store" in handed.headers["cache-control"]
        other = key("listener", "listener-2")["Authorization"].split()[1]
        signed_in.post("/sign-in", data={"csrf_token": csrf, "key": other})
        assert signed_in.get("/export/file").status_code == 404


class TestLeaving:
    def test_only_who_types_their_id_leaves(
        self, signed_in: Browser, csrf: str, service: Service, verb: Verb
    ) -> None:
        heard(service, 3)
        form = {"csrf_token": csrf, "confirm": "listener-2"}
        answer = signed_in.post("/leave", data=form)
        assert answer.status_code == 422
        assert "Nothing was erased" in answer.text
        assert n_plays(signed_in) == 3
        assert verb.asked == []

    def test_who_leaves_is_signed_out_and_shown_a_certificate(
        self, signed_in: Browser, csrf: str, service: Service, verb: Verb
    ) -> None:
        heard(service, 3)
        verb.ended = Ended(
            0,
            b'{"certificates": [{"listener_hash": "ab12", "n_removed": {"listens": 3, "plays": 3},'
            b' "n_files_rewritten": 2, "n_models_removed": 1}]}',
        )
        answer = signed_in.post("/leave", data={"csrf_token": csrf, "confirm": WHO})
        assert answer.status_code == 303
        page = settled(signed_in, answer.headers["location"])
        for words in ("You have left", "ab12", "Rows removed", "Files written anew"):
            assert words in page
        assert WHO not in page
        assert signed_in.get("/you").headers["location"].startswith("/sign-in")
        found = service.readers.connection.execute(
            "SELECT count(*) FROM events WHERE listener_id = ?", (WHO,)
        )
        assert found.fetchone() == (0,)
        assert not service.home.belongings_of(WHO).exists()

    def test_a_receipt_nobody_was_given_opens_nothing(self, client: Browser) -> None:
        assert client.get("/left/01a1fdfa-4600-44e6-89b9-2d9d6ac2ab72").status_code == 404
