"""A row of the log says what its event says."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from ritornello.kinds.events import Act, Listen
from ritornello.kinds.times import EPOCH
from ritornello.store.rows import row_of

AT = datetime(2026, 11, 21, 12, 0, 0, 7, tzinfo=UTC)
SAID = {"event_id": UUID(int=7), "listener_id": "ada", "happened_at": AT}


@pytest.mark.parametrize(
    "event",
    [
        Listen(item_id="track:a", started_at=AT, ms_played=0, **SAID),
        Act(act="love", about_id="track:a", sent_at=AT + timedelta(seconds=1), **SAID),
    ],
)
def test_a_row_holds_what_its_event_says(event):
    row = row_of(event, 9)
    assert row[:4] == (UUID(int=7).bytes, type(event).__struct_config__.tag, "ada", row[3])
    assert EPOCH + timedelta(microseconds=row.happened_at_us) == AT
    assert row.received_at_us == 9
    assert (row.sent_at_us is None) == (event.sent_at is None)
    assert row.body_hash == hashlib.blake2b(row.body.encode(), digest_size=8).digest()
    said = msgspec.json.decode(row.body, type=Listen | Act)
    assert said == msgspec.structs.replace(event, sent_at=None)
