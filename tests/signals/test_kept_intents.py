"""Keeping a mixture: what is read back is what was written, or is refused."""

import msgspec
import numpy as np
import pytest

from ritornello.kinds.errors import ArtefactUnusable, BadValue, NotFound, UnknownName
from ritornello.signals import kept_intents
from ritornello.store import artefacts
from ritornello.store.home import Home
from tests.signals.test_components import beginnings, trained


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").create()


def test_what_is_kept_is_read_back(home):
    kept = trained({0: "sleep"})
    version = kept_intents.save(home, kept)
    found = kept_intents.load(home)
    assert found.version == version
    assert found.names == {0: "sleep"}
    assert found.facts == kept.facts
    _, seen = beginnings()
    np.testing.assert_array_equal(found.infer(seen), kept.infer(seen))


def test_only_the_version_in_use_is_kept(home):
    first = kept_intents.save(home, trained())
    second = kept_intents.save(home, trained(k=2))
    assert first != second
    assert {p.name for p in (home.models / "intents").iterdir()} == {second, "names.json"}
    (home.models / "intents" / ".killed.1").mkdir()
    assert kept_intents.forget(home) == 1
    assert not list((home.models / "intents").iterdir())
    assert kept_intents.find(home) is None
    assert kept_intents.forget(home) == 0


def test_nothing_trained_says_what_to_do(home):
    with pytest.raises(NotFound, match="ritornello signals intents train"):
        kept_intents.load(home)


def test_naming_changes_the_name_alone(home):
    version = kept_intents.save(home, trained({0: "sleep"}))
    assert kept_intents.name(home, 2, "party").names == {0: "sleep", 2: "party"}
    assert kept_intents.name(home, 0, "unknown").names == {2: "party"}
    assert kept_intents.load(home).version == version
    with pytest.raises(UnknownName, match="did you mean 'party'"):
        kept_intents.name(home, 0, "pary")
    with pytest.raises(BadValue, match="no component 3; there are 0 to 2"):
        kept_intents.name(home, 3, "party")


def test_altered_files_are_refused(home):
    version = kept_intents.save(home, trained())
    place = home.models / "intents" / version / "arrays.safetensors"
    place.write_bytes(place.read_bytes()[:-1] + b"x")
    with pytest.raises(ArtefactUnusable):
        kept_intents.load(home)


@pytest.mark.parametrize("text", ["{", '{"version": 3}', '{"version": "../x"}', "[" * 9999])
def test_a_file_of_names_that_cannot_be_meant_is_refused(home, text):
    kept_intents.save(home, trained())
    (home.models / "intents" / "names.json").write_text(text, encoding="utf-8")
    with pytest.raises(ArtefactUnusable):
        kept_intents.load(home)


def test_a_name_nobody_defined_is_refused(home):
    version = kept_intents.save(home, trained())
    text = f'{{"version": "{version}", "names": {{"0": "slumber"}}}}'
    (home.models / "intents" / "names.json").write_text(text, encoding="utf-8")
    with pytest.raises(ArtefactUnusable, match="slumber"):
        kept_intents.load(home)


def changed(**fields):
    one = trained()
    return msgspec.structs.replace(one, mixture=msgspec.structs.replace(one.mixture, **fields))


@pytest.mark.parametrize(
    "wrong",
    [
        {"weights": np.array([0.5, 0.5, 0.5])},
        {"weights": np.array([1.5, -0.3, -0.2])},
        {"variances": np.ones((3, 2))},
        {"means": np.zeros((2, 0))},
        {"directions": np.zeros((3, 1))},
        {"concentrations": np.full((3, 2), -1.0)},
        {"chances": np.full((3, 10), 1.0)},
        {"shares": tuple(s * 2 for s in trained().mixture.shares)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_mixture_that_cannot_be_asked_is_refused(home, wrong):
    kept_intents.save(home, changed(**wrong))
    with pytest.raises(ArtefactUnusable):
        kept_intents.load(home)


def test_a_mixture_of_other_features_asks_to_train_again(home):
    one = trained()
    shape = msgspec.structs.replace(one.facts.shape, shares=(*one.facts.shape.shares[:-1], "other"))
    other = msgspec.structs.replace(
        one,
        facts=msgspec.structs.replace(one.facts, shape=shape),
        mixture=msgspec.structs.replace(one.mixture, shape=shape),
    )
    kept_intents.save(home, other)
    with pytest.raises(ArtefactUnusable, match="was trained on other features"):
        kept_intents.load(home)


def test_facts_of_another_kind_are_refused(home):
    kept_intents.save(home, trained())
    version = artefacts.save(home.models / "intents", {"weights": np.ones(1)}, {"shape": 1})
    text = f'{{"version": "{version}", "names": {{}}}}'
    (home.models / "intents" / "names.json").write_text(text, encoding="utf-8")
    with pytest.raises(ArtefactUnusable, match="is no mixture"):
        kept_intents.load(home)
