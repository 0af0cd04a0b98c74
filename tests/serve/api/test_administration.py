"""Keys, health, metrics, and the description of it all."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as trying

from ritornello import __version__
from ritornello.store import keys


def test_a_key_is_shown_once_and_works_until_revoked(client: Any, key: Any, clock: Any) -> None:
    service_key = key("service")
    wanted = {"role": "listener", "listener_id": "listener-9", "label": "phone"}
    made = client.post("/v1/keys", json=wanted, headers=service_key).json()
    listed = client.get("/v1/keys", headers=service_key)
    assert made["key"] not in listed.text
    (entry,) = [k for k in listed.json() if k["key_id"] == made["key_id"]]
    assert (entry["role"], entry["listener_id"], entry["label"]) == (
        "listener", "listener-9", "phone",
    )  # fmt: skip
    theirs = {"Authorization": f"Token {made['key']}"}
    said = client.get("/1/validate-token", headers=theirs).json()
    assert said["user_name"] == "listener-9"
    gone = client.delete(f"/v1/keys/{made['key_id']}", headers=service_key)
    assert gone.status_code == 204
    clock.move(seconds=1)
    assert client.get("/1/validate-token", headers=theirs).json()["valid"] is False


@pytest.mark.parametrize(
    "wanted", [{"role": "owner"}, {"role": "listener"}, {"role": "editor", "listener_id": "a b"}]
)
def test_a_key_for_nobody_is_refused(client: Any, key: Any, wanted: Any) -> None:
    assert client.post("/v1/keys", json=wanted, headers=key("service")).status_code == 422


def test_keys_are_long_and_never_alike(service: Any) -> None:
    made = [
        service.writer.run(lambda conn: keys.create(conn, service.now(), "service")).result()[1]
        for _ in range(50)
    ]
    assert len(set(made)) == 50
    assert min(len(text.split("_", 2)[2]) for text in made) * 6 >= 256


def test_health_is_open_and_small(client: Any) -> None:
    assert client.get("/health").json() == {
        "status": "ok", "version": __version__, "simulated": False,
    }  # fmt: skip


def test_metrics_have_the_promised_names(client: Any, key: Any) -> None:
    client.get("/v1/home?listener_id=nobody", headers=key("service"))
    page = client.get("/metrics", headers=key("scientist")).text
    for name in (
        'ritornello_build_info{version="',
        'ritornello_decisions_total{rung="editorial",surface="home"} 1.0',
        'ritornello_slate_seconds_count{surface="home"} 1.0',
        "ritornello_propensity_min 1.0",
        'ritornello_request_seconds_count{route="/v1/home",status="200"} 1.0',
        "# TYPE ritornello_listens_received_total counter",
        "# TYPE ritornello_faults_total counter",
        "# TYPE ritornello_model_age_seconds gauge",
    ):
        assert name in page
    assert "nobody" not in page


def test_the_age_of_the_model_is_told(client: Any, key: Any, living: Any, clock: Any) -> None:
    clock.move(seconds=90)
    page = client.get("/metrics", headers=key("service")).text
    assert 'ritornello_model_age_seconds{surface="home"} 90.0' in page


def test_the_description_names_every_route_and_body(client: Any) -> None:
    description = client.get("/schema/openapi.json").json()
    events = description["paths"]["/v1/events"]["post"]
    assert "requestBody" in events
    assert {"Listen", "Decision", "Track", "Preferences"} <= description["components"][
        "schemas"
    ].keys()
    listen = description["components"]["schemas"]["Listen"]["properties"]
    assert listen["listener_id"]["pattern"].startswith(r"^[\w.:+-]{1,64}$")
    assert not [path for path in description["paths"] if path.startswith("/1/")]


@pytest.mark.slow
@pytest.mark.parametrize("role", ["listener", "service"])
def test_nothing_the_description_allows_or_forbids_makes_an_error(
    client: Any, key: Any, living: Any, role: Any
) -> None:
    headers = key(role, "listener-1" if role == "listener" else None)
    described = schemathesis.openapi.from_dict(client.get("/schema/openapi.json").json())
    for operation in described.get_all_operations():

        @trying(
            max_examples=12,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.ok().as_strategy())
        def ask(case: Any) -> None:
            sent = case.as_transport_kwargs(headers=headers)
            sent.pop("cookies", None)
            answer = client.request(**sent)
            assert answer.status_code < 500

        ask()
