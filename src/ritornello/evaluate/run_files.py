"""A run somebody else made, read from a TREC file, as an entrant among those that serve.

Its topics are listeners and its items ids of the catalogue. Whether it saw the future nobody can prove: its maker must
vouch for that. What the catalogue did not hold by the split is left out, as it is of everybody.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ritornello.evaluate import trec
from ritornello.evaluate.asking import Block, Rankings, once, parted
from ritornello.evaluate.in_service import InService
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import BadValue
from ritornello.kinds.ids import ItemId, ListenerId
from ritornello.store.manifest import sha256_of

RUN = "run:"


class OfFile(msgspec.Struct, frozen=True):
    """The rankings of a file, by listener, best first; ties to the later id, as trec_eval breaks them."""

    name: str
    sha256: str
    ranked: Mapping[ListenerId, list[ItemId]]
    n_draws: int = 1
    warnings: tuple[Warned, ...] = ()

    def recipe(self, service: InService) -> dict[str, Any]:
        """Return which file it is; how it was made only its maker knows."""
        del service
        return {"file": self.name, "sha256": self.sha256}

    def rank(self, block: Block, n: int, draw: int) -> Rankings:
        """Return what the file ranks for each listener, as far as the catalogue holds it."""
        del draw
        view = block.service.stock.view
        lists = [
            once(view.rows(self.ranked.get(situation.profile.listener_id, ())))
            for situation in block.situations
        ]
        playable = [rows[view.available[rows]] for rows in lists]
        return parted(block, playable, n)


def of_file(path: Path) -> OfFile:
    """Read a run from a TREC file.

    Raises
    ------
    NotFound : no such file.
    BadValue : no row of it can be read.
    """
    with trec.opened(path) as file:
        rows, faults = trec.read_run(file, str(path))
    if not len(rows.topic_ids):
        raise BadValue(f"{path} holds no row of a run; {len(faults)} lines were refused")
    topics, items = np.array(rows.topic_ids), np.array(rows.item_ids)
    order = np.lexsort((items, np.asarray(rows.values, np.float32), topics))[::-1]
    ranked: dict[ListenerId, list[ItemId]] = {}
    for topic, item in zip(topics[order].tolist(), items[order].tolist(), strict=True):
        ranked.setdefault(topic, []).append(item)
    text = (
        f"{len(faults):,} lines of {path.name} were refused, the first at {faults[0].position}"
        if faults
        else ""
    )
    warnings = (Warned("run_lines_refused", text, {"n": len(faults)}),) if faults else ()
    return OfFile(f"{RUN}{path.name}", sha256_of(path), ranked, warnings=warnings)
