from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from ritornello.store.home import Home
from ritornello.testing.kills import connect_store, kill_at_random, start_store


def killed(n_kills: int):
    with TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home").create()
        address = Path(folder) / "socket"
        return kill_at_random(
            home,
            partial(start_store, home, address),
            partial(connect_store, address),
            Random(20261116),
            n_kills=n_kills,
        )


@pytest.mark.slow
@pytest.mark.parametrize("n_kills", [25])
def test_nothing_acknowledged_is_lost_or_doubled(n_kills):
    """P1: killed at random under load, while sealing, with orphans lying about."""
    report = killed(n_kills)
    assert report.n_kills == n_kills
    assert (report.n_lost, report.n_doubled, report.n_uncounted) == (0, 0, 0)
    assert (report.integrity, report.unexpected) == ("ok", "")
    assert report.n_acknowledged > 100 * n_kills
    assert report.slowest_recovery_s < 5
