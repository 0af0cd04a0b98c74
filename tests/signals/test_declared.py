"""The declared table says what people mean: the shipped one, and one a home lays over it."""

import numpy as np
import pytest

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.signals import declared
from ritornello.signals.intents import INTENTS
from ritornello.signals.success import COLUMNS, Outcomes
from ritornello.store.home import Home

UNTOUCHED = {"played": 1, "reading": "play", "ms_played": 200_000, "rank_played": 4}


def slot(intent, device="mobile", **known):
    """Return one outcome of which only this is known."""
    row = {
        "seen": 1,
        "played": 0,
        "device": device,
        "kind": "track",
        "surface": "playlist",
        **known,
    }
    columns = {
        name: np.array([row.get(name)], dtype=object)
        if sort == "text"
        else np.array([row.get(name, np.nan)], dtype=np.float64)
        for name, sort in COLUMNS.items()
    }
    return Outcomes.of({**columns, "intent_declared": np.array([intent])})


def success(intent, device="mobile", **known):
    """Return what the shipped table says of it, ``None`` where it knows nothing."""
    scored = declared.defaults().score(slot(intent, device, **known))
    return float(scored.success[0]) if scored.known[0] else None


def test_sleep_succeeds_untouched_or_stopped_quietly_after_the_first_minutes():
    assert success("sleep", **UNTOUCHED, next_in_visit="same_list") == 1
    assert success("sleep", **UNTOUCHED, next_in_visit="nothing") == 1
    stopped_in_the_fourth_track = UNTOUCHED | {"reading": "glance", "ms_played": 20_000}
    assert success("sleep", **stopped_in_the_fourth_track, next_in_visit="nothing") == 1
    in_the_first_minutes = {"played": 1, "reading": "glance", "ms_played": 20_000, "rank_played": 1}
    assert success("sleep", **in_the_first_minutes, next_in_visit="nothing") is None


def test_sleep_fails_where_it_is_skipped_or_left_for_something_else():
    assert (
        success(
            "sleep",
            **UNTOUCHED | {"reading": "skip", "skip_grade": "middle"},
            next_in_visit="same_list",
        )
        == 0
    )
    assert success("sleep", **UNTOUCHED, skip_grade="late", next_in_visit="same_list") == 0
    assert success("sleep", **UNTOUCHED, next_in_visit="other_content") == 0
    assert success("sleep", **UNTOUCHED, next_in_visit="search") == 0


@pytest.mark.parametrize("intent", ["party", "discover"])
def test_party_and_discovery_succeed_by_skipping_around_and_keeping(intent):
    skipped = {"played": 1, "reading": "skip", "skip_grade": "early", "next_in_visit": "same_list"}
    assert success(intent, **skipped) >= 0.7
    assert success(intent, **skipped, saved=1) == 1
    assert success(intent, **skipped, added=1) == 1
    assert success("sleep", **skipped) == 0


def test_a_search_succeeds_by_a_short_time_to_the_right_item():
    for known in ({"intent": "known_item"}, {"intent": "unknown", "surface": "search"}):
        found = {**known, "played": 1, "reading": "play", "ms_played": 180_000}
        assert success(**found, seconds_to_play=8) == 1
        assert success(**found, seconds_to_play=65) == pytest.approx(0.5)
        assert success(**found, seconds_to_play=500) == 0
        assert success(**found | {"reading": "skip"}, seconds_to_play=8) == 0


@pytest.mark.parametrize("intent", INTENTS)
def test_scrolling_a_phone_is_no_failure_and_below_the_fold_is_no_evidence(intent):
    assert success(intent, "mobile", seen=1) is None
    assert success(intent, "desktop", seen=0) is None
    assert success(intent, "speaker", seen=np.nan) is None


@pytest.mark.parametrize("intent", INTENTS)
def test_a_ban_fails_and_an_error_says_nothing_whatever_it_was_for(intent):
    assert success(intent, **UNTOUCHED, banned=1, saved=1) == 0
    assert success(intent, played=1, reading="nothing") is None


@pytest.mark.parametrize("intent", INTENTS)
def test_every_intent_has_an_answer_to_what_was_played(intent):
    for reading in ("play", "skip", "glance"):
        for after in ("same_list", "other_content", "search", "nothing"):
            known = {
                "reading": reading,
                "next_in_visit": after,
                "skip_grade": "early",
                "rank_played": 2,
            }
            assert (
                success(intent, played=1, ms_played=40_000, seconds_to_play=9, **known) is not None
            )


@pytest.mark.parametrize("intent", INTENTS)
def test_hearing_out_is_never_worse_than_skipping_at_once(intent):
    heard = success(intent, **UNTOUCHED, next_in_visit="same_list", seconds_to_play=9)
    skipped = success(
        intent,
        played=1,
        reading="skip",
        skip_grade="early",
        next_in_visit="same_list",
        rank_played=4,
    )
    assert heard >= skipped


def test_uncertain_intents_are_an_expectation():
    outcome = slot("sleep", played=1, reading="skip", skip_grade="early", next_in_visit="same_list")
    p = np.zeros((1, len(INTENTS)))
    p[0, [INTENTS.index("sleep"), INTENTS.index("party")]] = 0.25, 0.75
    scored = declared.defaults().score(Outcomes.of(outcome.columns, p))
    assert scored.success[0] == pytest.approx(0.25 * 0 + 0.75 * 0.8)


def test_an_intent_that_knows_nothing_leaves_it_to_those_that_do():
    outcome = slot("sleep", played=1, reading="glance", rank_played=1, ms_played=9_000, next_in_visit="nothing")  # fmt: skip
    p = np.zeros((1, len(INTENTS)))
    for share, known in ((0.4, True), (0.6, False)):
        p[0, [INTENTS.index("sleep"), INTENTS.index("focus")]] = share, 1 - share
        scored = declared.defaults().score(Outcomes.of(outcome.columns, p))
        assert bool(scored.known[0]) == known


def test_every_rule_has_its_reason_and_every_intent_a_rule():
    rules = declared.defaults().rules
    assert all(rule.because.endswith((".", ")")) for rule in rules)
    named = {word for rule in rules for word in rule.where.get("intent", ())}
    assert named == set(INTENTS) - {"unknown"}


def test_a_homes_own_playlist_is_asked_first(tmp_path):
    home = Home(tmp_path)
    assert declared.of_home(home) == declared.defaults()
    (tmp_path / declared.OWN_FILE).write_text(
        """[[rule]]
        for = { playlist = "moments/rain" }
        when = { n_plays = ">= 2" }
        success = 0.9
        because = "One track on repeat is what this list is for."
        """
    )
    table = declared.of_home(home)
    assert table.facts.version != declared.defaults().facts.version
    again = {"played": 1, "n_plays": 2, "skip_grade": "early", "surface": "moments"}
    assert table.score(slot("sleep", **again, shelf="rain")).success[0] == 0.9
    assert table.score(slot("sleep", **again, shelf="wind")).success[0] == 0
    (tmp_path / declared.OWN_FILE).write_bytes(b"\xff")
    with pytest.raises(BadValue, match="is not UTF-8"):
        declared.of_home(home)


def test_the_more_particular_is_asked_first():
    table = declared.read(
        "\n".join(
            f"[[rule]]\nfor = {{ {for_} }}\nsuccess = {s}\nbecause = 'x.'"
            for s, for_ in enumerate(["", "device = 'mobile'"])
        ),
        "here",
    )
    assert [rule.success.value for rule in table.rules] == [1.0, 0.0]
    assert table.in_force({"device": "car"}) == [table.rules[1]]


def test_the_version_is_the_meaning():
    text = "[[rule]]\nwhen = {{ played = true }} {}\nsuccess = {}\nbecause = 'x.'"
    one, same, other = (
        declared.read(text.format(*f), "f") for f in (("", 1), ("# word", 1.0), ("", 0))
    )
    assert one.facts.version == same.facts.version != other.facts.version


RULE = "[[rule]]\nsuccess = 1\nbecause = 'x.'\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rule", "here is not TOML"),
        ("[[rul]]", "no key 'rul'; did you mean 'rule'"),
        ("rule = 3", r"write every rule as a table \[\[rule\]\]"),
        ("[[rule]]\nsuccess = 1", "rule 1 says no because"),
        (RULE + "[[rule]]\nbecause = 'x.'", "rule 2 says no success"),
        (RULE + "wen = {}", "no key 'wen'; did you mean 'when'"),
        (RULE + "when = 3", "rule 1.when is no table"),
        (RULE + "for = { intnt = 'sleep' }", "no place 'intnt'"),
        (RULE + "for = { intent = 'slep' }", "no intent 'slep'.*did you mean 'sleep'"),
        (RULE + "for = { device = 3 }", "rule 1.for.device is 3; give a word"),
        (
            RULE + "when = { ms_playd = '> 3 s' }",
            "rule 1.when.ms_playd: .*did you mean 'ms_played'",
        ),
        ("[[always]]\nsuccess = 2\nbecause = 'x.'", "always 1.success is 2"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(text, said):
    with pytest.raises(BadValue, match=said):
        declared.read(text, "here")


def test_a_situation_nobody_defined_is_refused():
    with pytest.raises(UnknownName, match="no intent 'slep'"):
        declared.defaults().in_force({"intent": "slep"})
    with pytest.raises(UnknownName, match="no place of a rule 'mood'"):
        declared.defaults().in_force({"mood": "sad"})
