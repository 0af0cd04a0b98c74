"""Counts somebody else kept: plays per item, without times.

A tally feeds models and "ever heard". It is never turned into invented listens.
"""

from typing import Annotated

import msgspec

from ritornello.kinds.events import ShortText
from ritornello.kinds.ids import ItemId, ListenerId


class Tally(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``n_plays`` of one item by one listener, as ``source`` counted them; the last import wins."""

    listener_id: ListenerId
    item_id: ItemId
    n_plays: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
    source: ShortText
