"""Every error ritornello raises on purpose, as one tree.

::

    Error
    ├── BadValue (ValueError)          a value that cannot be meant
    │   └── BadPropensity              a probability that nothing can be weighed by
    ├── UnknownName (KeyError)         a name nobody defined; carries did-you-mean
    ├── NotFound (LookupError)         an id that is well formed and absent
    ├── Conflict                       a second truth for something already settled
    ├── NotAllowed (PermissionError)   the key's role does not reach this
    ├── ArtefactUnusable               a model on disk that must not be served
    └── StorageUnavailable (OSError)   the disk is full or failing; nothing was acknowledged
        ├── OutOfMemory                more was asked for at once than fits; ask for less
        └── Overloaded                 more waits to be written than can be soon; try again

Messages say what, where, what was there instead, and what to do. Bad *content* never raises: it
becomes a :class:`~ritornello.kinds.faults.Fault`.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class Error(Exception):
    """Root of the errors ritornello raises on purpose."""


class BadValue(Error, ValueError):
    """A value that cannot be meant, with the rule it breaks."""


class BadPropensity(BadValue):
    """A logged probability of 0 or below, above 1, or nan: no estimator can weigh by it."""


class UnknownName(Error, KeyError):
    """A name nobody defined.

    Examples
    --------
    >>> print(UnknownName.among("setting", "prot", ["port", "host"]))
    no setting 'prot'; there are host, port; did you mean 'port'?
    """

    def __str__(self) -> str:
        """Print the sentence itself; ``KeyError`` would print its repr."""
        return str(self.args[0]) if self.args else ""

    @classmethod
    def among(cls, what: str, name: str, known: Iterable[str]) -> "UnknownName":
        """Name the unknown word, the known ones and the nearest of them."""
        known = sorted(known)
        shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
        return cls(f"no {what} {name!r}; there are {shown}{did_you_mean(name, known)}")


class NotFound(Error, LookupError):
    """A well-formed id that nothing answers to."""


class Conflict(Error):
    """A second, different truth for something already settled; the first stands."""


class NotAllowed(Error, PermissionError):
    """The presented key does not reach this."""


class ArtefactUnusable(Error):
    """A stored model that is missing, altered, of another shape or not finite."""


class StorageUnavailable(Error, OSError):
    """The disk is full or failing; nothing of the request was acknowledged."""


class OutOfMemory(StorageUnavailable):
    """More was asked for at once than fits into the memory that may be taken; less at once may fit."""


class Overloaded(StorageUnavailable):
    """More waits to be written than can be written soon; nothing was acknowledged, try again."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known name, else nothing."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
