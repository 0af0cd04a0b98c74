"""What listening was read as, over HTTP: one's own visits and nobody else's, tables, success, measures."""

from typing import Any

import duckdb
import pytest
from litestar.testing import TestClient

from ritornello.serve.service import Service
from ritornello.signals.building import open_tables
from ritornello.store import lake
from ritornello.store.home import Home

Client = TestClient[Any]


@pytest.fixture
def who(built: Home) -> str:
    """The listener with the most visits."""
    sql = "SELECT listener_id FROM visits GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    return str(asked(built, sql, "visits")[0][0])


def asked(home: Home, sql: str, *tables: str) -> list[tuple[Any, ...]]:
    with lake.open_lake(home) as duck:
        open_tables(duck, home, tables)
        return duck.execute(sql).fetchall()


class TestBuilt:
    @pytest.fixture
    def home(self, built: Home) -> Home:
        return built

    def test_visits_follow_each_other_page_by_page(
        self, client: Client, key: Any, who: str, built: Home
    ) -> None:
        mine, seen, before = key("listener", who), [], None
        for _ in range(100):
            params = {"n": 2} | ({"before": before} if before else {})
            page = client.get("/v1/visits", params=params, headers=mine).json()
            seen += [visit["visit_id"] for visit in page["visits"]]
            before = page.get("next_before")
            if before is None:
                break
        sql = f"SELECT visit_id FROM visits WHERE listener_id = '{who}' ORDER BY started_at_us DESC"
        assert seen == [row[0] for row in asked(built, sql, "visits")]

    def test_a_visit_is_told_event_by_event_to_whose_it_is(
        self, client: Client, key: Any, who: str
    ) -> None:
        mine = key("listener", who)
        visit = client.get("/v1/visits", headers=mine).json()["visits"][0]
        told = client.get(f"/v1/visits/{visit['visit_id']}", headers=mine).json()
        assert told["visit"] == visit
        assert [event["place"] for event in told["events"]] == list(range(1, visit["n_events"] + 1))
        studied = client.get(f"/v1/visits/{visit['visit_id']}", headers=key("scientist")).json()
        assert studied == told

    def test_anothers_visit_and_event_look_like_none(
        self, client: Client, key: Any, who: str, built: Home
    ) -> None:
        sql = f"SELECT visit_id, event_id FROM activity WHERE listener_id <> '{who}' LIMIT 1"
        ((visit_id, event_id),) = asked(built, sql, "activity")
        mine = key("listener", who)
        own_event = asked(
            built, f"SELECT event_id FROM activity WHERE listener_id = '{who}' LIMIT 1", "activity"
        )[0][0]
        for foreign in (visit_id, event_id, own_event, f"{who}/1", f"{who}x/1", f"{who}/"):
            answer = client.get(f"/v1/visits/{foreign}", headers=mine)
            assert answer.status_code == 404, foreign
            assert visit_id not in answer.text.replace(foreign, "")
        assert (
            client.get("/v1/visits", params={"listener_id": "x"}, headers=mine).status_code == 404
        )
        assert client.get(f"/v1/visits/{event_id}", headers=key("scientist")).status_code == 200

    def test_an_absent_visit_says_to_a_scientist_what_may_be_meant(
        self, client: Client, key: Any, who: str
    ) -> None:
        answer = client.get(f"/v1/visits/{who}/1", headers=key("scientist"))
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert "the nearest of" in answer.json()["detail"]

    def test_tables_are_told_with_their_days_and_rows(
        self, client: Client, key: Any, built: Home
    ) -> None:
        tables = client.get("/v1/signals/tables", headers=key("editor")).json()["tables"]
        told = {table["name"]: table for table in tables}
        sql = "SELECT count(*), count(DISTINCT started_at_us // 86400000000) FROM visits"
        ((n_rows, n_days),) = asked(built, sql, "visits")
        assert told["visits"]["n_rows"] == n_rows
        assert told["visits"]["n_days"] >= n_days
        assert told["visits"]["first_day"] <= told["visits"]["last_day"]
        assert told["returns"]["first_day"] is None
        assert all(table["about"] for table in tables)

    def test_every_rule_of_success_has_its_reason(self, client: Client, key: Any) -> None:
        (declared,) = client.get("/v1/signals/success", headers=key("scientist")).json()[
            "functions"
        ]
        assert declared["version"].startswith("declared@")
        assert len(declared["rules"]) > 20
        assert all(
            rule["whom"] and rule["success"] and rule["because"] for rule in declared["rules"]
        )

    def test_measures_are_those_of_the_tables(self, client: Client, key: Any, built: Home) -> None:
        found = client.get("/v1/signals/measures", headers=key("scientist")).json()["measures"]
        by_name = {each["measured"]["measure"]: each["measured"]["value"] for each in found}
        sql = "SELECT count(DISTINCT listener_id), count(*) FROM visits"
        ((n_listeners, n_visits),) = asked(built, sql, "visits")
        assert (by_name["listeners"], by_name["visits"]) == (n_listeners, n_visits)
        again = client.get("/v1/signals/measures", headers=key("editor")).json()["measures"]
        assert again == found

    def test_nothing_moves_in_three_days(self, client: Client, key: Any) -> None:
        answer = client.get("/v1/signals/alarms", headers=key("scientist"))
        assert answer.json() == {"alarms": []}

    def test_beliefs_are_probabilities_with_their_evidence(
        self, client: Client, key: Any, who: str, built: Home
    ) -> None:
        mine = key("listener", who)
        believed = client.get(f"/v1/listeners/{who}/beliefs", headers=mine).json()
        usual = believed["usual"]
        assert sum(map(sum, usual["by_hour"])) == pytest.approx(1)
        assert [len(day) for day in usual["by_hour"]] == [24] * 7
        assert sum(usual["by_device"].values()) == pytest.approx(1)
        sql = f"""SELECT count(*) FROM (SELECT DISTINCT visit_id, local_hour, weekday, device FROM readings
            WHERE counts AND listener_id = '{who}')"""
        assert usual["n_hours"] == asked(built, sql, "readings")[0][0]
        ((hour, weekday),) = asked(
            built,
            f"""SELECT local_hour, weekday FROM (SELECT DISTINCT visit_id, local_hour, weekday, device FROM readings
            WHERE counts AND listener_id = '{who}') GROUP BY ALL ORDER BY count(*) DESC, 1, 2 LIMIT 1""",
            "readings",
        )
        assert usual["by_hour"][weekday][hour] > usual["by_hour"][weekday][(hour + 12) % 24]
        assert believed["flags"] == []
        assert not believed["unfinished"]

    def test_who_never_listened_is_believed_nothing(self, client: Client, key: Any) -> None:
        believed = client.get(
            "/v1/listeners/nobody/beliefs", headers=key("listener", "nobody")
        ).json()
        assert believed["usual"] is None
        assert believed["kept_new"] == believed["flags"] == []


def test_nothing_built_says_what_to_run(client: Client, key: Any) -> None:
    mine = key("listener", "listener-1")
    for path in ("/v1/visits", "/v1/signals/measures", "/v1/signals/alarms"):
        answer = client.get(path, headers=mine if path == "/v1/visits" else key("scientist"))
        assert answer.status_code == 404, path
        assert "ritornello signals build" in answer.json()["detail"]
    assert client.get("/v1/signals/tables", headers=key("scientist")).json() == {"tables": []}
    assert client.get("/v1/visits/listener-1/5", headers=mine).status_code == 404
    believed = client.get("/v1/listeners/listener-1/beliefs", headers=mine).json()
    assert believed["through_on"] is None


def test_a_lake_that_cannot_be_read_in_time_is_a_503_to_try_again(
    client: Client, key: Any, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise duckdb.InterruptException("INTERRUPT")

    monkeypatch.setattr("ritornello.serve.meanings.tell_from", interrupted)
    answer = client.get("/v1/visits/listener-1/5", headers=key("scientist"))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_every_route_is_described(client: Client) -> None:
    paths = client.get("/schema/openapi.json").json()["paths"]
    for path in (
        "visits",
        "visits/{visit_id}",
        "signals/tables",
        "signals/success",
        "signals/measures",
    ):
        assert "200" in paths[f"/v1/{path}"]["get"]["responses"]
