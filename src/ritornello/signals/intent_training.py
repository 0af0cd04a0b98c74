"""Training the mixture of intents: which beginnings it is fitted on, and what comes of it.

One beginning of a visit is drawn, not its last: so visits are fitted as they are met, some just begun, and rows
stay independent. Everything drawn depends on a seed and the rows alone.
"""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import msgspec
import numpy as np

from ritornello.kinds.errors import NotFound
from ritornello.signals import intents
from ritornello.signals.beginnings import COLUMNS, SHAPE, Columns, features
from ritornello.signals.components import Facts, Trained, carried
from ritornello.signals.em import USUAL, Effort, choose, fit
from ritornello.signals.intents import Declared, p_intent
from ritornello.signals.mixture import FloatArray
from ritornello.store.engines import plain

LEAST_LISTENERS = 5
_PLACE = ("listener_id", "intent_stated", "context_kind", "context_id", "surface")


def draw(duck: duckdb.DuckDBPyConnection, n_visits: int, seed: int) -> Columns:
    """Return one beginning of each of at most so many visits, from the view ``beginnings``."""
    names = ", ".join((*_PLACE, *COLUMNS))
    found = duck.execute(
        f"""SELECT {names} FROM (
            SELECT *, row_number() OVER (PARTITION BY visit_id ORDER BY md5(event_id || $seed)) AS nth
            FROM beginnings) AS dealt
        WHERE nth = 1 ORDER BY md5(visit_id || $seed) LIMIT $n""",
        {"seed": str(seed), "n": n_visits},
    ).fetchnumpy()
    return {name: plain(column) for name, column in found.items()}


def train(
    beginnings: Columns,
    declared: Declared,
    rng: np.random.Generator,
    at: datetime,
    *,
    numbers: Sequence[int],
    old: Trained | None = None,
    effort: Effort = USUAL,
) -> Trained:
    """Fit a mixture to drawn beginnings, with the number of components that says most of other listeners.

    Names of ``old`` components go to those that took them over.

    Raises
    ------
    NotFound : beginnings of too few listeners to hold any out.
    """
    n_listeners = len(np.unique(beginnings["listener_id"].astype(np.str_)))
    if n_listeners < LEAST_LISTENERS:
        message = f"beginnings of {n_listeners} listeners; training intents needs {LEAST_LISTENERS}"
        raise NotFound(f"{message}: run `ritornello signals build` when more was heard")
    seen = features(beginnings)
    held_out = choose(seen, beginnings["listener_id"].astype(np.str_), numbers, rng, effort)
    (n_components,) = (each.n_components for each in held_out if each.chosen)
    mixture = fit(seen, n_components, rng, effort).mixture
    known = p_intent(beginnings, declared)
    facts = Facts(
        shape=SHAPE,
        trained_at=at,
        n_visits=len(seen),
        n_listeners=n_listeners,
        held_out=tuple(held_out),
        known=_known(mixture.infer(seen), known),
    )
    trained = Trained(mixture, {}, facts)
    if old is None or not old.names:
        return trained
    return msgspec.structs.replace(trained, names=carried(old, mixture, seen))


def _known(p: FloatArray, known: intents.Intended) -> tuple[dict[str, float], ...]:
    """Return how many of each component's beginnings a listener or a place said a word of, by word."""
    said = np.isin(known.how, ("stated", "declared"))
    counts = p[said].T @ known.p[said]
    return tuple(
        {intents.INTENTS[j]: round(float(row[j]), 1) for j in np.argsort(-row) if row[j] >= 0.05}
        for row in counts
    )
