"""How lists are looked through is kept once, comes back the same, and is named where it cannot be read."""

import numpy as np
import pytest

from ritornello.cli.wiring import make_home
from ritornello.kinds.errors import ArtefactUnusable
from ritornello.policies import kept_looks
from ritornello.policies.examination import Examination
from ritornello.policies.looks import Looks
from ritornello.policies.teaching import teacher_of
from ritornello.store import artefacts

LOOKS = Looks(
    Examination(("home/web",), np.full((1, 59), 0.8), np.array([0.5]), np.array([0.1, 0.4])),
    {"track:a": 1},
)
FOLDER = kept_looks.FOLDER


@pytest.fixture
def home(tmp_path):
    return make_home(tmp_path / "home")


def test_what_is_kept_comes_back_and_teaches(home):
    assert kept_looks.find(home) is None
    assert "seen@1" in teacher_of(home, "declared").version
    kept_looks.keep(home, LOOKS, 10)
    found = kept_looks.find(home)
    assert (found.n_decisions, found.looks.version) == (10, LOOKS.version)
    assert LOOKS.version in teacher_of(home, "declared").version
    assert kept_looks.forget(home) == 1
    assert kept_looks.find(home) is None


def test_the_one_before_goes(home):
    first = kept_looks.keep(home, LOOKS, 10)
    second = kept_looks.keep(home, LOOKS, 20)
    assert kept_looks.find(home).n_decisions == 20
    assert not (home.models / FOLDER / first).exists()
    assert (home.models / FOLDER / second).exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "has format 2"),
        ({"devices": ["home/web", "home/tv"]}, "of other sizes"),
        ({"devices": 3}, "lacks or garbles"),
        ({"groups": {"track:a": 7}}, "of other sizes"),
        ({"p_play": np.array([0.0, 0.4])}, "no probabilities"),
        ({"go_on": None}, "lacks or garbles"),
    ],
)
def test_what_belongs_to_another_ritornello_is_named(home, change, says):
    version = kept_looks.keep(home, LOOKS, 10)
    folder = home.models / FOLDER
    arrays, facts = artefacts.load(folder, version)
    for name, value in change.items():
        (arrays if name in arrays else facts)[name] = value
    kept_looks.forget(home)
    kept = {name: value for name, value in arrays.items() if value is not None}
    artefacts.save(folder, kept, facts)
    with pytest.raises(ArtefactUnusable, match=says):
        kept_looks.find(home)
