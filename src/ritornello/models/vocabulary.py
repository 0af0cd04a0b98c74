"""Item id ↔ column: the one order all arrays of a bundle share."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue

UNKNOWN = -1


class Vocabulary(msgspec.Struct, frozen=True, dict=True):
    """The items a model knows; ``ids[column]`` names a column, ``columns[item_id]`` finds it."""

    ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def columns(self) -> dict[str, int]:
        """Item id → column."""
        return {item_id: column for column, item_id in enumerate(self.ids)}

    def columns_of(self, item_ids: Iterable[str]) -> NDArray[np.int32]:
        """Return the column of each id, −1 where the model does not know it.

        Examples
        --------
        >>> Vocabulary(("track:a", "track:b")).columns_of(["track:b", "track:new"]).tolist()
        [1, -1]
        """
        find = self.columns.get
        return np.fromiter((find(item_id, UNKNOWN) for item_id in item_ids), dtype=np.int32)

    @classmethod
    def of(cls, item_ids: Iterable[Any]) -> "Vocabulary":
        """Make the vocabulary of these ids, sorted, so that the same items give the same columns.

        Raises
        ------
        BadValue : an id twice.
        """
        ids = tuple(sorted(item_ids))
        if len(set(ids)) != len(ids):
            raise BadValue(
                f"a vocabulary of {len(ids)} ids names some of them twice; pass each once"
            )
        return cls(ids)
