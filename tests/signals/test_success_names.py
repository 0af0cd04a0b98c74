"""Success functions are kept, found by name or version, listed, and forgotten."""

import numpy as np
import pytest

from ritornello.kinds.errors import ArtefactUnusable, NotFound, UnknownName
from ritornello.signals import coclusters, declared, success_names
from ritornello.store import artefacts
from ritornello.store.home import Home
from tests.signals.test_coclusters import world

CONFIG = coclusters.CoclustersConfig(n_clusters=2)


def trained(seed):
    config = coclusters.CoclustersConfig(n_clusters=2, prior=float(seed))
    return coclusters.train(world(n=2), rng=np.random.default_rng(seed), config=config)


@pytest.fixture
def home(tmp_path):
    found = Home(tmp_path / "home")
    found.create()
    return found


def test_the_declared_one_is_always_there(home):
    assert success_names.find(home, "declared") == declared.defaults()
    assert success_names.find(home, declared.defaults().facts.version) == declared.defaults()
    assert [each.version for each in success_names.known(home)] == [
        declared.defaults().facts.version
    ]


def test_a_trained_one_is_found_by_name_and_by_version(home):
    first, second = (success_names.keep(home, trained(seed)) for seed in (1, 2))
    assert success_names.find(home, "coclusters").facts.version == second
    assert success_names.find(home, first).facts.version == first
    assert {each.version for each in success_names.known(home)} >= {first, second}
    assert success_names.keep(home, trained(1)) == first


def test_what_is_not_there_is_named(home):
    with pytest.raises(UnknownName, match="did you mean 'pooled'"):
        success_names.find(home, "poled")
    with pytest.raises(NotFound, match="no success function pooled; there is none"):
        success_names.find(home, "pooled")
    with pytest.raises(NotFound, match="no success function declared@0000"):
        success_names.find(home, "declared@0000")


def test_what_was_altered_is_not_used(home):
    version = success_names.keep(home, trained(1))
    (file,) = home.models.glob(f"success/coclusters/*/{artefacts.ARRAYS}")
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    with pytest.raises(ArtefactUnusable):
        success_names.find(home, version)


def test_an_artefact_that_says_another_version_is_not_used(home):
    arrays, facts = trained(1).packed()
    folder = home.models / success_names.FOLDER / "coclusters"
    artefacts.save(folder, arrays, {"version": "coclusters@0", **facts})
    with pytest.raises(ArtefactUnusable, match="is not the coclusters it says it is"):
        success_names.find(home, "coclusters")


def test_forgetting_leaves_no_trace_of_a_listener(home):
    assert success_names.forget(home) == 0
    success_names.keep(home, trained(1))
    assert b"a0" in next(home.models.rglob(artefacts.ARRAYS)).read_bytes()
    assert success_names.forget(home) == 1
    assert not list(home.models.rglob(artefacts.ARRAYS))
    assert [each.trained_on for each in success_names.known(home)] == [()]
