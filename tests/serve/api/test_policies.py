"""What policies have learned, as a scientist reads it and as Prometheus does."""

from typing import Any

from litestar.testing import TestClient

from ritornello.policies import lessons
from ritornello.serve.service import Service

Client = TestClient[Any]
LESSON = (b"d" * 16, "new", 0, "home/new", "listener-1", "young", "track:t1", 750, 1000)


def test_nothing_was_learned_yet(client: Client, key: Any) -> None:
    told = client.get("/v1/policies", headers=key("scientist")).json()
    assert (told["n_lessons"], told["surfaces"], told["trouble"]) == (0, {}, None)


def test_beliefs_are_told_by_surface(client: Client, key: Any, service: Service) -> None:
    service.writer.run(lambda conn: lessons.replace(conn, [LESSON], [])).result()
    service.beliefs.refresh()
    told = client.get("/v1/policies", headers=key("editor")).json()
    assert told["version"].startswith("live@")
    assert told["surfaces"] == {
        "home": [
            {
                "belief": "home/new", "n_lessons": 1, "n_arms": 1, "n_segments": 1,
                "n_trials": 1.0, "success": 0.75,
            }
        ]
    }  # fmt: skip
    assert "listener-1" not in str(told)
    page = client.get("/metrics", headers=key("service")).text
    assert 'ritornello_lessons{surface="home"} 1.0' in page


def test_why_beliefs_cannot_be_read_is_told(client: Client, key: Any, service: Service) -> None:
    folder = service.home.models / "beliefs"
    folder.mkdir(parents=True)
    (folder / "served").write_text('{"version": "0123456789abcdef"}')
    service.beliefs.refresh()
    told = client.get("/v1/policies", headers=key("scientist")).json()
    assert "0123456789abcdef" in told["trouble"]
