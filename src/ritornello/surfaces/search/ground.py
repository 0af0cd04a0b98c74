"""What a turn is understood against: the words there are, the catalogue, what is shown, and who reads requests."""

from collections.abc import Callable, Sequence

import msgspec

from ritornello.catalog.view import View
from ritornello.surfaces.search.grammar import Reading, read
from ritornello.surfaces.search.lexicon import Lexicon
from ritornello.surfaces.search.questions import NO_NAMES, Namesakes

Read = Callable[[str, Lexicon], Reading]


class Ground(msgspec.Struct, frozen=True):
    """What a turn is understood against.

    ``shown`` are rows of the view in the order in which the listener sees them; ``namesakes`` what is well enough known
    to be asked about; ``read`` reads a request (``grammar.read``, or a language model's reader).
    """

    lexicon: Lexicon
    view: View
    shown: Sequence[int] = ()
    namesakes: Namesakes = NO_NAMES
    read: Read = read

    def title(self, item_id: str) -> str:
        """Return the name of an item by its id; empty where the catalogue has none."""
        row = self.view.number.get(item_id)
        return "" if row is None else self.view.title(row)

    def reading(self, text: str) -> Reading:
        """Return how a request is read."""
        return self.read(text, self.lexicon)

    def words(self, text: str) -> Reading:
        """Return what words in a phrase mean, by the grammar alone: many may be tried before one fits."""
        return read(text, self.lexicon)
