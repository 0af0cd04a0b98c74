"""What plays, skips and loves say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ritornello.models.evidence import EvidenceConfig, evidence, evidence_of_all
from ritornello.models.interactions import Pairs, gather
from ritornello.models.vocabulary import Vocabulary
from ritornello.testing.tastes import taste

CONFIGS = st.builds(
    EvidenceConfig,
    log_weight=st.floats(0.01, 2),
    skip_weight=st.floats(0.01, 2),
    love_weight=st.floats(0.01, 2),
)


def of(config, **known):
    return float(evidence(taste([0], **known), config)[0])


@given(CONFIGS, st.integers(0, 10_000), st.integers(0, 100), st.booleans())
def test_a_play_and_a_love_raise_it_and_a_skip_lowers_it(config, n_plays, n_skips, loved):
    now = of(config, n_plays=n_plays, n_skips=n_skips, loved=loved)
    assert of(config, n_plays=n_plays + 1, n_skips=n_skips, loved=loved) > now
    assert of(config, n_plays=n_plays, n_skips=n_skips + 1, loved=loved) < now
    assert of(config, n_plays=n_plays, n_skips=n_skips, loved=True) >= now


def test_known_values():
    config = EvidenceConfig(log_weight=1.0, skip_weight=0.5, love_weight=2.0)
    assert of(config, n_plays=0) == 0
    assert of(config, n_plays=1) == 1
    assert of(config, n_plays=0, n_skips=1) == -0.5
    assert np.isclose(of(config, n_plays=np.e, loved=True), 4.0)


def test_all_pairs_get_what_each_taste_gets():
    pairs = Pairs([0, 0, 1], [0, 2, 1], [3, 0, 9], [1, 2, 0], [False, True, False])
    world = gather(("listener-1", "listener-2"), Vocabulary.of(["a", "b", "c"]), pairs)
    config = EvidenceConfig()
    each = np.concatenate([evidence(found, config) for found in world.tastes()])
    assert np.array_equal(evidence_of_all(world, config), each)
