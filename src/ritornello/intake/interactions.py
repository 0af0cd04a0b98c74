"""A plain table of who played what: CSV, TSV or Parquet with named columns.

With a time every row is a listen; without one, a tally of ``n_plays`` (of two rows about one pair
the later stands). Which column means what, and in which form the times are written, is stated by
whoever imports the table; nothing is guessed from its values.

A line of a text file is a row, so that a stray quotation mark costs one row and not the rest of the
file; a field therefore cannot hold a line end.
"""

import csv
from collections.abc import Callable, Container, Iterator
from datetime import datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal

import msgspec

from ritornello.catalog import identity, parquet
from ritornello.catalog.items import Resolver
from ritornello.catalog.lines import Line, lines
from ritornello.intake.chunks import Chunk, Row, gathered
from ritornello.intake.events import AHEAD, EARLIEST_AT
from ritornello.intake.refusal import Refused
from ritornello.kinds.errors import BadValue, NotFound, did_you_mean
from ritornello.kinds.events import Listen, Milliseconds
from ritornello.kinds.ids import ItemId, ListenerId, key_of, kind_of, uuid8
from ritornello.kinds.items import PLAYABLE_KINDS, AnyItem, Artist, Mbid, Track
from ritornello.kinds.tallies import Tally
from ritornello.kinds.times import EPOCH

SOURCE = "interactions"
TimeForm = Literal["iso8601", "utc", "unix_s", "unix_ms", "unix_us"]
