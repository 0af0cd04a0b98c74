"""The benchmark of meaning, small: what it measures is what it says."""

from search_meaning import REQUESTS, measure


def test_every_step_is_measured_and_every_request_is_read():
    found = measure(400, 40, 1)
    assert found["n_rows"] > 400
    assert {"postings", "train", "lay", "lexicon"} <= found["took_s"].keys()
    assert [each["text"] for each in found["requests_ms"]] == list(REQUESTS)
    assert all(each["chips"] for each in found["requests_ms"])
