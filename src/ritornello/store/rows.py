"""An event as a row of the log.

Made wherever the event is: by the writer, or by another process that reads for it.
"""

from typing import NamedTuple

from ritornello.kinds.events import EVENT_KINDS, AnyEvent
from ritornello.kinds.times import to_us
from ritornello.store.bodies import body_of, hash_of

_TAGS = {record: tag for tag, record in EVENT_KINDS.items()}


class Row(NamedTuple):
    """An event as the log holds it; ``body`` leaves out when it was sent and received."""

    event_id: bytes
    kind: str
    listener_id: str
    happened_at_us: int
    received_at_us: int
    sent_at_us: int | None
    body_hash: bytes
    body: str


def row_of(event: AnyEvent, received_at_us: int) -> Row:
    """Return the event's row."""
    sent_at = event.sent_at
    body = body_of(event)
    return Row(
        event.event_id.bytes,
        _TAGS[type(event)],
        event.listener_id,
        to_us(event.happened_at),
        received_at_us,
        None if sent_at is None else to_us(sent_at),
        hash_of(body),
        body.decode(),
    )
