"""A small collection and two runs of it, one good and one poor."""

import numpy as np

from ritornello.evaluate.collections import Collection, Origin, Topic, freeze
from ritornello.evaluate.runs import Run, rank
from ritornello.measures.matching import Judged, Ranked

N_TOPICS, N_ITEMS = 40, 12


def a_collection(n_topics: int = N_TOPICS, name: str = "what came next") -> Collection:
    """A listener a topic; item t modulo 12 is right, the one after it was judged worthless."""
    topics = [
        Topic(f"listener-{t:02d}", f"listener-{t:02d}", segments={"activity": "low"})
        for t in range(n_topics)
    ]
    rows = np.arange(n_topics)
    judged = Judged(
        np.concatenate((rows, rows)),
        np.concatenate((rows % N_ITEMS, (rows + 1) % N_ITEMS)),
        np.concatenate((np.ones(n_topics), np.zeros(n_topics))),
    )
    items = [f"track:{i:02d}" for i in range(N_ITEMS)]
    about = Origin("outcomes", success="declared@1", source="a test")
    return freeze(name, topics, items, judged, about)


def a_run(collection: Collection, name: str, noise: float, seed: int = 1) -> Run:
    """Every item for every topic, what is right first but for noise."""
    n_topics, n_items = len(collection.topics), len(collection.items)
    scores = np.zeros((n_topics, n_items))
    judged = collection.judged
    scores[judged.topics, judged.items] = judged.grades
    scores += np.random.default_rng(seed).normal(0, noise, scores.shape)
    topics, items = np.divmod(np.arange(scores.size), n_items)
    return rank(
        collection, name, {"noise": noise, "seed": seed}, Ranked(topics, items, scores.ravel())
    )
