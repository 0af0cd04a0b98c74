"""Known item or exploring: what speaks for each, and whether the probability tells them apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.measures.calibration import reliability
from ritornello.measures.discrimination import auc
from ritornello.surfaces.search import mindset
from ritornello.surfaces.search.chips import Chip
from ritornello.surfaces.search.mindset import FEATURES, Asking

CALM = Chip("mood", "calm")
NAME = "The Unlikely Garden"


def p(*args, **said):
    return mindset.of(Asking(*args, **said)).p_known_item


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (Asking("the unlikely g", best_name=NAME), Asking("the", best_name=NAME)),
        (Asking("the unl", best_name=NAME, n_plays=20), Asking("the unl", best_name=NAME)),
        (Asking("the unl", best_name=NAME), Asking("garden", best_name=NAME)),
        (Asking("garden"), Asking("something nice to do the dishes with")),
        (Asking("the unl", best_name=NAME), Asking("the unl", (CALM,), best_name=NAME)),
        (Asking("", (Chip("kind", "album"),)), Asking("", (CALM,))),
        (Asking("", (Chip("mood", "calm", is_not=True),)), Asking("", (CALM,))),
        (Asking("garden"), Asking("garden", n_turns=2)),
        (Asking("garden"), Asking("garden", n_before=2)),
        (Asking("garden", mode="voice", device="car"), Asking("garden", mode="voice", device="mobile")),
        (Asking("garden", local_hour=9), Asking("garden", local_hour=21)),
    ],
)  # fmt: skip
def test_what_speaks_for_a_known_item_raises_its_probability(more, less):
    assert mindset.of(more).p_known_item > mindset.of(less).p_known_item


@pytest.mark.parametrize(
    ("asking", "because"),
    [
        (Asking("the unl", best_name=NAME, n_plays=50), "they play this"),
        (Asking("", (CALM,)), "moods, times or kinds were named"),
        (Asking("calm", (CALM,), n_turns=3), "they are narrowing it down"),
    ],
)
def test_a_mindset_says_what_spoke_loudest(asking, because):
    assert because in mindset.of(asking).because


def test_plays_of_what_does_not_begin_so_say_nothing():
    assert p("garden", best_name=NAME, n_plays=500) == p("garden", best_name=NAME)


@given(
    st.text(max_size=40), st.text(max_size=40), st.integers(0, 10**9), st.integers(0, 50), st.integers(0, 50),
    st.integers(0, 23), st.lists(st.sampled_from([CALM, Chip("kind", "track"), Chip("era", "latest")]), max_size=9),
)  # fmt: skip
def test_any_request_has_a_probability_short_of_certainty(
    words, name, n_plays, n_before, n_turns, hour, chips
):
    asking = Asking(words, tuple(chips), name, n_plays, n_before, n_turns, local_hour=hour)
    values = mindset.features(asking)
    assert values.shape == (len(FEATURES),)
    assert ((values >= 0) & (values <= 1)).all()
    found = mindset.of(asking)
    assert 1 - mindset.SUREST <= found.p_known_item <= mindset.SUREST
    assert len(found.because) <= mindset.N_REASONS
    assert all(found.because)


def test_ten_thousand_letters_are_a_request_like_any_other():
    assert 0 < p("x" * 10_000, best_name="x" * 10_000) < 1


def world(rng, n):
    """Requests whose mindsets are known: who knows what they want types its name's beginning, others say moods too.

    Not the model's own world: features depend on each other, and one in twelve does what the other mindset does.
    """
    known = rng.random(n) < 0.6
    acts = np.where(rng.random(n) < 1 / 12, ~known, known)
    askings = []
    for is_known in acts.tolist():
        plays = int(rng.geometric(0.15)) if rng.random() < (0.6 if is_known else 0.25) else 0
        typed = 0.2 + 0.8 * rng.random()
        if is_known and rng.random() < 0.85:
            words, chips = NAME[: max(1, round(typed * len(NAME)))], ()
        else:
            words = str(rng.choice(["", "garden music", "something for a long drive home", "the"]))
            chips = (CALM,) * int(rng.poisson(0.15 if is_known else 1.3))
        askings.append(
            Asking(
                words, chips, NAME if words else "", plays, int(rng.poisson(0.2)),
                int(rng.poisson(0.1 if is_known else 0.6)), local_hour=int(rng.integers(24)),
            )
        )  # fmt: skip
    return askings, known


def test_declared_weights_tell_mindsets_apart():
    askings, known = world(np.random.default_rng(2), 3000)
    believed = np.array([mindset.of(each).p_known_item for each in askings])
    assert auc(believed, known) > 0.85
    assert reliability(believed, known).brier < known.mean() * (1 - known.mean())
