"""How long listeners stay away: by hand, and for the customers of a record shop by plain loops."""

from collections import Counter
from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from ritornello.measures.survival import kaplan_meier, restricted_mean
from tests.signals.messy import DAYS_OF, FROM_US, HOUR_US, MINUTE_US, listen, make, moment, worlds

NAMES = ("activity", "readings", "visits", "returns")


@settings(max_examples=15)
@given(worlds())
def test_every_visit_but_those_that_go_on_has_one_absence(world):
    made = make(world, NAMES)
    through_us = max(row["happened_at_us"] for kind in DAYS_OF for row in world[kind])
    expected, by_listener = [], {}
    for row in sorted(made["visits"], key=lambda row: row["started_at_us"]):
        by_listener.setdefault(row["listener_id"], []).append(row)
    for visits in by_listener.values():
        for row, after in zip(visits, [*visits[1:], None], strict=True):
            if after is not None and after["cut"]:
                continue
            until_us = through_us if after is None else after["started_at_us"]
            expected.append({
                "visit_id": row["visit_id"],
                "listener_id": row["listener_id"],
                "ended_at_us": row["ended_at_us"],
                "next_started_at_us": None if after is None else until_us,
                "absence_s": max(until_us - row["ended_at_us"], 0) / 1_000_000,
                "observed": after is not None,
            })  # fmt: skip
    assert sorted(made["returns"], key=repr) == sorted(expected, key=repr)
    assert all(row["absence_s"] > 1800 for row in made["returns"] if row["observed"])


def test_what_is_not_over_is_cut_off_at_the_latest_activity_of_anybody():
    made = make(
        {
            "listen": [listen("a", FROM_US, 600_000), listen("b", FROM_US + 5 * HOUR_US, 60_000)],
            "act": [moment("c", FROM_US + 30 * HOUR_US, listener_id="listener-2")],
        },
        NAMES,
    )
    told = sorted(
        (row["listener_id"], row["absence_s"], row["observed"]) for row in made["returns"]
    )
    assert told == [
        ("listener-1", 5 * 3600 - 600.0, True),
        ("listener-1", 25 * 3600 - 60.0, False),
        ("listener-2", 0.0, False),
    ]


def test_what_a_midnight_cut_is_no_absence():
    chain = [listen(f"{n:03d}", FROM_US + n * 20 * MINUTE_US, 60_000) for n in range(4 * 72)]
    made = make({"listen": chain}, NAMES)
    assert len(made["visits"]) == 3
    (row,) = made["returns"]
    assert not row["observed"]


def purchases(shared):
    """Every purchase as ``(customer, day)``, in the order of the file."""
    lines = (shared / "data" / "cdnow" / "CDNOW_master.txt").read_text().splitlines()[1:]
    for line in lines:
        customer, on, *_ = line.split()
        yield customer, date(int(on[:4]), int(on[4:6]), int(on[6:]))


def by_loops(bought, last):
    """Absences in days that ended and that did not, how often each; each customer's first, None if none ended."""
    days_of = {}
    for customer, on in bought:
        days_of.setdefault(customer, set()).add(on)
    ended, cut_off, first_absence = Counter(), Counter(), {}
    for customer, those in days_of.items():
        days = sorted(those)
        gaps = [(after - day).days for day, after in pairwise(days)]
        ended.update(gaps)
        cut_off[(last - days[-1]).days] += 1
        first_absence[customer] = gaps[0] if gaps else None
    return ended, cut_off, first_absence


@pytest.mark.data
@pytest.mark.slow
def test_a_record_shop_is_left_and_returned_to_as_plain_loops_say(shared):
    """CDNOW (Fader, Hardie): a day with purchases is a visit; times are days, so 12:00 of each."""
    bought = list(purchases(shared))
    last = max(on for _, on in bought)
    listens = []
    for n, (customer, on) in enumerate(bought):
        noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
        at_us = int(noon.timestamp()) * 1_000_000
        listens.append(listen(f"{n:06d}", at_us, listener_id=customer))
    returns = make({"listen": listens}, NAMES)["returns"]

    ended, cut_off, first_absence = by_loops(bought, last)
    assert len(returns) == ended.total() + cut_off.total()

    absence_days = [row["absence_s"] / 86_400 for row in returns]
    curve = kaplan_meier(absence_days, [row["observed"] for row in returns])
    share, area, n_at_risk, before = 1.0, 0.0, len(returns), 0
    for day in sorted(ended.keys() | cut_off.keys()):
        if day <= 180:
            area += share * (day - before)
            before = day
        share *= 1 - ended[day] / n_at_risk
        n_at_risk -= ended[day] + cut_off[day]
        assert curve.at([day])[0] == pytest.approx(share, rel=1e-12)
        if day <= 180:
            last_share = share
    area += last_share * (180 - before)
    assert n_at_risk == 0
    assert restricted_mean(curve, 180).mean == pytest.approx(area, rel=1e-12)

    earliest = {}
    for row in returns:
        known = earliest.get(row["listener_id"])
        if known is None or row["ended_at_us"] < known["ended_at_us"]:
            earliest[row["listener_id"]] = row
    assert len(earliest) == len(first_absence) == 23_570
    for within in (1, 7, 28, 91, 365):
        rate = np.mean(
            [r["observed"] and r["absence_s"] <= within * 86_400 for r in earliest.values()]
        )
        came = sum(gap is not None and gap <= within for gap in first_absence.values())
        assert rate == pytest.approx(came / len(first_absence), rel=1e-12)
