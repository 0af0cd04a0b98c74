"""The published row of Amazon Beauty, by the objects that serve; ``benchmarks/beauty.py`` says how ours was chosen."""

from hashlib import sha256

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from ritornello.measures.ranking import of_ranking
from ritornello.measures.relevance import ndcg
from ritornello.models.interactions import Plays, from_plays
from ritornello.models.markov import MarkovConfig, train_markov
from ritornello.models.sequence_rules import SequenceRulesConfig, train_sequence_rules
from ritornello.models.topk import histories, top_of_tastes
from ritornello.models.transitions import TransitionsConfig, train_transitions
from ritornello.models.vocabulary import Vocabulary

pytestmark = [pytest.mark.data, pytest.mark.slow]


def by_id(item):
    return int(item)


def by_digest(item):
    return sha256(item.encode()).hexdigest()


@pytest.fixture(scope="module")
def sequences(shared):
    lines = (shared / "data/amazon_beauty/Beauty.txt").read_text(encoding="ascii").splitlines()
    return [line.split()[1:] for line in lines]


OURS = TransitionsConfig(
    n_distances=17,
    distance_exponent=0.55,
    smoothing=15_000.0,
    recency=0.57,
    popularity=-0.015,
    backward=0.15,
    lately=0.1,
)


@pytest.mark.parametrize(
    ("train", "config", "tie", "wanted"),
    [
        (train_markov, MarkovConfig(), by_id, 0.04918),
        (train_sequence_rules, SequenceRulesConfig(), by_id, 0.06048),
        (train_transitions, TransitionsConfig(), by_digest, 0.06352),
        (train_transitions, OURS, by_digest, 0.06573),
    ],
    ids=["MC", "SeqRules", "PCTM", "PCTM with our terms"],
)
def test_the_published_row_and_ours(sequences, train, config, tie, wanted):
    """Ties go to the lower column, so the order of the vocabulary is what settles them."""
    kept = [each[:-1] for each in sequences]
    items = Vocabulary(tuple(sorted({item for each in kept for item in each}, key=tie)))
    rows = np.repeat(np.arange(len(kept)), [len(each) for each in kept])
    columns = [items.columns[item] for each in kept for item in each]
    places = np.concatenate([np.arange(len(each)) for each in kept])
    listeners = tuple(str(row) for row in range(len(kept)))
    interactions = from_plays(listeners, items, Plays(rows, columns, places))
    judged = [row for row, each in enumerate(sequences) if each[-1] in items.columns]
    last = [items.columns[sequences[row][-1]] for row in judged]
    tastes = [interactions.taste(row) for row in judged]
    top = top_of_tastes(
        train(interactions, config), tastes, 10, excluded=histories(tastes, len(items))
    )
    relevant = csr_matrix(
        (np.ones(len(judged)), (range(len(judged)), last)), shape=(len(judged), len(items))
    )
    assert (len(items), len(judged)) == (12_092, 22_311)
    assert round(float(ndcg(of_ranking(top.columns, relevant), 10).mean()), 5) == wanted
