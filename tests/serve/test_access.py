"""Every route × every role: each cell is declared here by hand and asked over HTTP.

A route without a declaration, or without a row in this table, fails.
"""

from typing import Any

import pytest
from litestar.testing import TestClient

from ritornello.serve.access import ROLES
from ritornello.serve.app import create_app
from ritornello.serve.web import router as pages
from tests.serve.conftest import names_of

A, L, E, SC, SV = ROLES
EVERYBODY = set(ROLES)

REACHED_BY: dict[tuple[str, str], set[str]] = {
    ("POST", "/v1/events"): {L, SV},
    ("GET", "/v1/home"): {L, SV},
    ("GET", "/v1/discover-weekly"): {L, SV},
    ("GET", "/v1/daily-mix"): {L, SV},
    ("GET", "/v1/decisions/{decision_id}"): {L, SC, SV},
    ("GET", "/v1/decisions/{decision_id}/why"): {L, SC, SV},
    ("GET", "/v1/decisions/{decision_id}/again"): {L, SC, SV},
    ("GET", "/v1/playlists/{playlist_id}"): {L, SV},
    ("GET", "/v1/listeners/{listener_id}/listens"): {L, SV},
    ("GET", "/v1/listeners/{listener_id}/corrections"): {L, SV},
    ("GET", "/v1/listeners/{listener_id}/portrait"): {L, SV},
    ("GET", "/v1/listeners/{listener_id}/profile"): {L, SV},
    ("POST", "/v1/listeners/{listener_id}/imports"): {L, SV},
    ("GET", "/v1/listeners/{listener_id}/imports/{job_id}"): {L, SV},
    ("GET", "/v1/listeners/{listener_id}/export"): {L, SV},
    ("DELETE", "/v1/listeners/{listener_id}"): {L, SV},
    ("GET", "/v1/erasures/{job_id}"): EVERYBODY,
    ("GET", "/v1/listeners/{listener_id}/preferences"): {L, SV},
    ("PUT", "/v1/listeners/{listener_id}/preferences"): {L, SV},
    ("GET", "/v1/listeners/{listener_id}/onboarding"): {L, SV},
    ("POST", "/v1/listeners/{listener_id}/onboarding"): {L, SV},
    ("GET", "/v1/listeners/{listener_id}/radio"): {L, SV},
    ("POST", "/v1/listeners/{listener_id}/radio"): {L, SV},
    ("GET", "/v1/search"): {L, E, SC, SV},
    ("GET", "/v1/search/suggest"): {L, E, SC, SV},
    ("POST", "/v1/search/turn"): {L, E, SC, SV},
    ("POST", "/v1/search/voice"): {L, E, SC, SV},
    ("GET", "/v1/search/recent"): {L, SV},
    ("DELETE", "/v1/search/recent"): {L, SV},
    ("GET", "/v1/episodes/{episode_id}/passages"): {L, E, SC, SV},
    ("GET", "/v1/items/{item_id}"): {L, E, SC, SV},
    ("PUT", "/v1/items/{item_id}"): {E, SV},
    ("POST", "/v1/items"): {E, SV},
    ("POST", "/v1/merges"): {E, SV},
    ("DELETE", "/v1/merges/{from_id}"): {E, SV},
    ("GET", "/v1/moments"): {L, SV},
    ("GET", "/v1/moments/{name}"): {L, SV},
    ("GET", "/v1/pools"): {E, SC, SV},
    ("GET", "/v1/pools/{name}"): {E, SC, SV},
    ("GET", "/v1/pools/{name}/versions"): {E, SC, SV},
    ("GET", "/v1/pools/{name}/results"): {E, SC, SV},
    ("GET", "/v1/pools/{name}/preview"): {E, SC, SV},
    ("POST", "/v1/pools/check"): {E, SC, SV},
    ("POST", "/v1/pools/preview"): {E, SC, SV},
    ("PUT", "/v1/pools/{name}"): {E, SV},
    ("DELETE", "/v1/pools/{name}"): {E, SV},
    ("POST", "/v1/pools/{name}/undo"): {E, SV},
    ("POST", "/v1/pools/{name}/pins"): {E, SV},
    ("DELETE", "/v1/pools/{name}/pins/{item_id}"): {E, SV},
    ("POST", "/v1/pools/{name}/must-include"): {E, SV},
    ("DELETE", "/v1/pools/{name}/must-include/{item_id}"): {E, SV},
    ("POST", "/v1/pools/{name}/blocks"): {E, SV},
    ("DELETE", "/v1/pools/{name}/blocks/{about_id}"): {E, SV},
    ("POST", "/v1/pools/{name}/boosts"): {E, SV},
    ("DELETE", "/v1/pools/{name}/boosts/{about_id}"): {E, SV},
    ("GET", "/v1/rulings"): {E, SC, SV},
    ("POST", "/v1/rulings"): {E, SV},
    ("DELETE", "/v1/rulings/{ruling_id}"): {E, SV},
    ("GET", "/v1/visits"): {L, SV},
    ("GET", "/v1/visits/{visit_id}"): {L, SC, SV},
    ("GET", "/v1/listeners/{listener_id}/beliefs"): {L, SV},
    ("GET", "/v1/signals/tables"): {E, SC, SV},
    ("GET", "/v1/signals/success"): {E, SC, SV},
    ("GET", "/v1/signals/measures"): {E, SC, SV},
    ("GET", "/v1/signals/alarms"): {E, SC, SV},
    ("GET", "/v1/studies"): {E, SC, SV},
    ("GET", "/v1/studies/collections/{study_id}"): {E, SC, SV},
    ("GET", "/v1/studies/runs/{study_id}"): {E, SC, SV},
    ("GET", "/v1/studies/reports/{study_id}"): {E, SC, SV},
    ("GET", "/v1/policies"): {E, SC, SV},
    ("GET", "/v1/keys"): {SV},
    ("POST", "/v1/keys"): {SV},
    ("DELETE", "/v1/keys/{key_id}"): {SV},
    ("GET", "/v1/faults"): {SC, SV},
    ("GET", "/health"): EVERYBODY,
    ("GET", "/metrics"): {SC, SV},
    ("GET", "/schema"): EVERYBODY,
    ("GET", "/schema/openapi.json"): EVERYBODY,
    ("GET", "/schema/{path}"): EVERYBODY,
    ("POST", "/1/submit-listens"): {L},
    ("GET", "/1/validate-token"): EVERYBODY,
    ("GET", "/1/user/{user_name}/playing-now"): {L, SV},
    ("POST", "/1/playing-now/delete"): {L},
    ("GET", "/1/user/{user_name}/listens"): {L, SV},
    ("GET", "/1/user/{user_name}/listen-count"): {L, SV},
    ("POST", "/1/feedback/recording-feedback"): {L},
    ("GET", "/1/feedback/user/{user_name}/get-feedback"): {L, SV},
    ("GET", "/1/user/{user_name}/playlists"): {L, SV},
    ("GET", "/1/user/{user_name}/playlists/createdfor"): {L, SV},
    ("GET", "/1/playlist/{playlist_id}"): {L, SV},
    ("GET", "/1/playlist/{playlist_id}/xspf"): {L, SV},
    ("GET", "/1/cf/recommendation/user/{user_name}/recording"): {L, SV},
    ("GET", "/rest/{method}"): EVERYBODY,
    ("POST", "/rest/{method}"): EVERYBODY,
}
FILLED = {
    "{listener_id}": "listener-1",
    "{user_name}": "listener-1",
    "{decision_id}": "01a1fdfa-4600-74e6-89b9-2d9d6ac2ab72",
    "{ruling_id}": "01a1fdfa-4600-74e6-89b9-2d9d6ac2ab72",
    "{playlist_id}": "01a1fdfa-4600-74e6-89b9-2d9d6ac2ab72",
    "{item_id}": "track:t1",
    "{episode_id}": "episode:e1",
    "{method}": "ping",
    "{from_id}": "track:t1",
    "{about_id}": "track:t1",
    "{name}": "gym",
    "{visit_id}": "listener-1/1763712000000000",
    "{key_id}": "none",
    "{study_id}": "0123456789abcdef",
    "{job_id}": "01a1fdfa-4600-44e6-89b9-2d9d6ac2ab72",
    "{path}": "openapi.json",
}


def filled(path: str) -> str:
    for name, value in FILLED.items():
        path = path.replace(name, value)
    return path


@pytest.mark.parametrize("client", ["framework"], indirect=True)
def test_every_route_declares_its_roles_and_stands_in_the_table(client: TestClient[Any]) -> None:
    found = {
        (method, path): handler.opt.get("roles")
        for method, path, handler in names_of(client)
        if method != "OPTIONS"
    }
    undeclared = [place for place, roles in found.items() if not roles]
    assert not undeclared, f"these routes declare no roles: {undeclared}"
    assert found == REACHED_BY


def test_every_page_declares_its_roles(service: Any) -> None:
    with TestClient(create_app(service, extra_routers=[pages])) as opened:
        undeclared = [
            (method, path)
            for method, path, handler in names_of(opened)
            if method != "OPTIONS" and not handler.opt.get("roles")
        ]
    assert not undeclared


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_the_gate_keeps_each_role_to_its_routes(role: Any, client: Any, key: Any) -> None:
    headers = {} if role == A else key(role, "listener-1" if role == L else None)
    for (method, path), reached_by in REACHED_BY.items():
        status = client.request(method, filled(path), headers=headers).status_code
        if role in reached_by:
            assert status not in (401, 403), f"{role} is kept from {method} {path}"
        else:
            wanted = 401 if role == A else 403
            assert status == wanted, f"{role} got {status} from {method} {path}"


def test_another_listener_looks_like_nobody(client: Any, key: Any) -> None:
    mine = key("listener", "listener-1")
    for (method, path), reached_by in REACHED_BY.items():
        if L not in reached_by or ("{listener_id}" not in path and "{user_name}" not in path):
            continue
        theirs = path.replace("{listener_id}", "listener-2").replace("{user_name}", "listener-2")
        nobodys = path.replace("{listener_id}", "nobody").replace("{user_name}", "nobody")
        foreign = client.request(method, theirs, headers=mine, json={})
        absent = client.request(method, nobodys, headers=mine, json={})
        assert foreign.status_code == absent.status_code == 404, path
        assert foreign.text.replace("listener-2", "nobody") == absent.text
