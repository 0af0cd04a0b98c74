"""Radio: how long a next track takes, and whether it keeps its word.

taskset -c 1 python benchmarks/radio.py --on 2026-11-21 [--folder DIR] [--seconds 60]

Three parts over a home of 100,000 items. *Deciding*: profile, what was offered and the decision itself, one listener
after the other, in this process. *Served*: 100 next tracks a second through HTTP, the server on one core, open loop,
each after the listen of the track before was reported, a latency counting from when the request was due. *Kept*:
stations of a hundred tracks: what comes twice within the window, artists that come too soon, and how many tracks
by artists never heard there are at each setting of the dial.
"""

import argparse
import json
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import numpy as np
import uvloop

import server
from machine import facts, sentence
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.cli.wiring import find_home
from ritornello.kinds.decisions import Decision
from ritornello.kinds.ids import uuid7
from ritornello.kinds.times import to_us
from ritornello.listeners.profile import Profile, RecentListen, read_profile
from ritornello.models import bundle
from ritornello.store import artefacts
from ritornello.store.database import connect
from ritornello.store.home import Home
from ritornello.surfaces import radio, stations
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.recipes import load
from ritornello.surfaces.situation import Request, Situation, Stock, stock_of
from serving import Wire, at_rate, filled_home, quantiles

NEXT_A_S = 100
RECIPE = load("radio")
DIALS = (0.0, 0.05, 0.1, 0.2, 0.5)
_encode = msgspec.json.Encoder().encode


class Listening:
    """Listeners with their stations, and how long each next track took from when it was due."""

    def __init__(self, wire: Wire, n_listeners: int, n_items: int) -> None:
        self.took_ms: list[float] = []
        self.errors: Counter[str] = Counter()
        self.rungs: Counter[str] = Counter()
        self._wire, self._n_items = wire, n_items
        self._chance = Random(20261121)
        self._free = deque(range(n_listeners))
        self._stations: dict[int, str] = {}

    async def next_track(self, due_s: float) -> None:
        """Ask for the next track of somebody who is not being answered; report it as heard."""
        listener = self._free.popleft()
        station = self._stations.get(listener)
        wanted = {"station": station} if station else {"seed": self._seed()}
        path = f"/v1/listeners/listener-{listener}/radio"
        status, content = await self._wire.ask("POST", path, _encode(wanted))
        self.took_ms.append((time.perf_counter() - due_s) * 1000)
        if status == 200:
            said = json.loads(content)
            self.rungs[said["page"]["rung"]] += 1
            self._stations[listener] = said["station"]["station_id"]
            await self._heard(listener, said["page"])
        else:
            self.errors[str(status)] += 1
        self._free.append(listener)

    def _seed(self) -> str:
        return (
            f"track:t{self._chance.randrange(self._n_items)}" if self._chance.random() < 0.5 else ""
        )

    async def _heard(self, listener: int, page: Any) -> None:
        """Report the track: one in five is skipped."""
        at, skipped = datetime.now(UTC), self._chance.random() < 0.2
        event = {
            "kind": "listen",
            "event_id": str(uuid7(at)),
            "listener_id": f"listener-{listener}",
            "item_id": page["shelves"][0]["cards"][0]["item_id"],
            "happened_at": at.isoformat(),
            "started_at": (at - timedelta(seconds=3 if skipped else 190)).isoformat(),
            "ms_played": 3_000 if skipped else 190_000,
            "duration_ms": 200_000,
            "ended_because": "skipped_forward" if skipped else "finished",
            "surface": "radio",
            "decision_id": page["decision_id"],
            "slot": {"shelf": "radio", "position": 0},
        }
        status, _ = await self._wire.ask("POST", "/v1/events", _encode({"events": [event]}))
        if status != 200:
            self.errors[f"events {status}"] += 1


async def drive(port: int, key: str, given: argparse.Namespace) -> dict[str, Any]:
    """Ask 100 times a second for ``given.seconds``."""
    listening = Listening(Wire(port, key), given.listeners, given.items)
    until_s = time.perf_counter() + given.seconds
    await at_rate(listening.next_track, NEXT_A_S, until_s, Random(1))
    return {
        "latency_ms": quantiles(listening.took_ms),
        "rungs": dict(listening.rungs),
        "errors": dict(listening.errors),
    }


def deciding(home: Home, given: argparse.Namespace) -> dict[str, Any]:
    """Decide for many listeners one after the other; return how long each part took."""
    conn, stock, chance = connect(home, read_only=True), in_stock(home), Random(3)
    took_ms: dict[str, list[float]] = {"profile": [], "offered": [], "decide": []}
    for n in range(given.decisions):
        who = f"listener-{chance.randrange(given.listeners)}"
        at = datetime.now(UTC)
        began = time.perf_counter()
        profile = read_profile(conn, who, at)
        read = time.perf_counter()
        aired = stations.aired(conn, who, at - radio.window(RECIPE))
        known = time.perf_counter()
        seed = f"track:t{chance.randrange(given.items)}" if n % 2 else ""
        situation = Situation(request_of(profile, 0.1), stock)
        decided(situation, begun(situation, seed), aired, 1)
        done = time.perf_counter()
        steps = (("profile", read - began), ("offered", known - read), ("decide", done - known))
        for part, seconds in steps:
            took_ms[part].append(seconds * 1000)
    conn.close()
    return {part: quantiles(took) for part, took in took_ms.items()}


def kept(home: Home, given: argparse.Namespace) -> dict[str, Any]:
    """Play long stations and hold them against what the recipe says."""
    conn, stock, chance = connect(home, read_only=True), in_stock(home), Random(4)
    spacing = radio.shape_of(RECIPE).artist_spacing
    found: dict[str, Any] = {}
    for dial in DIALS:
        n_slots = n_new = n_twice = n_soon = 0
        explored = []
        for _ in range(given.stations):
            profile = read_profile(
                conn, f"listener-{chance.randrange(given.listeners)}", datetime.now(UTC)
            )
            played = [*station_of(profile, stock, dial, chance, given)]
            slots = [slot for decision in played for slot in decision.slots]
            artists = stock.view.artist[stock.view.rows(slot.item_id for slot in slots)].tolist()
            n_slots += len(slots)
            n_new += sum(slot.source == radio.INJECTED for slot in slots)
            n_twice += len(slots) - len({slot.item_id for slot in slots})
            n_soon += sum(a in artists[max(0, k - spacing) : k] for k, a in enumerate(artists))
            explored += [decision.shelves[0].explored for decision in played]
        found[str(dial)] = {
            "tracks": n_slots,
            "twice": n_twice,
            "artists_too_soon": n_soon,
            "by_artists_never_heard_injected": round(n_new / n_slots, 4),
            "explored": round(float(np.mean(explored)), 4),
        }
    conn.close()
    return found


def station_of(
    profile: Profile, stock: Stock, dial: float, chance: Random, given: argparse.Namespace
) -> Iterator[Decision]:
    """Yield the decisions of one station, each after the track before was heard or skipped."""
    situation = Situation(request_of(profile, dial), stock)
    station = begun(situation, f"track:t{chance.randrange(given.items)}")
    aired: tuple[stations.Aired, ...] = ()
    for _ in range(given.tracks):
        decision = decided(situation, station, aired, 1)
        yield decision
        (slot,) = decision.slots
        at = profile.at + timedelta(minutes=3)
        heard = RecentListen(
            slot.item_id, profile.at, 180_000, chance.choice(("play", "play", "skip"))
        )
        profile = msgspec.structs.replace(profile, at=at, recent=(heard, *profile.recent[:99]))
        situation = Situation(request_of(profile, dial), stock)
        own = stations.Aired(slot.item_id, to_us(at), decision.decision_id, 0, station.station_id)
        aired = (own, *aired)


def in_stock(home: Home) -> Stock:
    """Return what the server would choose from."""
    conn = connect(home, read_only=True)
    version = artefacts.current_version(home)
    made = stock_of(View.read(conn), NO_RULINGS, bundle.load(home, version))
    conn.close()
    return made


def request_of(profile: Profile, dial: float) -> Request:
    """Ask for radio with a dial."""
    return Request.of(profile, "radio", time_zone="UTC", budget=dial, seed=7)


def begun(situation: Situation, seed: str) -> Any:
    """Begin a station from a track."""
    return stations.begin(situation, seed, decision=lambda _: None, purpose=lambda _: "")


def decided(situation: Situation, station: Any, aired: Any, n: int) -> Decision:
    """Return the next tracks, without threads to think in."""
    asked = radio.asked(situation, station, RECIPE, aired, n)
    return radio.decide(asked, LADDER, remembered=lambda: None, counted=list)


LADDER = Ladder(time.monotonic, deadline_s=60.0)


def lines(figures: dict[str, Any]) -> Iterator[str]:
    """Yield what a person reads."""
    for part, found in figures["deciding_ms"].items():
        yield f"{part}: p50 {found['p50']} ms, p99 {found['p99']} ms"
    if "served" in figures:
        found = figures["served"]
        took = found["latency_ms"]
        yield f"served: p50 {took['p50']} ms, p99 {took['p99']} ms, {found['rungs']}, errors {found['errors']}"
    for dial, found in figures["kept"].items():
        yield (
            f"dial {dial}: {found['by_artists_never_heard_injected']:.1%} injected, {found['explored']:.1%} explored, "
            f"{found['twice']} twice, {found['artists_too_soon']} artists too soon of {found['tracks']}"
        )


def main() -> None:
    """Fill, decide, serve, play, print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--on", type=date.fromisoformat, required=True)
    asked.add_argument("--items", type=int, default=100_000)
    asked.add_argument("--listeners", type=int, default=20_000)
    asked.add_argument("--plays", type=int, default=12, help="of each listener, beforehand")
    asked.add_argument("--decisions", type=int, default=1_000)
    asked.add_argument(
        "--stations", type=int, default=20, help="played at each setting of the dial"
    )
    asked.add_argument("--tracks", type=int, default=100, help="of each station")
    asked.add_argument("--seconds", type=float, default=60.0, help="of serving; 0 for none")
    asked.add_argument("--folder", type=Path, help="keep the filled home here, or use it again")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        kept_key = folder / "key"
        if kept_key.exists():
            home, key = find_home(folder / "home"), kept_key.read_text()
        else:
            folder.mkdir(parents=True, exist_ok=True)
            home, key = filled_home(folder / "home", given.items, given.listeners, given.plays)
            kept_key.write_text(key)
        figures: dict[str, Any] = {"deciding_ms": deciding(home, given), "kept": kept(home, given)}
        if given.seconds:
            with server.serving(home, cores=[0]) as (port, _):
                figures["served"] = uvloop.run(drive(port, key, given))
        machine = facts(given.on, folder)
    print(json.dumps({"benchmark": "radio", "machine": machine, **figures}))
    print("\n".join(lines(figures)))
    print(sentence(machine))


if __name__ == "__main__":
    main()
