"""What was judged, by the API: read by who studies, made from files alone, nothing found said as such."""

from typing import Any

import numpy as np
import pytest
from litestar.testing import TestClient

from ritornello.evaluate import leaderboard_files, studies
from ritornello.evaluate.leaderboard import leaderboard
from ritornello.evaluate.report import Report
from ritornello.evaluate.scoring import score
from ritornello.measures import names
from ritornello.serve.service import Service
from tests.evaluate.kept import a_collection, a_run

Client = TestClient[Any]
MEASURES = [names.parse(each) for each in ("nDCG@5", "RR")]


@pytest.fixture
def judged(service: Service) -> dict[str, str]:
    """A collection with two runs on its leaderboard, one that came later, and a report."""
    home, collection = service.home, a_collection()
    runs = [a_run(collection, "good", 0.3), a_run(collection, "poor", 9.0)]
    scored = [score(each, collection, MEASURES) for each in runs]
    ids = {"collection": studies.keep(home, collection)}
    ids |= {run.name: studies.keep(home, run) for run in runs}
    board = leaderboard(collection, scored, MEASURES, np.random.default_rng(1))
    leaderboard_files.keep(home, board)
    ids["late"] = studies.keep(home, a_run(collection, "late", 1.0))
    ids["report"] = studies.keep(home, Report("On runs", "Good is better than poor."))
    return ids


def test_who_studies_reads_all_of_it_and_a_listener_none(
    client: Client, key: Any, judged: dict[str, str]
) -> None:
    for role in ("scientist", "editor", "service"):
        found = client.get("/v1/studies", headers=key(role)).json()["studies"]
        assert {each["id"] for each in found} == set(judged.values())
    assert client.get("/v1/studies", headers=key("listener", "listener-1")).status_code == 403
    assert client.get("/v1/studies").status_code == 401

    scientist = key("scientist")
    path = f"/v1/studies/collections/{judged['collection']}"
    told = client.get(path, headers=scientist).json()
    assert [row["name"] for row in told["board"]["rows"]] == ["good", "poor"]
    best, below = (row["cells"][0] for row in told["board"]["rows"])
    assert best["is_best"]
    assert below["is_below"]
    assert below["low"] < below["value"] < below["high"] < best["low"]
    assert [each["id"] for each in told["not_on_it"]] == [judged["late"]]
    assert told["about"]["success"] == "declared@1"

    told = client.get(f"/v1/studies/runs/{judged['good']}", headers=scientist).json()
    assert told["recipe"] == {"noise": 0.3, "seed": 1}
    assert told["collection_id"] == judged["collection"]
    assert sum(told["cells"][0]["spread"]["counts"]) == 40
    late = client.get(f"/v1/studies/runs/{judged['late']}", headers=scientist).json()
    assert late["cells"] == []

    told = client.get(f"/v1/studies/reports/{judged['report']}", headers=scientist).json()
    assert told["verdict"] == "Good is better than poor."


def test_what_is_not_there_is_a_404_and_what_is_damaged_says_so(
    client: Client, key: Any, judged: dict[str, str], service: Service
) -> None:
    scientist = key("scientist")
    for kind in studies.KINDS:
        for study_id in ("0123456789abcdef", "..%2f..%2fkeys", "x" * 300):
            answer = client.get(f"/v1/studies/{kind}/{study_id}", headers=scientist)
            assert answer.status_code == 404, (kind, study_id)
    place = service.home.studies / studies.RUNS / judged["poor"] / studies.STUDY
    place.write_bytes(b"{")
    found = client.get("/v1/studies", headers=scientist).json()["studies"]
    assert [each["id"] for each in found if each["trouble"]] == [judged["poor"]]
    answer = client.get(f"/v1/studies/runs/{judged['poor']}", headers=scientist)
    assert answer.status_code == 503
    assert client.get(f"/v1/studies/runs/{judged['good']}", headers=scientist).status_code == 200
