"""Success within a cell: exact small cases, shrinkage, margins for the unknown."""

import msgspec
import numpy as np
import pytest

from ritornello.kinds.errors import ArtefactUnusable, BadValue, UnknownName
from ritornello.signals import coclusters
from ritornello.signals.coclusters import CoclustersConfig
from ritornello.signals.success import Outcomes

SHORT, LONG = 60.0, 1_800.0


def outcomes(rows):
    """Return decisions of one slot each: listener, shelf, seconds."""
    n = len(rows)
    who, shelf, seconds = zip(*rows, strict=True)
    return Outcomes.of({
        "decision_id": np.array([f"d{i:05d}" for i in range(n)]),
        "listener_id": np.array(who), "surface": np.full(n, "home"), "shelf": np.array(shelf),
        "seen": np.ones(n), "played": np.array(seconds) > 0,
        "ms_played": np.array(seconds, dtype=float) * 1000, "made_at_us": np.arange(n),
    })  # fmt: skip


def world(n=6, times=20):
    """Return two kinds of listeners: one streams calm lists for half an hour and glances at hits, one the reverse."""
    rng = np.random.default_rng(2)
    rows = []
    for i in range(n):
        for kind, (calm, hits) in {"a": (LONG, SHORT), "b": (SHORT, LONG)}.items():
            for j in range(3):
                for _ in range(times):
                    rows.append((f"{kind}{i}", f"calm{j}", calm * rng.uniform(0.5, 1.5)))
                    rows.append((f"{kind}{i}", f"hits{j}", hits * rng.uniform(0.5, 1.5)))
    return outcomes(rows)


@pytest.fixture(scope="module")
def trained():
    config = CoclustersConfig(n_clusters=2)
    return coclusters.train(world(), rng=np.random.default_rng(1), config=config)


def test_the_same_time_means_more_where_one_streams_less(trained):
    found = trained.score(outcomes([("a0", "calm0", 600), ("a0", "hits0", 600)])).success
    assert found[1] > 0.9
    assert found[0] < 0.2


def test_listeners_and_lists_of_a_kind_are_together(trained):
    kinds = [name[0] for name in trained.listeners]
    assert (
        len({(kind, g) for kind, g in zip(kinds, trained.of_listener.tolist(), strict=True)}) == 2
    )
    lists = [name.split("/")[1][:4] for name in trained.playlists]
    assert (
        len({(kind, h) for kind, h in zip(lists, trained.of_playlist.tolist(), strict=True)}) == 2
    )


def test_whoever_was_never_met_falls_to_the_margins(trained):
    found = trained.score(outcomes([
        ("stranger", "calm0", 600), ("a0", "no such", 600), ("stranger", "no such", 600),
    ])).success  # fmt: skip
    row, column = trained.cdf[2], trained.cdf[:, 2]
    at = np.searchsorted(coclusters.GRID_S, 600.0)
    h = trained.of_playlist[list(trained.playlists).index("home/calm0")]
    g = trained.of_listener[list(trained.listeners).index("a0")]
    assert row[h, at - 1] <= found[0] <= row[h, at]
    assert column[g, at - 1] <= found[1] <= column[g, at]
    assert found[2] == pytest.approx(0.5, abs=0.1)


def test_a_cell_by_hand():
    """Cell of n = 4 among margins of 8 and all of 16, κ = 4; every threshold is a mean."""
    cells = coclusters._Cells(
        2,
        np.repeat([0, 0, 1, 1], 4),
        np.repeat([0, 1, 0, 1], 4),
        np.repeat([10.0, 20.0, 30.0, 60.0], 4),
    )
    found = cells.shrunk(cells.each(lambda t: np.array([t.mean()])), prior=4.0)[..., 0]
    every = 30.0
    row, column = (8 * 15 + 4 * every) / 12, (8 * 20 + 4 * every) / 12
    assert found[2, 2] == every
    assert found[0, 2] == pytest.approx(row)
    assert found[2, 0] == pytest.approx(column)
    assert found[0, 0] == pytest.approx((4 * 10 + 4 * (row + column) / 2) / 8)
    assert cells.n.tolist() == [[4, 4, 8], [4, 4, 8], [8, 8, 16]]


def test_an_empty_cell_is_its_margins():
    cells = coclusters._Cells(
        2, np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([10.0, 20.0, 30.0])
    )
    found = cells.shrunk(cells.each(coclusters._cdf), prior=4.0)
    assert np.allclose(found[1, 1], (found[1, 2] + found[2, 1]) / 2)
    assert (np.diff(found, axis=2) >= -1e-12).all()


def test_a_distribution_counts_the_untouched_half():
    found = coclusters._cdf(np.array([0.0, 0.0, 100.0, 200.0]))
    assert found[0] == 0.25
    assert found[-1] == 1
    assert coclusters._interpolated(found[None], np.array([50_000.0]))[0] == 1


@pytest.mark.parametrize("rule", ["mean", "median", "quantile"])
def test_a_threshold_divides(rule):
    config = CoclustersConfig(n_clusters=2, rule=rule, prior=0.001)
    found = coclusters.train(world(), rng=np.random.default_rng(1), config=config)
    said = found.score(outcomes([("a0", "calm0", s) for s in (300, 1_000, 2_600, 2_690)])).success
    assert said.tolist() == [0, 0, 1, 1]
    assert set(found.score(world()).success) == {0, 1}


def test_it_is_kept_and_read_back(trained):
    arrays, facts = trained.packed()
    again = coclusters.unpack(arrays, msgspec.json.decode(msgspec.json.encode(facts)))
    assert again.facts == trained.facts
    assert np.array_equal(again.score(world()).success, trained.score(world()).success)
    del arrays["cdf"]
    with pytest.raises(ArtefactUnusable, match="lacks 'cdf'"):
        coclusters.unpack(arrays, facts)


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(UnknownName, match="no rule of co-clusters 'mode'"):
        coclusters.train(
            world(), rng=np.random.default_rng(1), config=CoclustersConfig(rule="mode")
        )
    with pytest.raises(BadValue, match="50 co-clusters"):
        coclusters.train(
            world(), rng=np.random.default_rng(1), config=CoclustersConfig(n_clusters=50)
        )
