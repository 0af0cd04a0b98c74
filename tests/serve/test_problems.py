"""Errors on the wire: the shape of their face, what to do, and never a traceback."""

from typing import Any

import pytest
from litestar import get
from litestar.testing import TestClient

from ritornello.kinds import errors
from ritornello.serve.access import ROLES, allow
from ritornello.serve.app import create_app
from ritornello.serve.problems import problem_of


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [
        (errors.BadValue("x"), 422, None),
        (errors.UnknownName("x"), 404, None),
        (errors.NotFound("x"), 404, None),
        (errors.Conflict("x"), 409, None),
        (errors.NotAllowed("x"), 403, None),
        (errors.ArtefactUnusable("x"), 503, "5"),
        (errors.StorageUnavailable("x"), 503, "5"),
        (errors.Overloaded("x"), 503, "1"),
        (RuntimeError("secret"), 500, None),
    ],
)
def test_each_error_has_its_status(error: Exception, status: int, retry: Any) -> None:
    problem = problem_of(error)
    assert (problem.status, problem.headers.get("Retry-After")) == (status, retry)


def test_a_problem_has_the_five_members_of_rfc_9457(client: Any, key: Any) -> None:
    answer = client.get("/v1/items/track:none", headers=key("editor"))
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:ritornello:problem:not-found",
        "title": "Not Found",
        "status": 404,
        "detail": "no item 'track:none' in the catalogue",
        "instance": "/v1/items/track:none",
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/v1/events", 405), ("GET", "/v1/home?device=fridge", 400)],
)
def test_what_the_router_refuses_looks_the_same(
    client: Any, key: Any, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path, headers=key("listener", "listener-1"))
    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_listenbrainz_face_has_its_own_shape(client: Any) -> None:
    for path, status, error in (
        ("/1/nowhere", 404, "Not Found"),
        ("/1/user/listener-1/listens", 401, "You need to provide an Authorization header."),
    ):
        answer = client.get(path)
        assert answer.status_code == status
        assert answer.json() == {"code": status, "error": error}
    bad = client.get("/1/user/x/listens", headers={"Authorization": "Token no"})
    assert bad.json() == {"code": 401, "error": "Invalid authorization token."}


def test_what_nobody_foresaw_is_logged_without_values(service: Any, caplog: Any) -> None:
    told_nobody = "listener-{} played track:{}".format(7, "secret")

    @get("/broken", opt=allow(*ROLES))
    async def broken() -> None:
        raise RuntimeError(told_nobody)

    app = create_app(service, extra_routers=[broken])
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/broken")
    assert answer.status_code == 500
    assert "RuntimeError in GET /broken" in caplog.text
    assert "test_problems.py" in caplog.text
    for told in (answer.text, caplog.text):
        assert told_nobody not in told
