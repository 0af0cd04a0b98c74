"""What one training wrote: saved, verified, failing apart, switched under load, rolled back."""

import threading
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.errors import ArtefactUnusable
from ritornello.models import optional
from ritornello.models.bundle import BLENDED, COMPONENTS, UNSAVED, Current, load, save, sweep
from ritornello.models.ease import EaseConfig, train_ease
from ritornello.models.ials import IalsConfig
from ritornello.models.optional import OPTIONAL
from ritornello.models.packing import Packed, pack, unpack, unpack_vocabulary
from ritornello.models.training import TrainingConfig, train
from ritornello.store import artefacts
from ritornello.store.home import Home
from ritornello.testing.scorers import checkerboard, some_tastes
from ritornello.testing.tastes import taste

AT = datetime(2026, 11, 21, 6, tzinfo=UTC)
CONFIG = TrainingConfig(ials=IalsConfig(n_factors=4, n_rounds=3))
N_ITEMS = 40


def trained(seed):
    genres = ["even", "odd"] * (N_ITEMS // 2)
    chance = np.random.default_rng(seed)
    return train(checkerboard(), CONFIG, chance, trained_at=AT, genres=genres)


@pytest.fixture(scope="module")
def bundle():
    return trained(1)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").create()


def component(home, version, name):
    _, facts = artefacts.load(home.models, version)
    return home.models / COMPONENTS / facts["components"][name]


def test_what_is_loaded_scores_as_what_was_saved(home, bundle):
    found = load(home, save(home, bundle))
    assert found.vocabulary == bundle.vocabulary
    assert found.trained_at == AT
    assert not found.broken
    columns = np.arange(N_ITEMS, dtype=np.int32)
    for each in some_tastes().values():
        for name, scorer in (*bundle.scorers.items(), ("blend", bundle.blend)):
            again = found.blend if name == "blend" else found.scorers[name]
            assert np.array_equal(again.score(each), scorer.score(each))
            assert np.array_equal(
                again.contributions(each, columns), scorer.contributions(each, columns)
            )
        assert found.popularity.segment_of(each) == bundle.popularity.segment_of(each)


def test_the_same_bundle_is_the_same_version_and_is_written_once(home, bundle):
    assert save(home, bundle) == save(home, bundle)
    assert len(list((home.models / COMPONENTS).iterdir())) == 4


@pytest.mark.parametrize("name", ["cooccurrence", "ease", "ials", "repeat"])
@pytest.mark.parametrize("how", ["missing", "altered", "torn"])
def test_a_broken_scorer_leaves_the_others_and_the_popularity(home, bundle, name, how):
    version = save(home, bundle)
    file = component(home, version, name) / artefacts.ARRAYS
    data = bytearray(file.read_bytes())
    if how == "missing":
        file.unlink()
    elif how == "altered":
        data[-1] ^= 1
        file.write_bytes(data)
    else:
        file.write_bytes(data[: len(data) // 2])
    found = load(home, version)
    assert list(found.broken) == [name]
    assert found.popularity.score(taste()).any()
    assert found.popularity.of_segment("genre:odd").any()
    with pytest.raises(ArtefactUnusable, match=name):
        getattr(found, name)
    with pytest.raises(ArtefactUnusable, match=name):
        assert found.blend
    others = {"cooccurrence", "ease", "ials", "repeat"} - {name}
    assert all(getattr(found, other).n_items == N_ITEMS for other in others)


def test_a_broken_popularity_is_no_bundle(home, bundle):
    version = save(home, bundle)
    file = home.models / version / artefacts.ARRAYS
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(ArtefactUnusable, match=version):
        load(home, version)


def test_what_is_not_finite_is_never_written(home, bundle):
    ials = bundle.scorers["ials"]
    factors = ials.factors.copy()
    factors[3, 1] = np.nan
    broken = type(ials)(ials.config, factors, ials.gram)
    scorers = {**bundle.scorers, "ials": broken}
    fields = {"trained_at": AT, "vocabulary": bundle.vocabulary, "weights": bundle.weights}
    with pytest.raises(ArtefactUnusable, match="finite"):
        save(home, type(bundle)(scorers=scorers, **fields))


@pytest.mark.parametrize(
    ("name", "array", "wrong"),
    [
        ("popularity", "all_time", lambda a: a[:-1]),
        ("popularity", "by_segment", lambda a: a[:-1]),
        ("popularity", "genre_of", lambda a: a + 100),
        ("popularity", "activity_from", lambda a: a[:1]),
        ("cooccurrence", "indices", lambda a: a + 1000),
        ("cooccurrence", "indptr", lambda a: a[:-1]),
        ("ease", "covered", lambda a: a[::-1]),
        ("ease", "covered", lambda a: a + 1),
        ("ease", "covered", lambda a: a[:-1]),
        ("ease", "weights", lambda a: a[:, :-1]),
        ("ials", "factors", lambda a: a[:, :-1]),
        ("ials", "factors", lambda a: a[:-1]),
    ],
)
def test_arrays_of_another_shape_are_refused(bundle, name, array, wrong):
    packed = pack(bundle.scorers[name])
    arrays = {**packed.arrays, array: wrong(packed.arrays[array])}
    with pytest.raises(ArtefactUnusable, match=name):
        unpack(name, Packed(arrays, packed.facts), N_ITEMS)


@pytest.mark.parametrize("name", ["popularity", "cooccurrence", "ease", "ials", "repeat"])
def test_missing_facts_and_arrays_are_refused(bundle, name):
    packed = pack(bundle.scorers[name])
    with pytest.raises(ArtefactUnusable, match=name):
        unpack(name, Packed(packed.arrays, {}), N_ITEMS)
    for array in packed.arrays:
        fewer = {key: value for key, value in packed.arrays.items() if key != array}
        with pytest.raises(ArtefactUnusable, match=array):
            unpack(name, Packed(fewer, packed.facts), N_ITEMS)


@settings(max_examples=50)
@given(st.binary(max_size=40), st.integers(0, 5))
def test_a_garbled_vocabulary_is_refused_or_has_as_many_ids_as_it_must(lines, n_items):
    try:
        found = unpack_vocabulary(np.frombuffer(lines, dtype=np.uint8), n_items)
    except ArtefactUnusable:
        return
    assert len(found) == len(found.columns) == n_items


def test_both_sides_of_ease_rest_as_they_score():
    for config in (
        EaseConfig(),
        EaseConfig(most_items=10),
        EaseConfig(most_items=10, most_listeners=0),
    ):
        scorer = train_ease(checkerboard(), config)
        again = unpack("ease", pack(scorer), N_ITEMS)
        assert type(again) is type(scorer)
        for each in some_tastes().values():
            assert np.array_equal(again.score(each), scorer.score(each))


@pytest.mark.parametrize(
    ("array", "wrong"),
    [
        ("solution", lambda a: a[:-1]),
        ("scale", lambda a: a[:-1]),
        ("own", lambda a: a[:-1]),
        ("indices", lambda a: a + 1000),
        ("indptr", lambda a: a[:-1]),
    ],
)
def test_a_side_of_the_listeners_that_fits_not_is_refused(array, wrong):
    packed = pack(train_ease(checkerboard(), EaseConfig(most_items=10)))
    arrays = {**packed.arrays, array: wrong(packed.arrays[array])}
    with pytest.raises(ArtefactUnusable, match="ease"):
        unpack("ease", Packed(arrays, packed.facts), N_ITEMS)


@pytest.fixture(scope="module")
def sequential():
    config = msgspec.structs.replace(CONFIG, optional=optional.wanted(" ".join(OPTIONAL)))
    return train(checkerboard(), config, np.random.default_rng(1), trained_at=AT)


def test_what_was_asked_for_beside_the_usual_is_kept_and_blended(home, sequential):
    found = load(home, save(home, sequential))
    assert set(found.weights) == {*BLENDED, *OPTIONAL}
    assert [each.name for each in found.blend.scorers] == [*BLENDED, *sorted(OPTIONAL)]
    for name in ("blend", *OPTIONAL):
        assert found.scorer(name).name == name
        for each in some_tastes().values():
            assert np.array_equal(
                found.scorer(name).score(each), sequential.scorer(name).score(each)
            )


def test_a_broken_optional_scorer_leaves_the_others_and_no_blend(home, sequential):
    version = save(home, sequential)
    (component(home, version, "markov") / artefacts.ARRAYS).unlink()
    found = load(home, version)
    assert list(found.broken) == ["markov"]
    assert found.scorer("transitions").n_items == N_ITEMS
    for name in ("markov", "blend"):
        with pytest.raises(ArtefactUnusable, match="markov"):
            found.scorer(name)


def test_a_scorer_that_was_never_trained_is_named(bundle):
    with pytest.raises(ArtefactUnusable, match=r"'transitions'.*never trained"):
        bundle.scorer("transitions")


@pytest.mark.parametrize(
    ("array", "wrong"),
    [("prior", lambda a: a[:-1]), ("indices", lambda a: a + 1000), ("indptr", lambda a: a[:-1])],
)
def test_sequential_arrays_of_another_shape_are_refused(sequential, array, wrong):
    packed = pack(sequential.scorers["transitions"])
    arrays = {**packed.arrays, array: wrong(packed.arrays[array])}
    with pytest.raises(ArtefactUnusable, match="transitions"):
        unpack("transitions", Packed(arrays, packed.facts), N_ITEMS)


def test_a_version_from_before_ease_serves_popularity_and_says_to_train_again(home, bundle):
    def older(mapping):
        return {name: each for name, each in mapping.items() if name != "ease"}

    before = msgspec.structs.replace(
        bundle, scorers=older(bundle.scorers), weights=older(bundle.weights)
    )
    found = load(home, save(home, before))
    assert found.popularity.score(taste()).any()
    assert found.ials.n_items == N_ITEMS
    with pytest.raises(ArtefactUnusable, match=r"'ease'.*never trained; train again"):
        assert found.blend


def test_current_follows_the_pointer_and_rolls_back(home, bundle):
    current = Current(home)
    assert current.refresh() is None
    first, second = save(home, bundle), save(home, trained(2))
    artefacts.switch(home, first)
    assert current.refresh().version == first
    held = current.bundle
    artefacts.switch(home, second)
    assert current.bundle is held
    assert current.refresh().version == second
    assert held.blend.score(taste([0])).any()
    artefacts.roll_back(home)
    assert current.refresh().version == first


def test_a_version_that_cannot_be_loaded_leaves_the_one_in_use(home, bundle):
    first, second = save(home, bundle), save(home, trained(2))
    artefacts.switch(home, first)
    current = Current(home)
    current.refresh()
    (home.models / second / artefacts.ARRAYS).write_bytes(b"garbage")
    artefacts.switch(home, second)
    assert current.refresh().version == first
    assert second in current.trouble
    artefacts.switch(home, first)
    assert current.refresh().version == first
    assert current.trouble is None


def test_a_switch_under_load_is_seen_whole(home, bundle):
    versions = [save(home, bundle), save(home, trained(2))]
    wanted = {v: load(home, v).blend.score(taste([0, 2])) for v in versions}
    artefacts.switch(home, versions[0])
    current = Current(home)
    current.refresh()
    current.watch(0.001)
    seen, wrong, done = set(), [], threading.Event()

    def serve():
        while not done.is_set():
            held = current.bundle
            if not np.array_equal(held.blend.score(taste([0, 2])), wanted[held.version]):
                wrong.append(held.version)
            seen.add(held.version)

    threads = [threading.Thread(target=serve) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(15):
        artefacts.switch(home, versions[turn % 2])
        done.wait(0.01)
    done.set()
    for thread in threads:
        thread.join()
    current.close()
    assert not wrong
    assert seen == set(versions)


def test_sweeping_keeps_what_is_current_and_what_it_names(home, bundle):
    versions = [save(home, trained(seed)) for seed in (2, 3, 4)] + [save(home, bundle)]
    for version in versions:
        artefacts.switch(home, version)
    n_components = len(list((home.models / COMPONENTS).iterdir()))
    swept = sweep(home)
    assert set(versions[:2]) <= set(swept)
    assert not load(home, versions[-1]).broken
    assert not load(home, versions[-2]).broken
    assert len(list((home.models / COMPONENTS).iterdir())) < n_components


def test_sweeping_beside_an_unreadable_version_keeps_every_component(home, bundle):
    versions = [save(home, trained(2)), save(home, bundle)]
    for version in versions:
        artefacts.switch(home, version)
    (home.models / versions[0] / artefacts.ARRAYS).write_bytes(b"garbage")
    before = sorted((home.models / COMPONENTS).iterdir())
    sweep(home)
    assert sorted((home.models / COMPONENTS).iterdir()) == before


def test_a_bundle_never_saved_says_so(bundle):
    assert bundle.version == UNSAVED
