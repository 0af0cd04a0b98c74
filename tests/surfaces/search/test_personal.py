"""Knowing who asks helps where names are shared: a small version of ``benchmarks/search_personal.py``."""

import pytest

from benchmarks.search_personal import measure


@pytest.mark.slow
def test_personal_ranking_is_better_with_the_interval_above_zero_and_nobody_cold_loses(tmp_path):
    found = measure(1_000, 40, tmp_path)
    for asked in ("whole", "typing"):
        assert found[f"{asked} all"]["difference"]["low"] > 0
        assert found[f"{asked} known"]["own"]["mean"] > 0.9
    assert found["n_different_when_unknown"] == 0
    assert found["namesakes_p50"] > 5
