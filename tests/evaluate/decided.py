"""Decisions drawn by known policies from made-up shortlists, and outcomes of their slots."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np

from ritornello.kinds.decisions import Candidate, Decision, Shelf, Slot
from ritornello.policies import objectives
from ritornello.policies.names import parse
from ritornello.policies.traits import Traits
from ritornello.signals.success import COLUMNS, Outcomes

AT = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
N_ITEMS = 8


def decided(
    number: int,
    listener: int,
    policy: str = "plackett_luce(budget=0.3)",
    *,
    n_slots: int = 3,
    objective: str = "",
    seed: int = 0,
) -> Decision:
    """One shelf of ``n_slots`` from eight candidates, whose scores are those of the listener."""
    rng = np.random.default_rng((seed, number))
    made, scores = parse(policy), scores_of(listener)
    weights = made.weigh(scores)
    traits = Traits.of(("new",), (np.arange(N_ITEMS) % 2)[:, None], (0.5,))
    tilt = objectives.parse(objective).tilt(traits) if objective else None
    choice = made.choose(weights, n_slots, rng, tilt)
    shortlist = tuple(
        Candidate(f"track:{row}", "made", float(w), (float(row % 2),) if objective else ())
        for row, w in enumerate(weights)
    )
    shelf = Shelf("mine", "Mine", policy, shortlist, objective=objective)
    if objective:
        shelf = Shelf(
            "mine", "Mine", policy, shortlist, objective=objective, traits=traits.names, target=traits.target
        )  # fmt: skip
    slots = tuple(
        Slot("mine", place, f"track:{row}", float(p), "made", 0.0)
        for place, (row, p) in enumerate(zip(choice.rows, choice.propensities, strict=True))
    )
    return Decision(
        decision_id=UUID(int=number + 1), listener_id=f"listener-{listener}", surface="home",
        made_at=AT + timedelta(hours=number % 48), shelves=(shelf,), slots=slots, rung="personal",
        policy_version="1", model_version="m", recipe_hash="h", device="mobile",
    )  # fmt: skip


def scores_of(listener: int) -> np.ndarray:
    """What a model makes of eight tracks for a listener: some order of them, each another's."""
    return np.random.default_rng(listener).permutation(N_ITEMS) / 2.0


def outcomes_of(decisions: Sequence[Decision], served: dict[tuple[str, int], float]) -> Outcomes:
    """Outcomes whose ``fraction_played`` is what ``served`` says by decision and position; nan is not known."""
    slots = [(d, slot) for d in decisions for slot in d.slots]
    success = np.array([served[str(d.decision_id), slot.position] for d, slot in slots])
    texts = {name: np.full(len(slots), "") for name, sort in COLUMNS.items() if sort == "text"}
    numbers = {
        name: np.full(len(slots), np.nan) for name, sort in COLUMNS.items() if sort != "text"
    }
    known = {
        "decision_id": np.array([str(d.decision_id) for d, _ in slots]),
        "listener_id": np.array([d.listener_id for d, _ in slots]),
        "surface": np.array([d.surface for d, _ in slots]),
        "shelf": np.array([slot.shelf for _, slot in slots]),
        "position": np.array([float(slot.position) for _, slot in slots]),
        "played": np.ones(len(slots)),
        "fraction_played": success,
    }
    return Outcomes.of(texts | numbers | known)
