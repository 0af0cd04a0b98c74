"""Rows written are read back, on disk and in memory alike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.surfaces.search.documents import Document
from ritornello.surfaces.search.kept_rows import (
    Row,
    RowsInMemory,
    RowsOnDisk,
    RowsWritten,
    line_of,
    row_of,
)

FOLDED = st.text("abc xyz0é!", max_size=20).map(lambda text: " ".join(text.split()))
DOCUMENTS = st.builds(
    Document,
    st.just("track:a"),
    st.just("track"),
    st.lists(FOLDED, min_size=1, max_size=3).map(tuple),
    FOLDED,
    FOLDED,
)


@given(DOCUMENTS)
def test_a_line_gives_back_what_it_was_made_of(document):
    row = row_of(line_of(document))
    assert row == Row("track:a", document.credit, document.words, list(document.names))


@settings(max_examples=15)
@given(st.lists(DOCUMENTS, max_size=12))
def test_rows_on_disk_are_those_in_memory(tmp_path_factory, documents):
    folder = tmp_path_factory.mktemp("rows")
    written, memory = RowsWritten(folder), RowsInMemory()
    for number, document in enumerate(documents):
        assert written.add(document) == memory.add(document) == number
    written.close()
    disk = RowsOnDisk(folder)
    assert len(disk) == len(memory) == len(documents)
    asked = np.arange(len(documents))[::-1].tolist()
    assert disk.lines(asked) == memory.lines(asked)


def test_a_folder_without_rows_cannot_be_opened(tmp_path):
    with pytest.raises(OSError, match="begins"):
        RowsOnDisk(tmp_path)
