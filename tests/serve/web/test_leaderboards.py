"""A collection's runs side by side and a run's recipe, as a browser without scripts meets them."""

import html
import re
from typing import Any

import numpy as np
import pytest
from litestar.testing import TestClient

from ritornello.evaluate import leaderboard_files, studies
from ritornello.evaluate.leaderboard import leaderboard
from ritornello.evaluate.runs import rank
from ritornello.evaluate.scoring import score
from ritornello.measures import names
from ritornello.serve.service import Service
from ritornello.store.home import Home
from tests.evaluate.kept import a_collection, a_run
from tests.serve.web.test_signals import sign_in, words

Browser = TestClient[Any]
HOSTILE = '<script>alert("run")</script>'


def fill(home: Home) -> dict[str, str]:
    """A collection with four runs on its leaderboard and one that came later."""
    measures = [names.parse(each) for each in ("nDCG@5", "RR", "NumRet")]
    collection = a_collection()
    noise = {"good": 0.3, "fair": 0.45, "poor": 9.0, HOSTILE: 2.0}
    runs = [a_run(collection, name, amount) for name, amount in noise.items()]
    ids = {"collection": studies.keep(home, collection)}
    ids |= {run.name: studies.keep(home, run) for run in runs}
    scored = [score(each, collection, measures) for each in runs]
    board = leaderboard(collection, scored, measures, np.random.default_rng(1))
    leaderboard_files.keep(home, board)
    late = rank(collection, "late", {"model": {"name": "ease", "l2": 0.5}}, runs[0].ranked)
    ids["late"] = studies.keep(home, late)
    return ids


@pytest.fixture
def judged(service: Service) -> dict[str, str]:
    return fill(service.home)


def rows_of(page: str) -> list[str]:
    table = re.search(r'<table class="table board">.*?</table>', page, re.DOTALL)[0]
    return [
        html.unescape(name) for name in re.findall(r'<th scope="row"><a [^>]*>(.*?)</a>', table)
    ]


def test_runs_stand_side_by_side_sorted_by_a_measure_in_the_address(
    client: Browser, csrf: str, key: Any, judged: dict[str, str]
) -> None:
    scientist = sign_in(client, csrf, key("scientist"))
    path = f"/studies/collections/{judged['collection']}"
    assert f'href="{path}"' in scientist.get("/studies").text
    page = scientist.get(path).text
    assert rows_of(page)[:2] == ["good", "fair"]
    assert rows_of(page)[-1] == "poor"
    assert rows_of(scientist.get(path, params={"worst_first": "true"}).text)[0] == "poor"
    by_rr = scientist.get(path, params={"by": "RR"}).text
    assert 'aria-sort="descending"><a href="' + path + "?by=RR&amp;worst_first=true" in by_rr
    assert "RR of every run" in by_rr
    assert scientist.get(path, params={"by": "AP"}).status_code == 404
    assert "surely below the best" in words(page)
    assert "<script>alert" not in page
    assert 'href="/studies/runs/' + judged["late"] in page
    assert "graded by declared@1" in words(page)

    for form, kind in (("csv", "text/csv"), ("json", "application/json"), ("md", "text/markdown")):
        answer = scientist.get(f"{path}.{form}")
        assert answer.headers["content-type"].startswith(kind)
        assert "attachment" in answer.headers["content-disposition"]
    assert scientist.get(f"{path}.exe").status_code == 404

    page = scientist.get(f"/studies/runs/{judged['good']}").text
    assert "Topics by their nDCG@5" in page
    assert page.count("<svg") >= 2
    late = words(scientist.get(f"/studies/runs/{judged['late']}").text)
    assert "model l2 0.5" in late
    assert "on no leaderboard yet" in late


def test_where_nothing_is_ranked_yet_it_says_what_to_run_and_listeners_never_come_in(
    client: Browser, csrf: str, key: Any, service: Service
) -> None:
    study_id = studies.keep(service.home, a_collection())
    path = f"/studies/collections/{study_id}"
    assert client.get(path).status_code in (302, 303, 401)
    editor = sign_in(client, csrf, key("editor"))
    assert f"ritornello evaluate import run FILE --collection {study_id}" in editor.get(path).text
    assert editor.get(f"{path}.csv").status_code == 404
    assert editor.get("/studies/collections/0123456789abcdef").status_code == 404
    assert editor.get("/studies/runs/nothing").status_code == 404
    editor.post("/sign-out", data={"csrf_token": csrf})
    listener = sign_in(client, csrf, key("listener", "listener-1"))
    assert listener.get(path).status_code == 403
