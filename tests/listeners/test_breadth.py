"""Breadth on listeners whose tastes were planted."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from ritornello.kinds.errors import BadValue
from ritornello.listeners import breadth
from ritornello.listeners.breadth import Space
from ritornello.measures.diversity import gs_scores, unit
from tests.listeners.tables import DAY_US, START_US, lay, played

N_ITEMS = 400


@pytest.fixture(scope="module")
def space() -> Space:
    """Items of four kinds, 100 each; all vectors share a direction."""
    rng = np.random.default_rng(7)
    kinds = np.repeat(np.eye(8)[:4] * 2, N_ITEMS // 4, axis=0)
    vectors = kinds + rng.normal(size=(N_ITEMS, 8)) + 3.0
    return Space.of({f"track:{i}": i for i in range(N_ITEMS)}, vectors * rng.uniform(0.1, 9))


def of_rows(rows, *, space, **options):
    who, day, item = zip(*rows, strict=True)
    columns = played(who, START_US + np.array(day) * DAY_US, [f"track:{i}" for i in item])
    return breadth.read(lay(readings=columns), space, **options)


def plays(who, first_day, n, rng, among):
    return [(who, first_day, int(i)) for i in rng.choice(among, n)]


def test_a_specialist_is_told_from_a_generalist_whatever_the_number_of_plays(space) -> None:
    rng = np.random.default_rng(8)
    rows = []
    for k in range(12):
        rows += plays(f"specialist-{k}", 0, 12 * (k + 1), rng, 100)
        rows += plays(f"generalist-{k}", 0, 12 * (k + 1), rng, N_ITEMS)
    found = of_rows(rows, space=space)
    for k in range(12):
        (narrow,), (wide,) = found.of(f"specialist-{k}"), found.of(f"generalist-{k}")
        assert narrow.centred.corrected > wide.centred.high
        assert narrow.share_wider > 0.5 > wide.share_wider
        assert wide.plain.gs > 0.7  # the direction all share hides it
        assert wide.centred.gs < 0.5


def test_scores_are_those_of_the_measure(space) -> None:
    rows = [("listener-1", 0, i) for i in (1, 1, 1, 200, 399)]
    (found,) = of_rows(rows, space=space).of("listener-1")
    weights = np.zeros((1, N_ITEMS))
    weights[0, [1, 200, 399]] = 3, 1, 1
    assert found.plain.gs == pytest.approx(gs_scores(space.units, csr_matrix(weights)).gs[0])
    assert (found.n_plays, found.n_items, found.share_placed) == (5, 3, 1.0)
    assert found.share_wider is None


def test_a_month_in_which_somebody_widens_is_seen_and_one_without_change_is_not(space) -> None:
    rng = np.random.default_rng(9)
    rows = plays("listener-1", 0, 80, rng, 100) + plays("listener-1", 31, 80, rng, 100)
    rows += plays("listener-1", 61, 80, rng, N_ITEMS)
    months = of_rows(rows, space=space, by_month=True).of("listener-1")
    assert [month.period for month in months] == ["2026-08", "2026-09", "2026-10"]
    same, wider = breadth.changes(months)
    assert same.low < 0 < same.high
    assert wider.high < 0
    assert (wider.before, wider.after) == ("2026-09", "2026-10")


def test_a_change_is_called_one_by_chance_about_one_time_in_twenty() -> None:
    rng = np.random.default_rng(10)
    number = {f"track:{i}": i for i in range(3000)}
    units = unit(rng.normal(size=(3000, 8)) + np.eye(8)[0] * 1.5)
    space = Space(number, units, units)  # not centred, so that there is a score above 0 to move
    rows = [
        (f"listener-{k}", 31 * month, i)
        for k in range(200) for month in (0, 1) for i in rng.choice(3000, 40, replace=False)
    ]  # fmt: skip
    found = of_rows(rows, space=space, by_month=True)
    false = [
        not each.low <= 0 <= each.high
        for k in range(200)
        for each in breadth.changes(found.of(f"listener-{k}"))
    ]
    assert len(false) == 200
    assert np.mean(false) < 0.1


def test_what_no_vector_is_known_of_is_said_and_nothing_is_nan(space) -> None:
    (found,) = of_rows([("listener-1", 0, 10**6)] * 3, space=space).of("listener-1")
    assert (found.n_items, found.share_placed, found.effective_items) == (0, 0.0, 1.0)
    assert found.centred == breadth.Closeness(None, None, 0.0, 1.0)
    (one,) = of_rows([("listener-1", 0, 5)], space=space).of("listener-1")
    assert one.plain.gs == pytest.approx(1.0)
    assert one.plain.corrected is None
    assert breadth.changes([found, one]) == []


def test_skips_and_what_does_not_count_are_no_plays(space) -> None:
    columns = played(["listener-1"] * 3, [START_US] * 3, ["track:1", "track:2", "track:3"])
    columns["reading"] = np.array(["play", "skip", "play"])
    columns["counts"] = np.array([True, True, False])
    (found,) = breadth.read(lay(readings=columns), space).of("listener-1")
    assert (found.n_plays, found.n_items) == (1, 1)


def test_nobody_listened(space) -> None:
    duck = lay(readings={})
    assert breadth.read(duck, space, listener_id="listener-1").of("listener-1") == []


def test_one_listener_alone_is_measured_as_among_others(space) -> None:
    rng = np.random.default_rng(11)
    rows = [row for k in range(5) for row in plays(f"listener-{k}", 0, 30, rng, N_ITEMS)]
    (among,) = of_rows(rows, space=space).of("listener-3")
    (alone,) = of_rows(rows, space=space, listener_id="listener-3").of("listener-3")
    assert alone.share_wider is None
    assert alone.centred == among.centred


def test_vectors_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadValue):
        Space.of({"track:1": 0}, unit(np.eye(2)))
