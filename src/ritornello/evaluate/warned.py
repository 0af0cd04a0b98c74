"""What was odd about an evaluation and did not stop it; it travels with the result into JSON and onto the page."""

import msgspec


class Warned(msgspec.Struct, frozen=True):
    """One oddity: a word that code can ask for, a sentence a person can act on, and the numbers behind it.

    Examples
    --------
    >>> str(Warned("duplicates", "3 items stood twice in the run; the first of each counts", {"n": 3}))
    '3 items stood twice in the run; the first of each counts'
    """

    code: str
    text: str
    numbers: dict[str, float] = msgspec.field(default_factory=dict)

    def __str__(self) -> str:
        """Return the sentence."""
        return self.text
