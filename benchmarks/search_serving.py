"""Search through HTTP, the server on one core: as one types, settled, and the minute of an episode; what is new within a second.

    taskset -c 1 python benchmarks/search_serving.py --on DATE [--json FILE] [--folder KEPT]

The catalogue is ``worlds.titles`` (500,000 tracks, 50,000 artists), what is said is ``worlds.talks`` (1,000 hours); the
docstrings state their distributions. Listeners play as the catalogue is played, models are trained on that, both indexes
are built by ``ritornello index``. Then requests come when they are due, as a Poisson process, whatever is still under way,
and a latency counts from when a request was due: 20 letters a second of names typed one after the other (drawn by
plays), 4 settled searches (half names, a quarter with one letter wrong, a quarter moods and eras without a name) and 4
questions to an episode's words. ``alone`` is each of the three asked one at a time, with nothing beside it. Last, tracks
are added by the API and asked for until they are found.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import numpy as np
import uvloop

import server
from machine import facts, sentence
from ritornello.catalog import items, transcripts
from ritornello.cli.wiring import writing
from ritornello.kinds.events import Listen
from ritornello.kinds.ids import uuid7
from ritornello.store.database import connect
from ritornello.store.home import Home
from ritornello.worlds.talks import talks
from ritornello.worlds.titles import items as titles
from ritornello.worlds.titles import plays
from serving import Wire, at_rate, quantiles

SEED = 20261121
TYPED_A_S, SEARCHES_A_S, PASSAGES_A_S = 20, 4, 4
N_NAMES, N_EPISODES = 2_000, 200
SERVER_CORE = 0
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MEANT = (
    "calm songs", "fast music for running", "something I have never heard", "songs from the nineties",
    "sad songs", "no live versions", "energetic rock", "music for sleeping",
)  # fmt: skip
ROOM_S = 120.0
"""The server may take so long until it knows what can be meant."""


class Asked(NamedTuple):
    """What is drawn from: names as they are played, and episodes with words said in each."""

    names: list[str]
    said: list[tuple[str, str]]


class Filled(NamedTuple):
    """A home ready to be served: its key, what is asked of it, and what making it took."""

    home: Home
    key: str
    asked: Asked
    made: dict[str, float]


def filled(folder: Path, given: argparse.Namespace) -> Filled:
    """Make a home of the sizes given, or take up the one that lies there."""
    kept = folder / "asked.json"
    home = Home(folder / "home")
    if kept.exists():
        told = json.loads(kept.read_text(encoding="utf-8"))
        said = [(episode_id, words) for episode_id, words in told["said"]]
        return Filled(home, told["key"], Asked(told["names"], said), told["made"])
    began, took = time.perf_counter(), {}

    def lap(name: str) -> None:
        took[name] = round(time.perf_counter() - began - sum(took.values()), 1)

    home, key = server.new_home(folder / "home", titles(given.tracks, given.artists, SEED))
    lap("catalogue_s")
    names = _listened(home, given)
    lap("listens_s")
    said = _talked(home, given.hours)
    lap("talks_s")
    for verb in ("seal", "train", "index"):
        _run(home, verb)
        lap(f"{verb}_s")
    took["index_mib"] = round(_size_of(home.path / "search") / 2**20, 1)
    told = {"key": key, "names": names, "said": said, "made": took}
    kept.write_text(json.dumps(told), encoding="utf-8")
    return Filled(home, key, Asked(names, said), took)


def _listened(home: Home, given: argparse.Namespace) -> list[str]:
    """Let listeners play as the catalogue is played; return names drawn by plays."""
    rng = np.random.default_rng(SEED)
    found = [(item.item_id, item.title) for item in titles(given.tracks, given.artists, SEED)]
    counts = plays(given.tracks, given.artists, SEED).astype(np.float64)
    is_track = np.array([item_id.startswith("track:") for item_id, _ in found])
    share = np.where(is_track, counts, 0.0)
    n = given.listeners * given.plays
    heard = rng.choice(len(found), n, p=share / share.sum()).tolist()
    ended = datetime.now(UTC) - timedelta(days=30)
    step = timedelta(days=29) / n
    with writing(home) as writer:
        for start in range(0, n, 5_000):
            listens = [
                _listen(f"listener-{i % given.listeners}", found[heard[i]][0], ended + step * i)
                for i in range(start, min(start + 5_000, n))
            ]
            writer.append(listens).result()
    drawn = rng.choice(len(found), N_NAMES, p=counts / counts.sum()).tolist()
    return [found[row][1] for row in drawn]


def _listen(listener_id: str, item_id: str, at: datetime) -> Listen:
    return Listen(
        event_id=uuid7(at),
        listener_id=listener_id,
        item_id=item_id,
        happened_at=at,
        started_at=at - timedelta(seconds=200),
        ms_played=190_000,
        duration_ms=200_000,
        ended_because="finished",
        client="benchmark",
    )


def _talked(home: Home, hours: float) -> list[tuple[str, str]]:
    """Store what is said; return episodes with some words said in each."""
    rng, chance = np.random.default_rng(SEED), Random(SEED)
    said: list[tuple[str, str]] = []
    with writing(home) as writer:
        talked = talks(hours, rng)
        while block := list(islice(talked, 20)):
            changes = items.changes([talk.episode for talk in block])
            for talk in block:
                changes += transcripts.changes(talk.episode.item_id, talk.segments)
                words = chance.choice(talk.segments).text.split()
                said.append((talk.episode.item_id, " ".join(words[:8])))
            writer.append([], changes=changes).result()
    return chance.sample(said, min(N_EPISODES, len(said)))


def _run(home: Home, verb: str) -> None:
    words = [sys.executable, "-m", "ritornello", verb, "--home", str(home.path)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def _size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


class Load:
    """What is asked of the server, and how long each answer took from when it was due."""

    def __init__(self, wire: Wire, asked: Asked, n_listeners: int) -> None:
        self.took_ms: dict[str, list[float]] = defaultdict(list)
        self.errors: dict[str, int] = defaultdict(int)
        self._wire = wire
        self._asked = asked
        self._n_listeners = n_listeners
        self._chance = Random(SEED)
        self._typing, self._n_typed = "", 0

    async def typed(self, due_s: float) -> None:
        """Ask for what was typed so far, one letter more each time, up to twelve of a name."""
        if self._n_typed >= min(len(self._typing), 12):
            self._typing, self._n_typed = self._chance.choice(self._asked.names), 0
        self._n_typed += 1
        begun = self._typing[: self._n_typed]
        await self._ask("typed", due_s, f"/v1/search/suggest?q={quote(begun)}{self._who}")

    async def search(self, due_s: float) -> None:
        """Search for a name, a name with a letter wrong, or a meaning."""
        drawn, name = self._chance.random(), self._chance.choice(self._asked.names)
        if drawn < 0.25:
            name = self._chance.choice(MEANT)
        elif drawn < 0.5 and len(name) > 4:
            place = self._chance.randrange(len(name))
            name = name[:place] + self._chance.choice(LETTERS) + name[place + 1 :]
        await self._ask("search", due_s, f"/v1/search?q={quote(name)}{self._who}")

    async def passages(self, due_s: float) -> None:
        """Ask an episode, or all of them, where something is said."""
        episode_id, words = self._chance.choice(self._asked.said)
        if self._chance.random() < 0.5:
            path = f"/v1/episodes/{episode_id}/passages?q={quote(words)}"
        else:
            path = f"/v1/search?q={quote(words)}&kind=passage{self._who}"
        await self._ask("passages", due_s, path)

    @property
    def _who(self) -> str:
        return f"&listener_id=listener-{self._chance.randrange(self._n_listeners)}"

    async def _ask(self, what: str, due_s: float, path: str) -> None:
        try:
            status, _ = await self._wire.ask("GET", path)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.errors[f"{what}: {type(error).__name__}"] += 1
            return
        self.took_ms[what].append((time.perf_counter() - due_s) * 1000)
        if status != 200:
            self.errors[f"{what}: {status}"] += 1


async def drive(port: int, pid: int, of: Filled, given: argparse.Namespace) -> dict[str, Any]:
    """Ask one thing at a time, then all of them as they come, then for what is new; return what was seen."""
    wire = Wire(port, of.key)
    began = time.perf_counter()
    await wire.ask("GET", "/v1/search/suggest?q=a&listener_id=listener-0")
    ready_s = time.perf_counter() - began
    alone = Load(wire, of.asked, given.listeners)
    for ask in (alone.typed, alone.search, alone.passages):
        for _ in range(given.alone):
            await ask(time.perf_counter())
    load = Load(wire, of.asked, given.listeners)
    until_s = time.perf_counter() + given.seconds
    await asyncio.gather(
        at_rate(load.typed, TYPED_A_S, until_s, Random(1)),
        at_rate(load.search, SEARCHES_A_S, until_s, Random(2)),
        at_rate(load.passages, PASSAGES_A_S, until_s, Random(3)),
    )
    found_s = [await _found_after(wire, n, given.rest) for n in range(given.changes)]
    return {
        "alone_ms": {what: quantiles(took) for what, took in alone.took_ms.items()},
        "loaded_ms": {what: quantiles(took) for what, took in load.took_ms.items()},
        "errors": {**alone.errors, **load.errors},
        "ready_s": round(ready_s, 1),
        "new_found_s": [round(each, 2) for each in found_s],
        "server_rss_mb": round(server.rss_mb(pid)),
    }


async def _found_after(wire: Wire, number: int, rest_s: float) -> float:
    """Add a track and ask for it until it is found; return the seconds that took."""
    await asyncio.sleep(rest_s)
    title = f"Quite New Thing {number}"
    track = {"kind": "track", "item_id": f"track:new{number}", "title": title}
    began = time.perf_counter()
    status, _ = await wire.ask("POST", "/v1/items", msgspec.json.encode([track]))
    if status != 200:
        raise RuntimeError(f"a track could not be added: {status}")
    path = f"/v1/search/suggest?q={quote(title)}&listener_id=listener-0"
    while time.perf_counter() - began < ROOM_S:
        _, content = await wire.ask("GET", path)
        top = json.loads(content)["groups"]["top"]
        if top is not None and top["title"] == title:
            return time.perf_counter() - began
        await asyncio.sleep(0.02)
    return ROOM_S


def n_indexed(home: Home) -> dict[str, int]:
    """Return how much there is."""
    with closing(connect(home, read_only=True)) as conn:
        kinds = conn.execute("SELECT kind, count(*) FROM items GROUP BY kind").fetchall()
    return {f"n_{kind}s": n for kind, n in kinds}


def lines(figures: dict[str, Any]) -> Iterator[str]:
    """Yield what a person reads."""
    for how in ("alone_ms", "loaded_ms"):
        for what, found in figures[how].items():
            yield f"{what}, {how}: p50 {found['p50']}, p99 {found['p99']}, max {found['max']}"
    yield f"new: found after {figures['new_found_s']} s; {sum(figures['errors'].values())} errors"
    yield f"made: {figures['made']}; server {figures['server_rss_mb']} MiB"


def measure(
    folder: Path, given: argparse.Namespace, run: Callable[..., Any] = uvloop.run
) -> dict[str, Any]:
    """Fill a home, serve it on one core, and return what was seen."""
    of = filled(folder, given)
    with server.serving(of.home, "--learn-every-s", "0", cores=given.cores) as (port, pid):
        figures: dict[str, Any] = run(drive(port, pid, of, given))
    return {**figures, "made": of.made, **n_indexed(of.home)}


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Return what is asked for."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--on", type=date.fromisoformat, required=True)
    asked.add_argument("--tracks", type=int, default=500_000)
    asked.add_argument("--artists", type=int, default=50_000)
    asked.add_argument("--hours", type=float, default=1_000.0)
    asked.add_argument("--listeners", type=int, default=400)
    asked.add_argument("--plays", type=int, default=60, help="of each listener")
    asked.add_argument("--alone", type=int, default=300, help="requests of each, one at a time")
    asked.add_argument("--seconds", type=float, default=45.0, help="of requests as they come")
    asked.add_argument("--changes", type=int, default=5, help="tracks added and looked for")
    asked.add_argument("--rest", type=float, default=4.0, help="seconds before each of them")
    asked.add_argument("--cores", type=int, nargs="*", default=[SERVER_CORE])
    asked.add_argument("--folder", type=Path, help="keep the filled home here, or use it again")
    asked.add_argument("--json", type=Path, help="where to write the figures")
    return asked.parse_args(given)


def main() -> None:
    """Fill, serve, ask, print."""
    given = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        figures = measure(folder, given)
        machine = facts(given.on, folder)
    told = {"benchmark": "search_serving", "machine": machine, **figures}
    if given.json:
        given.json.write_text(json.dumps(told, indent=1), encoding="utf-8")
    print(json.dumps(told))
    print("\n".join(lines(figures)))
    print(sentence(machine))


if __name__ == "__main__":
    main()
