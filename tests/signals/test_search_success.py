"""Rules of success by mindset: the first that holds decides, SQL and numbers say the same, a slip is named."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.signals import portable, search_success
from ritornello.signals.search_success import EXPLORING, KNOWN_ITEM
from tests.signals.relations import Duck, values

DUCK = Duck()
NOTHING = {
    "search_id": "s", "n_listens": 0, "n_plays": 0, "n_items": 0, "n_new": 0, "n_kept": 0, "n_results": 9,
    "n_results_passed": None, "n_queries": 1, "n_turns": 0, "n_reformulations": 0, "n_characters": 5,
    "seconds_to_play": None, "ms_played": None, "ms_played_all": 0, "fraction_played": None, "good_because": None,
    "mode": "typed", "device": "mobile", "kind": None, "p_known_item": None,
}  # fmt: skip
PLAYED = NOTHING | {
    "n_listens": 1, "n_plays": 1, "n_items": 1, "n_results_passed": 0, "seconds_to_play": 4.0, "ms_played": 200_000,
    "ms_played_all": 200_000, "fraction_played": 1.0, "kind": "track",
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "known", "exploring"),
    [
        (NOTHING, 0.0, 0.0),
        (NOTHING | {"good_because": "kept", "n_kept": 1}, 1.0, 1.0),
        (NOTHING | {"good_because": "read"}, 1.0, 1.0),
        (NOTHING | {"n_listens": 2}, 0.0, 0.2),
        (PLAYED, 1.0, 0.6),
        (PLAYED | {"seconds_to_play": 95.0}, 0.5, 0.6),
        (PLAYED | {"seconds_to_play": 900.0}, 0.0, 0.6),
        (PLAYED | {"n_reformulations": 1}, 0.6, 0.6),
        (PLAYED | {"n_reformulations": 4}, 0.3, 0.6),
        (PLAYED | {"n_results_passed": 7}, 0.6, 0.6),
        (PLAYED | {"n_kept": 1}, 1.0, 1.0),
        (PLAYED | {"n_new": 3}, 1.0, 0.9),
        (PLAYED | {"n_items": 4}, 1.0, 0.8),
        (PLAYED | {"ms_played_all": 700_000}, 1.0, 0.8),
    ],
)
def test_each_mindset_succeeds_in_its_own_way(said, known, exploring):
    found = {each.mindset: each.success for each in search_success.judged(said)}
    assert found == {KNOWN_ITEM: pytest.approx(known), EXPLORING: pytest.approx(exploring)}
    assert search_success.success(said) == pytest.approx((known + exploring) / 2)
    certain = said | {"p_known_item": 1.0}
    assert search_success.success(certain) == pytest.approx(known)


def test_a_judgement_says_why_and_how_likely():
    one, other = search_success.judged(PLAYED | {"p_known_item": 0.75})
    assert (one.p, other.p) == (0.75, 0.25)
    assert one.because == "Found and played at once, with little effort."
    assert all(rule.because.endswith(".") for rule in search_success.rules())


rows = st.fixed_dictionaries(
    NOTHING
    | {
        "n_listens": st.integers(0, 5), "n_plays": st.integers(0, 5), "n_items": st.integers(0, 4),
        "n_new": st.integers(0, 3), "n_kept": st.integers(0, 2), "n_reformulations": st.integers(0, 4),
        "n_results_passed": st.none() | st.integers(0, 9), "ms_played_all": st.sampled_from([0, 599_999, 600_000]),
        "seconds_to_play": st.none() | st.sampled_from([0.0, 10.0, 10.5, 95.0, 180.0, 1e6]),
        "good_because": st.sampled_from([None, "kept", "read", "playing"]),
        "p_known_item": st.none() | st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0]),
    }
    | {name: st.just(NOTHING[name]) for name in ("search_id", "n_results", "n_queries", "n_turns", "n_characters",
                                                 "ms_played", "fraction_played", "mode", "device", "kind")}
)  # fmt: skip


@settings(max_examples=5)
@given(st.lists(rows, min_size=1, max_size=20))
def test_sql_says_what_the_rules_say(some):
    some = [row | {"search_id": str(n)} for n, row in enumerate(some)]
    DUCK.view("searches", values("searches", some))
    said = ", ".join(search_success.sql(name) for name in ("any", *search_success.MINDSETS))
    found = {row[0]: row[1:] for row in DUCK.rows(f"SELECT search_id, {said} FROM searches")}
    for row in some:
        known, exploring = (each.success for each in search_success.judged(row))
        assert found[row["search_id"]] == pytest.approx(
            (search_success.success(row), known, exploring)
        )


UNKNOWN = """
[[rule]]
for = "exploring"
when = { n_listens = "= 0" }
success = "unknown"
because = "Looking may have been all they wanted."
[[rule]]
when = { n_listens = ">= 0", good_because = ["kept", "read"], seconds_to_play = "unknown" }
success = { of = "n_kept", one_at = "2", zero_at = "0" }
because = "As much as was kept."
[[rule]]
when = { n_listens = ">= 0" }
success = 0.25
because = "Else."
"""


@pytest.mark.parametrize(
    ("p", "expected"), [(1.0, 0.25), (0.5, 0.25), (0.4, None), (None, 0.25), (0.0, None)]
)
def test_where_one_mindset_knows_nothing_the_other_speaks_if_it_is_as_likely(
    p, expected, monkeypatch
):
    monkeypatch.setattr(search_success, "rules", lambda: search_success.read(UNKNOWN, "own"))
    row = NOTHING | {"p_known_item": p}
    assert search_success.success(row) == expected
    DUCK.view("searches", values("searches", [row]))
    assert DUCK.rows(f"SELECT {search_success.sql()} FROM searches") == [(expected,)]
    kept = row | {"n_listens": 1, "good_because": "read", "n_kept": 1, "p_known_item": 0.5}
    DUCK.view("searches", values("searches", [kept]))
    assert DUCK.rows(f"SELECT {search_success.sql()} FROM searches") == [(0.5,)]


@pytest.mark.parametrize("mindset", ["any", *search_success.MINDSETS])
def test_the_rules_are_portable(mindset):
    assert portable.faults(f"SELECT {search_success.sql(mindset)} FROM searches") == []


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("[[rule", BadValue, "own is not TOML"),
        ('[[rule]]\nwhen = { n_plays = "= 0" }\nsuccess = 2\nbecause = "x"', BadValue, "rule 1"),
        ('[[rule]]\nwhen = { n_playz = "= 0" }\nsuccess = 1\nbecause = "x"', BadValue, "n_plays"),
        ('[[rule]]\nwhen = { n_plays = "= 0" }\nsuccess = 1', BadValue, "because"),
        ('[[rule]]\nsuccess = 1\nbecause = "x"', BadValue, "when"),
        ('[[rule]]\nwhy = 1\nwhen = { n_plays = "= 0" }\nsuccess = 1\nbecause = "x"', BadValue, "why"),
        ('[[rule]]\nfor = "bored"\nwhen = { n_plays = "= 0" }\nsuccess = 1\nbecause = "x"', UnknownName, "bored"),
    ],
)  # fmt: skip
def test_a_slip_in_the_rules_is_named(text, error, says):
    with pytest.raises(error, match=says):
        search_success.read(text, "own")


def test_a_mindset_nobody_has_is_refused():
    with pytest.raises(UnknownName, match="bored"):
        search_success.sql("bored")
