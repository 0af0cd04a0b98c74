from datetime import UTC, datetime
from random import Random

import numpy as np
import pytest

from ritornello.store.home import Home
from ritornello.testing.erasures import fill, kill_while_erasing

N_KILLS = 3


@pytest.mark.slow
def test_no_byte_is_left_however_often_the_erasure_is_killed(tmp_path):
    """P34: killed in any step, resumed, scanned; everybody else as they were."""
    home, now = Home(tmp_path / "home"), datetime.now(UTC)
    filled = fill(home, now, np.random.default_rng(20261121), canaries=6, others=20)
    report = kill_while_erasing(home, filled, now, Random(20261121), n_kills=N_KILLS)
    assert report.n_kills == N_KILLS
    assert report.n_found_before > report.n_needles / 3
    assert (report.n_found_after, report.found_in) == (0, [])
    assert (report.n_taken_in_again, report.others_unharmed) == (0, True)
    assert (report.n_certificates, report.integrity) == (6, "ok")
