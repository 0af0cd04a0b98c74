"""What a component looks like, what it is called, and what of that a new training keeps."""

import msgspec
import numpy as np
import pytest

from ritornello.kinds.times import EPOCH
from ritornello.signals import intents
from ritornello.signals.beginnings import SHAPE
from ritornello.signals.components import Facts, Trained, carried, profile
from ritornello.signals.em import HeldOut
from ritornello.signals.mixture import Features, Mixture


def mixture(k=3):
    """Components that differ in everything: quiet at night, busy at noon, in between."""
    rng = np.random.default_rng(1)
    return Mixture(
        SHAPE,
        np.array([0.5, 0.3, 0.2][:k]) / sum([0.5, 0.3, 0.2][:k]),
        np.zeros((k, 0)),
        np.ones((k, 0)),
        (np.array([[23, 3], [12, 5], [8, 1]]) * (2 * np.pi / np.array([24, 7])))[:k],
        np.tile([8.0, 0.0], (k, 1)),
        tuple(rng.dirichlet(np.ones(len(w)), k) for w in SHAPE.categories.values()),
        np.hstack([[[0.1], [0.9], [0.5]][:k], np.full((k, len(SHAPE.shares) - 1), 0.2)]),
    )


def trained(names=None, k=3):
    facts = Facts(
        SHAPE, EPOCH, 100, 10, (HeldOut(k, -3.0, 0.0, True),), ({"sleep": 4.0}, *[{}] * (k - 1))
    )
    return Trained(mixture(k), names or {}, facts)


def beginnings(n=200, seed=2):
    """Rows around the components, in turn."""
    rng, each = np.random.default_rng(seed), mixture()
    z = np.arange(n) % 3
    trials = np.zeros((n, len(SHAPE.shares)))
    trials[:, 0] = 20
    hits = rng.binomial(trials.astype(int), each.chances[z]).astype(float)
    none = np.zeros((n, 0))
    return z, Features(SHAPE, none, each.directions[z], np.full((n, 2), -1), hits, trials)


def test_what_is_named_is_inferred_and_what_is_not_is_unknown():
    z, seen = beginnings()
    p = trained({0: "sleep", 1: "party"}).infer(seen)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    words = [intents.INTENTS[j] for j in p.argmax(axis=1)]
    assert words == [["sleep", "party", "unknown"][each] for each in z]


def test_two_components_may_share_a_name():
    _, seen = beginnings()
    p = trained({0: "sleep", 1: "sleep", 2: "sleep"}).infer(seen)
    np.testing.assert_allclose(p[:, intents.number("sleep")], 1)


def test_a_profile_says_what_stands_out_in_figures():
    quiet, busy, _ = profile(trained({1: "party"}))
    assert (quiet.number, quiet.intent, quiet.share) == (0, None, pytest.approx(0.5))
    assert quiet.known == {"sleep": 4.0}
    assert busy.intent == "party"
    traits = {trait.feature: trait for trait in profile(trained(), n_traits=20)[0].traits}
    assert traits["skipped"].here == pytest.approx(0.1)
    assert traits["skipped"].usually == pytest.approx(0.5 * 0.1 + 0.3 * 0.9 + 0.2 * 0.5)
    assert traits["skipped"].unit == "share"
    assert traits["hour"].here == pytest.approx(23)
    assert traits["weekday"].nats == pytest.approx(0)
    assert traits["device"].word in SHAPE.categories["device"]
    assert traits["touched"].nats == pytest.approx(0, abs=1e-12)
    nats = [trait.nats for trait in quiet.traits]
    assert nats == sorted(nats, reverse=True)
    assert min(nats) >= 0


def test_names_go_to_the_components_that_took_over():
    _, seen = beginnings()
    old = trained({0: "sleep", 1: "party", 2: "commute"})
    order = np.array([2, 0, 1])
    arrays = ("weights", "means", "variances", "directions", "concentrations", "chances")
    new = msgspec.structs.replace(
        old.mixture,
        shares=tuple(each[order] for each in old.mixture.shares),
        **{name: getattr(old.mixture, name)[order] for name in arrays},
    )
    assert carried(old, new, seen) == {0: "commute", 1: "sleep", 2: "party"}


def test_a_component_that_took_over_two_asks_a_person_again():
    _, seen = beginnings()
    assert carried(trained({0: "sleep", 1: "party"}), mixture(1), seen) == {}
