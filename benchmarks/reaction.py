"""Does an acknowledged event change the very next answer, as it should? A thousand tries over HTTP.

python benchmarks/reaction.py --on 2026-11-21

Each try makes two listeners with the same history. One of them plays one more track; the other, the
twin, does not. On the next request, over other connections, the unheard neighbours of that track
must score higher on *made for you* than they do for the twin; a track none of whose neighbours is
offered to either is no try, and another history takes its place. Then the listener bans an artist that
is shown, and no face may show that artist any more: Home, Weekly, the playlist, recommendations.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import numpy as np

import server
from machine import facts, sentence
from ritornello.cli.filling import fill
from ritornello.cli.wiring import find_home, make_home, now, reading, writing
from ritornello.kinds.ids import uuid7
from ritornello.models.bundle import Bundle, Current
from ritornello.store import keys
from ritornello.store.home import Home

N_HISTORY = 10
N_NEIGHBOURS = 50
SHELF = "made_for_you"


class Asking:
    """A listener's two connections: what is written on one is read on the other."""

    def __init__(self, port: int, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}"}
        self._writing = HTTPConnection(server.HOST, port)
        self._reading = HTTPConnection(server.HOST, port)

    def post(self, events: list[dict[str, Any]]) -> None:
        """Report events and make sure that they are acknowledged."""
        body = msgspec.json.encode({"events": events})
        status, answer = self._ask(self._writing, "POST", "/v1/events", body)
        if status != 200:
            raise RuntimeError(f"{status}: {answer}")

    def get(self, path: str) -> Any:
        """Read something; ``None`` for 204."""
        status, answer = self._ask(self._reading, "GET", path, None)
        if status not in (200, 204):
            raise RuntimeError(f"{status} for {path}: {answer}")
        return answer

    def _ask(
        self, connection: HTTPConnection, method: str, path: str, body: bytes | None
    ) -> tuple[int, Any]:
        connection.request(method, path, body, self._headers)
        response = connection.getresponse()
        content = response.read()
        return response.status, json.loads(content) if content else None


def trained_home(folder: Path) -> tuple[Home, str]:
    """Make a home with the toy world in it, trained, and a service key."""
    home = make_home(folder / "home")
    with reading(home) as conn:
        fill(home, conn, seed=20261116, now=now(), tell=lambda *_: None)
    subprocess.run(
        [sys.executable, "-m", "ritornello", "train", "--home", str(home.path)],
        check=True,
        capture_output=True,
    )
    with writing(home) as writer:
        _, key = writer.run(lambda conn: keys.create(conn, now(), "service")).result()
    return find_home(home.path), key


def histories(home: Home, n: int, rng: Random) -> list[list[str]]:
    """Return the first plays of ``n`` simulated listeners, one artist at most once."""
    with reading(home) as conn:
        who = [row[0] for row in conn.execute("SELECT DISTINCT listener_id FROM plays")]
        found = []
        for _ in range(n):
            heard = conn.execute(
                "SELECT item_id FROM plays WHERE listener_id = ? AND n_plays > 0 "
                "AND item_id GLOB 'track:*' ORDER BY last_at_us DESC LIMIT ?",
                (rng.choice(who), N_HISTORY + 1),
            ).fetchall()
            found.append([item_id for (item_id,) in heard])
    return [history for history in found if len(history) == N_HISTORY + 1]


def neighbours(bundle: Bundle, item_id: str) -> list[str]:
    """Return the tracks that are played by the same listeners as ``item_id``, the nearest first."""
    vocabulary = bundle.vocabulary
    row = bundle.cooccurrence.neighbours[[vocabulary.columns[item_id]]]
    order = np.argsort(-row.data, kind="stable")[:N_NEIGHBOURS]
    return [vocabulary.ids[column] for column in row.indices[order]]


def reacts(asking: Asking, bundle: Bundle, history: list[str], number: int) -> bool | None:
    """Play one track more than the twin; say whether every neighbour both are offered scores higher.

    Where no neighbour is on both shortlists, one that is on the listener's alone has moved up. None
    on either: nothing can be said.
    """
    at = datetime.now(UTC)
    *shared, played = history
    listener, twin = f"try-{number}", f"twin-{number}"
    for who in (listener, twin):
        asking.post([_listen(who, item, at, n + 1) for n, item in enumerate(shared)])
    asking.post([_listen(listener, played, at, 0)])
    with_it, without = (_scores(asking, who) for who in (listener, twin))
    unheard = [i for i in neighbours(bundle, played) if i not in history]
    moved = [with_it[i] - without[i] for i in unheard if i in with_it and i in without]
    if moved:
        return min(moved) > 0
    one_sided = [i in with_it for i in unheard if i in with_it or i in without]
    return any(one_sided) if one_sided else None


def obeys(asking: Asking, number: int) -> bool:
    """Ban an artist that is shown; say whether every face obeys on the next request."""
    who = f"try-{number}"
    page = asking.get(f"/v1/home?listener_id={who}")
    card = page["shelves"][-1]["cards"][0]
    artist_id = asking.get(f"/v1/items/{card['item_id']}")["artist_ids"][0]
    asking.post([_ban(who, artist_id)])
    weekly = asking.get(f"/v1/discover-weekly?listener_id={who}")
    shown = [
        shown_card["item_id"]
        for answer in (asking.get(f"/v1/home?listener_id={who}"), weekly)
        for shelf in answer["shelves"]
        for shown_card in shelf["cards"]
    ]
    playlist = asking.get(f"/1/playlist/{weekly['decision_id']}")["playlist"]["track"]
    shown += [
        track["identifier"][0].removeprefix("urn:ritornello:")
        for track in playlist
        if track["identifier"][0].startswith("urn:")
    ]
    asking.get(f"/1/cf/recommendation/user/{who}/recording")
    artists = (asking.get(f"/v1/items/{item_id}").get("artist_ids", []) for item_id in shown)
    return artist_id not in {artist for found in artists for artist in found}


def main() -> None:
    """Try, count, print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--on", type=date.fromisoformat, required=True)
    asked.add_argument("--tries", type=int, default=1000)
    asked.add_argument("--bans", type=int, default=100)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, key = trained_home(Path(folder))
        bundle = Current(home).refresh()
        tried = iter(histories(home, given.tries * 2, Random(20261116)))
        with server.serving(home) as (port, _):
            asking = Asking(port, key)
            answers = (reacts(asking, bundle, history, n) for n, history in enumerate(tried))
            right = list(islice((said for said in answers if said is not None), given.tries))
            obeyed = [obeys(asking, n) for n in range(min(given.bans, len(right)))]
        machine = facts(given.on, Path(folder))
    figures = {
        "n_tries": len(right),
        "n_right": sum(right),
        "n_bans": len(obeyed),
        "n_obeyed": sum(obeyed),
    }
    print(json.dumps({"benchmark": "reaction", "machine": machine, **figures}))
    print(
        f"{sum(right)} of {len(right)} reactions in the right direction; "
        f"{sum(obeyed)} of {len(obeyed)} bans obeyed everywhere at once"
    )
    print(sentence(machine))


def _scores(asking: Asking, who: str) -> dict[str, float]:
    """Return item → score on *made for you* of a Home asked for now."""
    page = asking.get(f"/v1/home?listener_id={who}")
    decision = asking.get(f"/v1/decisions/{page['decision_id']}")
    shelf = next(shelf for shelf in decision["shelves"] if shelf["name"] == SHELF)
    return {candidate["item_id"]: candidate["weight"] for candidate in shelf["shortlist"]}


def _listen(who: str, item_id: str, at: datetime, hours_ago: int) -> dict[str, Any]:
    ended_at = at - timedelta(hours=hours_ago)
    return {
        "kind": "listen",
        "event_id": str(uuid7(ended_at)),
        "listener_id": who,
        "item_id": item_id,
        "happened_at": ended_at.isoformat(),
        "started_at": (ended_at - timedelta(minutes=3)).isoformat(),
        "ms_played": 180_000,
        "duration_ms": 180_000,
        "began_because": "clicked",
        "ended_because": "finished",
    }


def _ban(who: str, artist_id: str) -> dict[str, Any]:
    at = datetime.now(UTC)
    return {
        "kind": "act",
        "event_id": str(uuid7(at)),
        "listener_id": who,
        "happened_at": at.isoformat(),
        "act": "ban",
        "about_id": artist_id,
    }


if __name__ == "__main__":
    main()
