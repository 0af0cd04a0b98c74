"""A span is an id that any file can hold, and what is heard of a run comes back from it."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.evaluate import span_ids, trec
from ritornello.evaluate.collections import Origin, of_ids
from ritornello.evaluate.content import Rows
from ritornello.evaluate.runs import of_ids as run_of
from ritornello.evaluate.scoring import score
from ritornello.kinds.errors import BadValue

SPANS = Origin("people", "open")


def span(episode, start_s, end_s):
    return span_ids.write(f"episode:{episode}", 1000 * start_s, 1000 * end_s)


JUDGED = of_ids(
    "minutes",
    Rows(["t1", "t2"], [span("a", 60, 90), span("b", 5, 10)], [1, 2]),
    SPANS,
)


@given(st.integers(0, 10**9), st.integers(1, 10**8))
def test_a_span_reads_back_to_the_millisecond(start_ms, lasts_ms):
    text = span_ids.write("episode:k3v9", start_ms, start_ms + lasts_ms)
    assert span_ids.read(text) == ("episode:k3v9", start_ms, start_ms + lasts_ms)
    assert text.split() == [text]


@pytest.mark.parametrize(
    "text",
    ["episode:k3v9", "episode:k3v9#t=5", "episode:k3v9#t=5,5", "episode:k3v9#t=9,5", "#t=1,2",
     "episode:k3v9#t=-1,5", "episode:k3v9#t=1e3,2e3", "episode:k3v9#t=0:01,0:02"],
)  # fmt: skip
def test_what_is_no_span_is_none(text):
    assert span_ids.read(text) is None


def test_a_run_of_spans_is_scored_second_by_second():
    rows = Rows(
        ["t1", "t1", "t2"], [span("a", 0, 30), span("a", 70, 90), span("b", 0, 10)], [2.0, 1.0, 1.0]
    )
    run = run_of(JUDGED, "ours", {}, rows)
    scored = score(run, JUDGED, ["nxCG@2", "T2I_RR", "iP@0.5", "segment_nDCG", "RR"])
    assert scored.values["nxCG@2"] == pytest.approx([2 / 3, 0.5])
    assert scored.values["T2I_RR(tolerance=15,late=15)"].tolist() == [0.5, 1]
    assert scored.values["iP@0.5"] == pytest.approx([20 / 50, 0.5])
    assert scored.values["RR"].tolist() == [0, 0]


def test_a_topic_without_an_entry_counts_nothing_and_is_said():
    run = run_of(JUDGED, "ours", {}, Rows(["t2"], [span("b", 5, 10)], [1.0]))
    scored = score(run, JUDGED, ["nxCG@1"])
    assert (scored.topics, scored.values["nxCG@1"].tolist()) == (("t1", "t2"), [0, 1])
    assert [each.code for each in scored.warnings] == ["topics_without_a_run"]


def test_of_one_score_the_later_id_stands_first_as_everywhere():
    rows = Rows(["t1", "t1"], [span("a", 60, 90), span("a", 100, 110)], [1.0, 1.0])
    run = run_of(JUDGED, "ours", {}, rows)
    file = BytesIO()
    trec.write_run(run, JUDGED, file)
    first = file.getvalue().split(b"\n")[0].split()[2].decode()
    entries = span_ids.heard(run, JUDGED, "both").entries
    assert span_ids.read(first).start_ms == entries.start_ms[0]


def test_ids_without_a_time_are_refused_by_measures_of_spans_alone():
    run = run_of(JUDGED, "whole", {}, Rows(["t1"], ["episode:a"], [1.0]))
    assert np.isfinite(score(run, JUDGED, ["RR"]).total("RR"))
    with pytest.raises(BadValue, match=r"1 of 3 ids are none, such as 'episode:a'"):
        score(run, JUDGED, ["nxCG@1"])
