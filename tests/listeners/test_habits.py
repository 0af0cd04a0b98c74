"""Habits on crowds whose hours were planted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.listeners import habits
from ritornello.listeners.habits import WHEN, Hours
from tests.listeners.tables import HOUR_US, MINUTE_US, START_US, lay, played

SHAPE = tuple(len(axis.words) for axis in WHEN)
N_CELLS = int(np.prod(SHAPE))


def usual() -> np.ndarray:
    """Mornings on mobile on working days, evenings on a speaker at weekends."""
    p = np.full(SHAPE, 1e-4)
    p[7:9, :5, WHEN[2].words.index("mobile")] = 1.0
    p[18:22, 5:, WHEN[2].words.index("speaker")] = 0.8
    p[20:23, :, WHEN[2].words.index("desktop")] = 0.2
    return p / p.sum()


def hours_of(counts) -> Hours:
    """Hours of listeners from counts (n_listeners, n_cells)."""
    who, cell = np.nonzero(counts)
    return Hours(
        WHEN,
        [f"listener-{k}" for k in range(len(counts))],
        who,
        np.column_stack(np.unravel_index(cell, SHAPE)),
        counts[who, cell].astype(float),
    )


def drawn(rng, n_listeners, n_hours, kappa):
    """Counts and truths of listeners whose habits are Dirichlet(κ × usual)."""
    truths = rng.dirichlet(usual().ravel() * kappa, n_listeners)
    return np.array([rng.multinomial(n_hours, p) for p in truths]), truths


@pytest.fixture(scope="module")
def crowd():
    counts, _ = drawn(np.random.default_rng(1), 300, 40, 20.0)
    return habits.crowd_of(hours_of(counts))


def test_one_event_gives_a_sane_distribution(crowd) -> None:
    counts = np.zeros((1, N_CELLS))
    night = (3, 2, WHEN[2].words.index("tv"))
    counts[0, np.ravel_multi_index(night, SHAPE)] = 1
    found = habits.of(hours_of(counts), crowd)
    assert found.p.sum() == pytest.approx(1)
    assert (found.p > 0).all()
    assert found.p[night] > 20 * crowd.shares[night]
    assert found.p[night] < 0.3
    assert 0 < found.share_own < 0.3
    mornings = found.p[7:9, :5].sum()
    assert mornings == pytest.approx(crowd.shares[7:9, :5].sum(), rel=0.35)


def test_nobody_known_lives_as_all_do_and_one_long_known_as_themselves(crowd) -> None:
    nobody = habits.of(hours_of(np.zeros((0, N_CELLS), dtype=int)), crowd)
    assert nobody.p == pytest.approx(crowd.shares)
    assert (nobody.n_hours, nobody.share_own) == (0.0, 0.0)
    (own,), (truth,) = drawn(np.random.default_rng(2), 1, 100_000, 20.0)
    found = habits.of(hours_of(own[None]), crowd)
    assert abs(found.p.ravel() - truth).sum() < 0.05


def test_own_evenings_say_something_of_an_evening_never_met(crowd) -> None:
    counts = np.zeros((1, *SHAPE))
    speaker = WHEN[2].words.index("speaker")
    counts[0, 20, 5, speaker] = counts[0, 20, 6, speaker] = 30
    found = habits.of(hours_of(counts.reshape(1, -1)), crowd)
    assert found.along("local_hour")["20"] > 0.5
    desktop = WHEN[2].words.index("desktop")
    assert found.p[20, 0, desktop] / found.p[8, 0, desktop] > (
        3 * crowd.shares[20, 0, desktop] / crowd.shares[8, 0, desktop]
    )


@pytest.mark.parametrize("n_hours", [3, 30, 300])
def test_it_foretells_better_than_the_listener_alone_and_than_the_crowd_alone(n_hours) -> None:
    rng = np.random.default_rng(n_hours)
    counts, truths = drawn(rng, 300, n_hours, 30.0)
    hours = hours_of(counts)
    crowd = habits.crowd_of(hours)
    scores = []
    for k in range(60):
        mine = hours.who == k
        one = Hours(WHEN, ["x"], np.zeros(mine.sum(), int), hours.cells[mine], hours.n[mine])
        found = habits.of(one, crowd).p.ravel()
        alone = (counts[k] + 0.5) / (n_hours + 0.5 * N_CELLS)
        scores.append([truths[k] @ np.log(q) for q in (found, alone, crowd.shares.ravel())])
    ours, alone, everybody = np.mean(scores, axis=0)
    assert ours > alone
    assert ours > everybody


def test_listeners_who_differ_more_are_shrunk_less() -> None:
    rng = np.random.default_rng(3)
    like = habits.crowd_of(hours_of(drawn(rng, 300, 40, 300.0)[0]))
    unlike = habits.crowd_of(hours_of(drawn(rng, 300, 40, 5.0)[0]))
    assert unlike.concentration < like.concentration
    assert all(a < b for a, b in zip(unlike.concentrations, like.concentrations, strict=True))


def test_the_concentration_of_an_axis_is_near_the_planted() -> None:
    """Margins of a Dirichlet are Dirichlet with the same concentration."""
    counts, _ = drawn(np.random.default_rng(4), 2000, 40, 20.0)
    found = habits.crowd_of(hours_of(counts)).concentrations
    assert all(15 < kappa < 27 for kappa in found)


def test_each_hour_of_a_visit_counts_once() -> None:
    at = START_US + np.array([0, 10, 20, 70]) * MINUTE_US
    columns = played(["listener-1"] * 4, at, ["track:1"] * 4)
    found = habits.read(lay(readings=columns), listener_id="listener-1")
    assert found.n.tolist() == [1.0, 1.0]
    assert found.cells.tolist() == [[0, 0, 0], [1, 0, 0]]


def test_intents_are_an_axis_where_they_are_known() -> None:
    columns = played(["listener-1", "listener-2"], [START_US + 22 * HOUR_US] * 2, ["track:1"] * 2)
    duck = lay(readings=columns)
    (visit, _) = columns["visit_id"]
    crowd = habits.crowd_of(habits.read(duck, intents={visit: "sleep"}))
    own = habits.read(duck, intents={visit: "sleep"}, listener_id="listener-1")
    found = habits.of(own, crowd)
    said = found.along("intent")
    assert said["sleep"] == max(v for word, v in said.items() if word != "unknown")
    assert found.p.sum() == pytest.approx(1)
    assert found.most(1)[0][0] | {"intent": ""} == {
        "local_hour": "22", "weekday": "0", "device": "mobile", "intent": "",
    }  # fmt: skip


def test_what_does_not_count_says_nothing_and_strange_words_are_unknown() -> None:
    columns = played(["listener-1"] * 2, [START_US] * 2, ["track:1"] * 2)
    columns |= {"counts": np.array([True, False]), "device": np.array(["fridge", "tv"])}
    found = habits.read(lay(readings=columns))
    assert found.cells[:, 2].tolist() == [WHEN[2].words.index("unknown")]


def test_an_empty_house_has_even_habits() -> None:
    crowd = habits.crowd_of(habits.read(lay(readings={})))
    assert crowd.shares == pytest.approx(np.full(SHAPE, 1 / N_CELLS))
    assert crowd.concentration == habits.USUAL_CONCENTRATION


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, N_CELLS - 1), st.integers(1, 10**6)),
        max_size=12,
        unique_by=lambda row: row[:2],
    )
)
def test_never_nan_whatever_was_heard(rows) -> None:
    counts = np.zeros((4, N_CELLS))
    for who, cell, n in rows:
        counts[who, cell] = n
    crowd = habits.crowd_of(hours_of(counts))
    found = habits.of(hours_of(counts[:1]), crowd)
    assert found.p.sum() == pytest.approx(1)
    assert (found.p > 0).all()
