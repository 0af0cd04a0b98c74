from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from ritornello.store.home import Home
from ritornello.testing.kills import StoreConnection, kill_at_random, start_store

N_KILLS = 25


@pytest.mark.alone
def test_nothing_acknowledged_is_lost_or_doubled():
    """P1: killed at random under load, while sealing, with orphans lying about."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home").create()
        address = Path(folder) / "socket"
        report = kill_at_random(
            home,
            partial(start_store, home, address),
            partial(StoreConnection, address),
            Random(20261116),
            n_kills=N_KILLS,
        )
    assert report.n_kills == N_KILLS
    assert (report.n_lost, report.n_doubled, report.n_uncounted) == (0, 0, 0)
    assert (report.integrity, report.unexpected) == ("ok", "")
    assert report.n_acknowledged > 100 * N_KILLS
