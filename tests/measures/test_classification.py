"""Lists as classifiers: against their definitions, item by item, on random rankings."""

import numpy as np
import pytest

from ritornello.measures.about import About, Entries, lists_of
from ritornello.measures.matching import Judged, Ranked, match
from ritornello.measures.names import parse

N_TOPICS, N_ITEMS, K = 30, 12, 4


@pytest.fixture(scope="module")
def drawn():
    """Each topic ranks everything; some items are right, for one topic none and for one all."""
    rng = np.random.default_rng(12)
    topics, items = (each.ravel() for each in np.mgrid[:N_TOPICS, :N_ITEMS])
    right = rng.random((N_TOPICS, N_ITEMS)) < 0.3
    right[0], right[1] = False, True
    ranked = Ranked(topics, items, rng.permutation(topics.size).astype(float))
    return ranked, right, Judged(topics, items, right.ravel().astype(float))


def by_place(ranked: Ranked, right: np.ndarray) -> np.ndarray:
    lists = lists_of(ranked.topics, ranked.items, ranked.scores)
    return np.take_along_axis(right, lists.items, axis=1)


def test_of_matched_rankings_they_are_their_definitions(drawn) -> None:
    ranked, right, judged = drawn
    matched = match(ranked, judged, "judged")
    f, p_auc, p_ap = (parse(name)(matched) for name in ("F(beta=2)@4", "pAUC@4", "pAp@4"))
    for topic, hit in enumerate(by_place(ranked, right)):
        n_right, n_hit = hit.sum(), hit[:K].sum()
        precision, recall = n_hit / K, n_hit / max(n_right, 1)
        both = 4 * precision + recall
        assert f[topic] == pytest.approx(5 * precision * recall / both if both else 0)
        places, wrong = np.flatnonzero(hit), np.flatnonzero(~hit)[:K]
        above = [(wrong > place).sum() + (K - len(wrong)) for place in places]
        assert p_auc[topic] == pytest.approx(sum(above) / max(K * n_right, 1))
        counted = min(K, n_right)
        assert p_ap[topic] == pytest.approx(sum(above[:K]) / max(K * counted, 1))


def test_of_lists_they_are_numpys_correlation_and_agreement(drawn) -> None:
    ranked, right, _ = drawn
    lists = lists_of(ranked.topics, ranked.items, ranked.scores)
    about = About(
        n_topics=N_TOPICS,
        n_items=N_ITEMS,
        relevant=Entries(*np.nonzero(right), np.ones(right.sum())),
    )
    mcc, accuracy = (parse(f"{name}@4")(lists, about) for name in ("MCC", "binary_accuracy"))
    listed = np.arange(N_ITEMS) < K
    for topic, hit in enumerate(by_place(ranked, right)):
        assert accuracy[topic] == pytest.approx((listed == hit).mean())
        if hit.any() and not hit.all():
            assert mcc[topic] == pytest.approx(np.corrcoef(listed, hit)[0, 1])
    assert mcc[:2].tolist() == [0.0, 0.0]


def test_they_answer_to_recommenders_names() -> None:
    assert [str(parse(name)) for name in ("F1@5", "PAP@5", "PartialAUC@5")] == [
        "F@5",
        "pAp@5",
        "pAUC@5",
    ]
