"""A pool as a form: every pool survives it, and what cannot be read is refused by its field."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.serve.web import editing_forms
from ritornello.surfaces import pools
from ritornello.surfaces.pools import Pool, Rule

BERLIN = ZoneInfo("Europe/Berlin")
WORDS = st.lists(st.sampled_from(["pop", "deep house", "lo-fi", "rhythm & blues"]), unique=True)
RULES = st.builds(
    Rule,
    genres=WORDS.map(tuple),
    moods=st.just(("calm",)),
    energy=st.none() | st.just((0.1, 0.85)),
    bpm=st.none() | st.just((90.0, 120.5)),
    years=st.none() | st.just((1960, 1999)),
    duration_s=st.none() | st.just((30.0, 600.0)),
    explicit=st.sampled_from([None, True, False]),
    kinds=st.sampled_from([("track",), ("episode",), ("track", "episode")]),
)
POOLS = st.builds(
    Pool,
    name=st.just("rain"),
    title=st.just("Rain & <b>wind</b>"),
    brief=st.just("For a wet afternoon."),
    intent=st.just("background"),
    length=st.integers(1, 100),
    spacing=st.integers(0, 20),
    eligible=st.lists(RULES, min_size=1, max_size=4).map(tuple),
    by_hand=st.just(("track:t1",)),
    arc=st.lists(st.sampled_from([0.0, 0.25, 0.6, 1.0]), max_size=5).map(tuple),
    hours=st.lists(st.sampled_from(["22-03", "06-09"]), unique=True).map(tuple),
    weekdays=st.lists(st.sampled_from(pools.WEEKDAYS), unique=True).map(tuple),
    devices=st.lists(st.sampled_from(["mobile", "car", "speaker"]), unique=True).map(tuple),
    until_at=st.none()
    | st.integers(1_770_000_000, 2_800_000_000).map(lambda s: datetime.fromtimestamp(s, UTC)),
)


@pytest.mark.parametrize("name", sorted(pools.shipped()))
def test_a_form_that_nobody_touched_is_the_same_pool(name: str) -> None:
    pool = pools.load(name)
    sent = editing_forms.sent_of(pool, BERLIN)
    assert editing_forms.read(sent, pool, BERLIN) == pool


@settings(max_examples=40)
@given(POOLS)
def test_any_pool_survives_its_form(pool: Pool) -> None:
    sent = editing_forms.sent_of(pool, BERLIN)
    assert editing_forms.read(sent, pool, BERLIN) == pool


def test_what_is_by_hand_is_not_the_forms_to_change() -> None:
    pool = pools.load("gym")
    kept = pools.made_of({**pools_values(pool), "must_include": ["track:t1"]}, "test")
    sent = {**editing_forms.sent_of(kept, BERLIN), "must_include": ["track:t9"], "name": ["other"]}
    read = editing_forms.read(sent, kept, BERLIN)
    assert (read.must_include, read.name) == (("track:t1",), "gym")


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("title", "", "there is no"),
        ("title", "x" * 129, "at most 128"),
        ("length", "many", "whole number"),
        ("length", "101", "at most 100"),
        ("length", "nan", "whole number"),
        ("spacing", "-1", "at least 0"),
        ("intent", "slep", "did you mean 'sleep'"),
        ("owner", "Editor 9", "a role in small letters"),
        ("arc", "0.2, 2", "numbers from 0 to 1"),
        ("hours", "evening", "such as 22-03"),
        ("hours", "25-26", "such as 22-03"),
        ("weekdays", "moonday", "did you mean 'monday'"),
        ("until_at", "soon", "a date and a time"),
        ("eligible-0-energy-to", "2", "at most 1"),
        ("eligible-0-energy-from", "0.9", "the least is first"),
        ("eligible-1-bpm-from", "fast", "a number"),
        ("eligible-1-kinds", "song", "there are episode, track"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(field: str, typed: str, words: str) -> None:
    sent = editing_forms.sent_of(pools.load("falling-asleep"), BERLIN)
    with pytest.raises(BadValue) as refused:
        editing_forms.read({**sent, field: [typed]}, None, BERLIN)
    trouble = editing_forms.trouble_of(refused.value)
    assert trouble.field == field.removesuffix("-from").removesuffix("-to")
    assert words in trouble.words


def test_a_rule_is_taken_away_and_those_after_it_move_up() -> None:
    pool = pools.load("falling-asleep")
    sent = editing_forms.without_rule(editing_forms.sent_of(pool, BERLIN), 1)
    left = editing_forms.read(sent, pool, BERLIN).eligible
    assert left == (pool.eligible[0], *pool.eligible[2:])


def test_one_end_of_a_range_is_enough_and_an_empty_rule_is_none() -> None:
    sent = editing_forms.sent_of(pools.load("yoga"), BERLIN)
    n = editing_forms.n_rules(sent)
    more = {f"eligible-{n}-energy-from": ["0.5"], f"eligible-{n + 1}-explicit": ["no"]}
    read = editing_forms.read({**sent, **more}, None, BERLIN)
    assert (len(read.eligible), read.eligible[-1].energy) == (n + 1, (0.5, 1.0))


def test_an_expiry_is_typed_in_the_zone_of_the_service() -> None:
    sent = editing_forms.sent_of(pools.load("yoga"), BERLIN)
    read = editing_forms.read({**sent, "until_at": ["2027-01-01T00:00"]}, None, BERLIN)
    assert read.until_at is not None
    assert read.until_at.isoformat() == "2027-01-01T00:00:00+01:00"
    assert editing_forms.sent_of(read, ZoneInfo("UTC"))["until_at"] == ["2026-12-31T23:00"]


def pools_values(pool: Pool) -> dict[str, object]:
    return {name: getattr(pool, name) for name in ("name", "title", "brief", "intent")} | {
        "by_hand": ["track:t1"]
    }
