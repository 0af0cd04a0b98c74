"""A catalogue in memory, and how changes reach it."""

import sqlite3

import pytest

from ritornello.store.database import execute_rows, schema, statements


class Shelf:
    """An empty catalogue; ``put`` runs changes as the writer does."""

    def __init__(self):
        self.conn = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        for statement in statements(schema("ritornello.catalog")):
            self.conn.execute(statement)

    def put(self, changes):
        before = self.conn.total_changes
        for sql, rows in changes:
            execute_rows(self.conn, sql, rows)
        return self.conn.total_changes - before


@pytest.fixture
def shelf():
    return Shelf()
