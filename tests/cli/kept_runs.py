"""A small collection and runs of it, kept in a home as an import would keep them."""

import numpy as np

from ritornello.evaluate import studies
from ritornello.evaluate.collections import Collection, Origin, Topic, freeze
from ritornello.evaluate.runs import rank
from ritornello.measures.matching import Judged, Ranked
from ritornello.store.home import Home

N_ITEMS = 30


def collection_of(name: str, *, n_topics: int = 40) -> Collection:
    """Three right items a topic, the topic's number and the two after it."""
    topics = np.repeat(np.arange(n_topics), 3)
    items = (topics + np.tile(np.arange(3), n_topics)) % N_ITEMS
    judged = Judged(topics, items, np.ones(len(topics)))
    asked = [Topic(f"t{n:03d}", listener_id=f"listener-{n}") for n in range(n_topics)]
    return freeze(name, asked, [f"i{n:02d}" for n in range(N_ITEMS)], judged, Origin("people"))


def keep_runs(home: Home, of: Collection, *, prefix: str = "") -> None:
    """Keep a collection and three runs: ``good``, ``again`` (the same but for noise) and ``poor`` (noise alone)."""
    studies.keep(home, of)
    rng = np.random.default_rng(6)
    n_topics = len(of.topics)
    topics, items = (each.ravel() for each in np.mgrid[:n_topics, :N_ITEMS])
    right = ((items - topics) % N_ITEMS < 3).astype(float)
    for name, gain, noise in (("good", 1.0, 1.4), ("again", 1.0, 1.5), ("poor", 0.0, 1.0)):
        scores = gain * right + noise * rng.random(len(topics))
        recipe = {"gain": gain, "noise": noise}
        studies.keep(home, rank(of, prefix + name, recipe, Ranked(topics, items, scores)))
