"""A random month of slots: built from a window as from the whole, and alike on both engines."""

import numpy as np
import pytest

from ritornello.signals.shapes import shapes
from tests.signals.relations import (
    DAY,
    DAYS,
    HOUR,
    MINUTE,
    TABLES,
    Duck,
    activity_of,
    cut,
    in_order,
    made,
)

CHAIN = ("attributions", "touched", "outcomes", "returned")
FIRST, N_DAYS = 20_600, 31
ITEMS = [f"track:{n}" for n in range(9)]
SCREEN = [
    {"device": "mobile", "has_screen": True, "n_in_view": 1, "passes": True},
    {"device": "speaker", "has_screen": False, "n_in_view": 0, "passes": False},
]


def month(seed, n_listens=300, n_decisions=120):
    """Return the relations of a month in which slots are shown, played, seen and acted on at random."""
    rng = np.random.default_rng(seed)
    shown = [slot for n in range(n_decisions) for slot in _decision(rng, n)]
    readings, visits, activity = _listens(rng, shown, n_listens)
    impressions = [_impression(rng, n, shown) for n in range(80)]
    return {
        "shown": shown,
        "readings": readings,
        "visits": visits,
        "activity": [*activity, *activity_of(impressions)],
        "left_out": _left_out(rng, readings),
        "impression": impressions,
        "act": [_act(rng, n, shown, readings) for n in range(60)],
        "item": _catalogue(),
        "screen": SCREEN,
        "observed": [{"through_us": (FIRST + N_DAYS) * DAY - 1}],
    }


def _catalogue():
    return [
        {"item_id": item, "canonical_id": item if n else ITEMS[1], "kind": "track", "artist_id": f"artist:{n % 3}"}
        for n, item in enumerate(ITEMS)
    ]  # fmt: skip


def _decision(rng, n):
    made_at_us = FIRST * DAY + int(rng.integers(N_DAYS * 48)) * HOUR // 2
    surface, life = [("home", None), ("daily", DAY), ("weekly", 7 * DAY)][rng.integers(3)]
    visible = None if rng.random() < 0.7 else made_at_us + int(rng.integers(-5, 5)) * HOUR
    return [
        {
            "decision_id": f"d{n}", "listener_id": f"listener-{n % 3}", "surface": surface,
            "made_at_us": made_at_us, "visible_from_at_us": visible,
            "expires_at_us": None if life is None else made_at_us + life,
            "period": None if surface == "home" else "p", "device": ["mobile", "speaker", "web"][n % 3],
            "shelf": surface, "position": place, "item_id": ITEMS[rng.integers(len(ITEMS))],
            "propensity": float(rng.random()), "source": "blend",
        }
        for place in range(4)
    ]  # fmt: skip


def _listens(rng, shown, n_listens):
    readings, visits, activity = [], [], []
    for n in range(n_listens // 4):
        listener_id = f"listener-{rng.integers(3)}"
        at = FIRST * DAY + int(rng.integers(N_DAYS * 24)) * HOUR
        visit_id, began, before = f"{listener_id}/{at}/{n}", at, len(readings)
        for place in range(1, 6):
            if place == 3 and n % 2:
                activity.append(
                    {
                        "event_id": f"q{n}",
                        "visit_id": visit_id,
                        "kind": "query",
                        "place": 3,
                        "n_begun": 2,
                        "at_us": at,
                    }
                )
                continue
            nth = {"event_id": f"e{visit_id}/{place}", "nth_listen": len(readings) - before + 1}
            readings.append(nth | _listen(rng, shown, listener_id, visit_id, at))
            at = readings[-1]["ended_at_us"] + int(rng.integers(40)) * MINUTE
        visits.append({
            "visit_id": visit_id, "listener_id": listener_id, "started_at_us": began, "ended_at_us": at,
            "n_listens": len(readings) - before,
        })  # fmt: skip
    return readings, visits, activity


def _listen(rng, shown, listener_id, visit_id, at):
    item = ITEMS[rng.integers(1, len(ITEMS))]
    row = {
        "listener_id": listener_id, "visit_id": visit_id,
        "item_id": item, "artist_id": f"artist:{ITEMS.index(item) % 3}",
        "started_at_us": at, "ended_at_us": at + int(rng.integers(3) * rng.integers(240)) * MINUTE,
        "ms_played": int(rng.integers(300_000)), "fraction_played": float(rng.random()),
        "reading": ["play", "skip", "glance"][rng.integers(3)], "programmed": bool(rng.random() < 0.5),
        "shuffle": [None, True, False][rng.integers(3)], "counts": bool(rng.random() < 0.9),
        "attribution": "none",
    }  # fmt: skip
    own = [slot for slot in shown if slot["listener_id"] == listener_id]
    near = [s for s in own if s["item_id"] == item]
    if near and rng.random() < 0.5:
        slot = min(near, key=lambda s: abs(at - s["made_at_us"] - 8 * DAY + HOUR))
        row |= {name: slot[name] for name in ("decision_id", "shelf", "position")}
        row["attribution"] = "stated"
    return row


def _left_out(rng, readings):
    out = [row for row in readings if not row["counts"]]
    return [
        {
            "event_id": row["event_id"], "listener_id": row["listener_id"],
            "started_at_us": row["started_at_us"], "because": "same_play", "same_as": other["event_id"],
        }
        for row in out
        for other in readings
        if other["counts"] and other["listener_id"] == row["listener_id"]
        and abs(other["started_at_us"] - row["started_at_us"]) < 15 * MINUTE
    ]  # fmt: skip


def _impression(rng, n, shown):
    slot = shown[rng.integers(len(shown))]
    return {
        "event_id": f"i{n}", "listener_id": slot["listener_id"], "decision_id": slot["decision_id"],
        "shelf": slot["shelf"], "position": slot["position"], "device": slot["device"],
        "visible_ms": [None, 100, 900][rng.integers(3)],
        "seen_at_us": slot["made_at_us"] + int(rng.choice([-24, -1, 0, 5, 215, 240])) * HOUR,
    }  # fmt: skip


def _act(rng, n, shown, readings):
    slot, heard = shown[rng.integers(len(shown))], readings[rng.integers(len(readings))]
    row = {
        "event_id": f"a{n}", "listener_id": heard["listener_id"],
        "act": ["save", "love", "follow", "unsave", "hate", "share"][rng.integers(6)],
        "about_id": heard[["item_id", "artist_id"][rng.integers(2)]],
        "happened_at_us": heard["started_at_us"] + int(rng.integers(-2, 30)) * HOUR,
    }  # fmt: skip
    if n % 3 == 0:
        at = slot["made_at_us"] + int(rng.choice([-24, -1, 3, 215, 217])) * HOUR
        row |= {name: slot[name] for name in ("decision_id", "shelf", "position", "listener_id")}
        row["happened_at_us"] = at
    return row


@pytest.mark.slow
def test_a_day_built_from_the_window_of_its_reach_is_the_day_of_the_whole():
    duck, n_compared = Duck(), dict.fromkeys(CHAIN, 0)
    world = month(1)
    whole = world | made(duck, world, CHAIN)
    for name in CHAIN:
        reach = TABLES[name].reach
        for day in range(FIRST, FIRST + N_DAYS, 3):
            first, last = day - reach.back, day + reach.forward
            window = {n: cut(n, rows, first, last) for n, rows in whole.items()}
            end_us = min(whole["observed"][0]["through_us"], (last + 1) * DAY - 1)
            window["observed"] = [{"through_us": end_us}]
            of_window = cut(name, made(duck, window, [name])[name], day, day)
            assert in_order(of_window) == in_order(cut(name, whole[name], day, day)), (name, day)
            n_compared[name] += len(of_window)
    assert min(n_compared.values()) > 50, n_compared


def test_every_shown_slot_has_one_outcome_and_every_statement_a_place():
    world = month(7)
    found = made(Duck(), world, CHAIN)
    slots = sorted((s["decision_id"], s["shelf"], s["position"]) for s in world["shown"])
    for name in ("outcomes", "returned"):
        rows = found[name]
        assert sorted((r["decision_id"], r["shelf"], r["position"]) for r in rows) == slots
    said = {r["event_id"] for r in world["readings"] if r["counts"] and r.get("decision_id")}
    placed = {r["event_id"]: r["attribution"] for r in found["attributions"]}
    assert said <= placed.keys()
    assert {placed[event_id] for event_id in said} == {"stated", "none"}
    belonging = sum(how != "none" for how in placed.values())
    assert 0 < sum(row["played"] for row in found["outcomes"]) <= belonging


def test_the_order_of_arrival_changes_nothing():
    world = month(8, 120, 40)
    turned = {name: rows[::-1] for name, rows in world.items()}
    found, again = (made(Duck(), each, CHAIN) for each in (world, turned))
    for name in CHAIN:
        assert in_order(found[name]) == in_order(again[name])


@pytest.mark.spark
@pytest.mark.slow
def test_a_month_is_the_same_on_both_engines(spark):
    world = month(5, 80, 30) | {"intended": [{"surface": "home", "intent": "browse"}]}
    every = (*CHAIN, "relationships", "funnel")
    whole = world | made(Duck(), world, every)
    for name in every:
        given = {need: whole[need] for need in TABLES[name].needs if need in whole}
        assert _rounded(made(spark, given, [name])[name]) == _rounded(whole[name]), name
        assert whole[name]


def _rounded(rows):
    return in_order(
        {n: round(v, 9) if isinstance(v, float) else v for n, v in row.items()} for row in rows
    )


def test_nothing_at_all_makes_empty_tables():
    assert made(Duck(), {}, CHAIN) == {name: [] for name in CHAIN}


def test_inputs_lie_on_the_days_these_tests_cut_them_by():
    assert all(column in shapes()[name] for name, column in DAYS.items())
