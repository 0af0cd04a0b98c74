"""The answers of recognisers, as each writes them, and whatever else may come in their place."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.events import Hypothesis
from ritornello.surfaces.search.hypotheses import (
    MAX_HYPOTHESES,
    Heard,
    of_texts,
    read,
)

FORMS = {
    "texts": ["play muse", "play mews"],
    "vosk": {"alternatives": [{"confidence": 228.7, "text": "play muse"}, {"confidence": 227.3, "text": "play mews"}]},
    "azure": {"RecognitionStatus": "Success", "NBest": [{"Confidence": 0.8, "Lexical": "play muse", "Display": "Play Muse."}, {"Confidence": 0.1, "Lexical": "play mews"}]},
    "google": {"results": [{"alternatives": [{"transcript": "play muse", "confidence": 0.9}, {"transcript": "play mews"}]}]},
    "web speech": [[{"transcript": "play muse", "confidence": 0.9}, {"transcript": "play mews", "confidence": 0}]],
    "ours": {"alternatives": [{"text": "play muse", "log_p": -0.2}, {"text": "play mews", "log_p": -1.9}]},
    "network": {"confusion_network": [[{"word": "play", "p": 1.0}], [{"word": "muse", "p": 0.7}, {"word": "mews", "p": 0.3}]]},
    "lattice": {"arcs": [{"from": 0, "to": 1, "word": "play", "score": 0.0}, {"from": 1, "to": 2, "word": "muse", "score": -0.4}, {"from": 1, "to": 2, "word": "mews", "score": -1.2}]},
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_told_by_content(form):
    heard, faults = read(json.dumps(FORMS[form]))
    assert [each.text for each in heard.hypotheses] == ["play muse", "play mews"]
    assert heard.hypotheses[0].p > heard.hypotheses[1].p > 0
    assert faults == ()


def test_whisper_says_one_thing_and_how_sure_it_is():
    whisper = {
        "text": " Play Muse. Now.",
        "segments": [{"text": " Play Muse.", "avg_logprob": -0.1}, {"text": " Now.", "avg_logprob": -0.3}],
    }  # fmt: skip
    heard, _ = read(json.dumps(whisper))
    assert heard == Heard(
        (Hypothesis("Play Muse. Now.", pytest.approx(math.exp(-0.4), abs=1e-5)),), "n_best"
    )
    cpp = {
        "transcription": [
            {
                "text": " Play Muse",
                "tokens": [{"text": " Play", "p": 0.9}, {"text": " Muse", "p": 0.4}],
            }
        ]
    }
    assert read(json.dumps(cpp))[0].hypotheses[0].p == pytest.approx(0.6)


def test_scores_of_any_offset_are_logarithms():
    shifted = {"alternatives": [{"text": "a", "score": -2034.0}, {"text": "b", "score": -2035.0}]}
    first, second = read(json.dumps(shifted))[0].hypotheses
    assert first.p / second.p == pytest.approx(math.e, rel=1e-4)
    assert first.p + second.p == pytest.approx(1)


def test_without_scores_each_is_half_as_probable_as_the_one_before():
    assert [each.p for each in of_texts(["a", "b", "c"]).hypotheses] == pytest.approx(
        [0.5, 0.25, 0.125]
    )


def test_what_differs_in_spaces_and_case_alone_is_one():
    heard = of_texts(["Play  Muse", "play muse", "play mews"])
    assert [each.text for each in heard.hypotheses] == ["Play Muse", "play mews"]


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"7", "unknown_form"),
        (b"{}", "unknown_form"),
        (b'{"alternatives": [{"confidence": 1}, 3]}', "no_text"),
        (b'{"arcs": [{"from": 1}]}', "not_an_arc"),
        (b'{"arcs": [{"from": 1, "to": 1, "word": "a"}]}', "no_path"),
        (b'"' + b"a" * 1_000_001 + b'"', "too_large"),
    ],
)
def test_what_cannot_be_read_is_a_fault_and_nothing_is_heard(body, rule):
    heard, faults = read(body)
    assert heard == Heard()
    assert rule in {fault.rule for fault in faults}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["arcs", "from", "to", "word", "text", "score", "p", "alternatives", "results", "segments", "tokens", "start", "end", "lattice"]),
        inner,
        max_size=4,
    ),
    max_leaves=25,
)  # fmt: skip


@given(JSON)
def test_nothing_that_is_json_raises_and_probabilities_are_probabilities(value):
    heard, _ = read(json.dumps(value))
    assert len(heard.hypotheses) <= MAX_HYPOTHESES
    assert all(0 <= each.p <= 1 and each.text for each in heard.hypotheses)
    assert sum(each.p for each in heard.hypotheses) <= 1 + 1e-4


@given(st.binary(max_size=200))
def test_no_bytes_raise(body):
    read(body)
