"""A row that breaks a rule, on its way to becoming a fault."""

from ritornello.kinds.faults import Fault


class Refused(Exception):
    """What was wrong with a row: the field, the rule's name, and the words to tell it in."""

    def __init__(self, field: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.rule = rule

    def fault(self, source: str, position: int) -> Fault:
        """Return the fault this is at a position of a source."""
        return Fault.at(source, position, self.rule, str(self), self.field)
