"""Compiled loops: the same answers, with a folder to be kept in and without, and never for serving."""

import subprocess
import sys

import numpy as np
from numba.core import caching

from ritornello.measures.compiling import compiled


def total(values):
    found = 0.0
    for value in values:
        found += value
    return found


def test_a_compiled_loop_gives_what_the_loop_gives():
    values = np.arange(5.0)
    assert compiled(total)(values) == total(values)


def test_where_nothing_can_be_written_the_loop_runs_all_the_same(monkeypatch):
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    values = np.arange(5.0)
    assert compiled(total)(values) == total(values)


def test_nothing_that_answers_requests_loads_numba():
    program = "import sys, ritornello.surfaces.home; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
