"""Who enters an evaluation: the objects that serve, asked as they are asked in service.

=====================================  ==============================================================================
``blend``, ``ease``, ``markov`` …      a scorer, over everything the hard rules let the listener meet
``made_for_you``, ``new_for_you`` …    a source of shelves
``POLICY over SCORER``                 a draw from a scorer's 200 best, such as ``plackett_luce(budget=0.2) over blend``
``home``, ``discover_weekly`` …        a surface with its recipe, rules and rungs; ``moments/NAME`` is a moment
``run:PATH``                           what somebody else ranked, from a TREC file
=====================================  ==============================================================================

What is drawn by chance is drawn several times, and its value is the mean over the draws. Everything answers in rows of
the catalogue, best first: the order is what was served, whatever the scores behind it were.
"""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ritornello.catalog.view import NONE
from ritornello.evaluate.asking import NOTHING, PARTS, Block, Entrant, Rankings, once, parted
from ritornello.evaluate.in_service import SCORERS, InService
from ritornello.evaluate.run_files import RUN, of_file
from ritornello.evaluate.surfaces_asked import MOMENT, SURFACES, of_surface
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import UnknownName
from ritornello.kinds.randomness import derive
from ritornello.policies import names
from ritornello.policies.choice import Policy
from ritornello.surfaces.ladder import NoAnswer
from ritornello.surfaces.situation import Rows, Situation
from ritornello.surfaces.sources import SOURCES

N_SHORTLIST = 200
N_SLOTS = 30
N_DRAWS = 10
N_SHELVES = 3
OVER = " over "
_SOURCES = {str(name): source for name, source in SOURCES.items()}


class OfScorer(msgspec.Struct, frozen=True):
    """A scorer over all that the rules allow: no sample, no shortlist."""

    name: str
    n_draws: int = 1
    warnings: tuple[Warned, ...] = ()

    def recipe(self, service: InService) -> dict[str, Any]:
        """Return the scorer's configuration; of the blend, its weights."""
        scorer = service.scorer(self.name)
        config = getattr(scorer, "config", None)
        if config is None:
            return {"scorer": self.name, "weights": list(getattr(scorer, "weights", ()))}
        return {"scorer": self.name, "config": msgspec.to_builtins(config)}

    def rank(self, block: Block, n: int, draw: int) -> Rankings:
        """Rank by score; of equals the lower column stands first, as in service."""
        del draw
        rows = block.service.stock.rows
        return {
            part: [rows[columns] for columns in block.best(self.name, part, n)] for part in PARTS
        }


class OfPolicy(msgspec.Struct, frozen=True):
    """A policy that draws from a scorer's best; its value is the mean over draws, each with chances of its own."""

    policy: Policy
    scorer: str
    n_draws: int = N_DRAWS
    warnings: tuple[Warned, ...] = ()

    @property
    def name(self) -> str:
        """The policy's canonical text, and what it draws over."""
        return f"{self.policy}{OVER}{self.scorer}"

    def recipe(self, service: InService) -> dict[str, Any]:
        """Return the policy, how much it draws from and how often."""
        told = OfScorer(self.scorer).recipe(service)
        return {
            **told,
            "policy": str(self.policy),
            "n_shortlist": N_SHORTLIST,
            "n_draws": self.n_draws,
        }

    def rank(self, block: Block, n: int, draw: int) -> Rankings:
        """Draw as many slots as a long shelf has."""
        rows, scores = block.service.stock.rows, block.scores(self.scorer)
        found: Rankings = {}
        for part in PARTS:
            shortlists = block.best(self.scorer, part, N_SHORTLIST)
            found[part] = []
            for situation, of_one, among in zip(block.situations, scores, shortlists, strict=True):
                who, seed = situation.profile.listener_id, situation.request.seed
                rng = derive(seed, "offline", self.name, who, part, str(draw))
                choice = self.policy.choose(self.policy.weigh(of_one[among]), min(n, N_SLOTS), rng)
                found[part].append(rows[among[choice.rows]])
        return found


class OfSource(msgspec.Struct, frozen=True):
    """A source of shelves: its lists one after the other, as far as the rules allow."""

    name: str
    n_draws: int = 1
    warnings: tuple[Warned, ...] = ()

    def recipe(self, service: InService) -> dict[str, Any]:
        """Return the source's name; it has no parameters of its own."""
        del service
        return {"source": self.name}

    def rank(self, block: Block, n: int, draw: int) -> Rankings:
        """Name candidates in the order the source does."""
        del draw
        return parted(block, [self._of_one(situation) for situation in block.situations], n)

    def _of_one(self, situation: Situation) -> Rows:
        try:
            named = [found.rows for found in _SOURCES[self.name](situation, N_SHELVES)]
        except NoAnswer:
            return NOTHING
        rows = once(np.concatenate([NOTHING, *named]))
        rows = rows[rows != NONE]
        found: Rows = rows[situation.allowed[rows]]
        return found


def parse(text: str) -> Entrant:
    """Return the entrant a text names.

    Raises
    ------
    UnknownName : no such scorer, source, surface or policy.
    BadValue : a policy's parameters are out of range, or no row of a file can be read. NotFound : no such file.

    Examples
    --------
    >>> [parse(text).name for text in ("blend", "plackett_luce(budget=0.2) over ease")]
    ['blend', 'plackett_luce(budget=0.2,temperature=1.0,floor=0.0) over ease']
    """
    if text.startswith(RUN):
        return of_file(Path(text.removeprefix(RUN)))
    policy, over, scorer = text.partition(OVER)
    if over and scorer in SCORERS:
        return OfPolicy(names.parse(policy), scorer)
    if text in SCORERS:
        return OfScorer(text)
    if text in _SOURCES:
        return OfSource(text)
    if text in SURFACES or (text.startswith(MOMENT) and text != MOMENT):
        return of_surface(text)
    known = (*SCORERS, *_SOURCES, *SURFACES, f"{MOMENT}NAME", f"POLICY{OVER}SCORER", f"{RUN}FILE")
    raise UnknownName.among("entrant", text, known)
