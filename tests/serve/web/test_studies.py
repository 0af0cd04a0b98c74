"""Kept reports as a scientist's browser meets them: listed with their verdicts, shown as the pages they are."""

import json
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from litestar.testing import TestClient
from playwright.sync_api import Browser

from ritornello.evaluate import collections, reports, studies
from ritornello.evaluate.collections import Origin, Topic
from ritornello.measures.matching import Judged
from ritornello.serve.service import Service
from tests.evaluate.reports_of_all_kinds import HOSTILE, full
from tests.serve.web.test_signals import sign_in, words


@pytest.fixture
def kept(service: Service) -> str:
    judged = Judged(np.array([0]), np.array([0]), np.array([1]))
    small = collections.freeze("Heard in May", [Topic("q")], ["a", "b"], judged, Origin("people"))
    studies.keep(service.home, small)
    return studies.keep(service.home, full(HOSTILE))


def test_reports_are_listed_with_their_verdicts_and_open_as_they_are(
    client: TestClient[Any], csrf: str, key: Any, kept: str
) -> None:
    scientist = sign_in(client, csrf, key("scientist"))
    page = scientist.get("/studies").text
    assert HOSTILE not in page
    assert f"Nothing is told apart. {HOSTILE}" in words(page)
    assert "Heard in May 1 2 1 0" in words(page)
    assert f'href="/studies/reports/{kept}"' in page
    answer = scientist.get(f"/studies/reports/{kept}")
    assert answer.text == reports.html(full(HOSTILE))
    assert answer.headers["content-security-policy"].startswith(reports.POLICY)
    answer = scientist.get(f"/studies/reports/{kept}.json")
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.content)["title"] == full(HOSTILE).title


def test_nothing_judged_says_what_to_run(client: TestClient[Any], csrf: str, key: Any) -> None:
    page = sign_in(client, csrf, key("editor")).get("/studies").text
    assert "ritornello evaluate offline" in page


def test_a_report_that_is_not_there_is_a_404(client: TestClient[Any], csrf: str, key: Any) -> None:
    scientist = sign_in(client, csrf, key("scientist"))
    for name in ("0123456789abcdef", ".json", "0123456789abcdef.json", "x"):
        assert scientist.get(f"/studies/reports/{name}").status_code == 404, name


def test_studies_are_not_for_listeners(client: TestClient[Any], csrf: str, key: Any, kept: str) -> None:  # fmt: skip
    listener = sign_in(client, csrf, key("listener", "listener-1"))
    assert listener.get("/studies").status_code == 403
    assert listener.get(f"/studies/reports/{kept}").status_code == 403


def test_a_report_that_was_altered_is_listed_as_such_and_not_shown(
    client: TestClient[Any], csrf: str, key: Any, service: Service, kept: str
) -> None:
    (service.home.studies / "reports" / kept / "report.json").write_text("{}")
    scientist = sign_in(client, csrf, key("scientist"))
    assert scientist.get("/studies").status_code == 200
    assert scientist.get(f"/studies/reports/{kept}").status_code >= 400


@pytest.mark.web
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_report_from_a_disk_and_nothing_scrolls_sideways(
    browser: Browser, tmp_path: Any, scheme: str
) -> None:
    file = tmp_path / "report.html"
    file.write_text(reports.html(full("ease against everything there is")), encoding="utf-8")
    phone = browser.new_context(
        viewport={"width": 390, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    page, troubles = phone.new_page(), []
    page.on("console", lambda said: troubles.append(said.text))
    page.on("request", lambda asked: troubles.append(asked.url))
    page.goto(file.as_uri())
    troubles = [each for each in troubles if each not in (file.as_uri(), "data:,")]
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert troubles == []
    phone.close()
