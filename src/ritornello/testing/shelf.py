"""A catalogue in memory, for whoever tests what reads or writes one."""

import sqlite3
from collections.abc import Iterable

from ritornello.store.database import Change, execute_rows, schema, statements


class Shelf:
    """An empty catalogue; ``conn`` reads it and ``put`` runs changes as the writer does."""

    def __init__(self) -> None:
        self.conn = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        for statement in statements(schema("ritornello.catalog")):
            self.conn.execute(statement)

    def put(self, changes: Iterable[Change]) -> int:
        """Run changes; return how many rows they changed."""
        before = self.conn.total_changes
        for sql, rows in changes:
            execute_rows(self.conn, sql, rows)
        return self.conn.total_changes - before
