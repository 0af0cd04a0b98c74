"""Chips as text and back, as people read them, and what is refused."""

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalog.version_words import VERSIONS
from ritornello.catalog.view import KINDS, spelt
from ritornello.kinds.errors import BadValue
from ritornello.surfaces.search import chips, telling
from ritornello.surfaces.search.chips import CHIP_KINDS, MAX_CHIPS, Chip

KEYS = st.text(string.ascii_letters + string.digits + "._~-", min_size=1, max_size=64)
WORDS = st.text(min_size=1, max_size=40).map(spelt).filter(lambda w: w and w.isprintable())
NUMBERS = st.integers(0, 9999)
RANGES = st.tuples(NUMBERS, NUMBERS).map(lambda ends: f"{min(ends)}..{max(ends)}") | NUMBERS.map(
    lambda n: f"..{n}"
)
YEARS = st.tuples(st.integers(1000, 9999), st.integers(1000, 9999)).map(
    lambda ends: chips.years(min(ends), max(ends))
)
DAYS = st.dates(date(1900, 1, 1), date(2099, 1, 1)).map(lambda day: f"{day}..")
VALUES = {
    "kind": st.sampled_from(KINDS),
    "by": st.builds("{}:{}".format, st.sampled_from(["artist", "show"]), KEYS),
    "like": st.builds("{}:{}".format, st.sampled_from(KINDS), KEYS),
    "activity": st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True),
    "era": YEARS | DAYS | st.sampled_from(["latest", "this_year", "last_year"]),
    "tempo": RANGES | st.sampled_from(["slow", "medium", "fast", "slower", "faster"]),
    "energy": RANGES | st.sampled_from(["low", "high", "lower", "higher"]),
    "language": st.from_regex(r"[a-z]{2,3}", fullmatch=True),
    "version": st.sampled_from(VERSIONS),
    "new": st.sampled_from(["item", "artist"]),
    "heard": st.sampled_from(["ever", "often", "lately", "loved"]),
    "length": RANGES | st.sampled_from(["short", "long"]),
    "explicit": st.just("yes"),
}
ANY = st.sampled_from(CHIP_KINDS).flatmap(
    lambda kind: st.builds(Chip, st.just(kind), VALUES.get(kind, WORDS), st.just(""), st.booleans())
)


@given(ANY)
def test_text_and_chip_are_the_same_thing(chip):
    assert chips.parse(str(chip)) == chip
    assert chip.turned.turned == chip


@given(ANY)
def test_every_chip_can_be_told(chip):
    told = telling.words(chip)
    assert told
    assert told.startswith("not ") == chip.is_not or not chip.is_not


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mood:calm", "calm"),
        ("-version:live", "not live"),
        ("kind:track", "tracks"),
        ("by:artist:a", "by Title of artist:a"),
        ("like:track:t", "like Title of track:t"),
        ("era:1990..1999", "from the 1990s"),
        ("era:1994..1994", "from 1994"),
        ("era:1990..1995", "from 1990 to 1995"),
        ("era:..1969", "up to 1969"),
        ("era:2015..", "since 2015"),
        ("era:this_year", "this year"),
        ("tempo:slow", "slow"),
        ("tempo:120..140", "120 to 140 bpm"),
        ("tempo:..100", "at most 100 bpm"),
        ("energy:lower", "calmer"),
        ("energy:low", "low energy"),
        ("era:2026-10-01..2026-10-31", "from 2026-10-01 to 2026-10-31"),
        ("energy:0.5..", "energy at least 0.5"),
        ("language:de", "in German"),
        ("language:xx", "in xx"),
        ("length:..180", "at most 3 min"),
        ("activity:rainy_day", "for a rainy day"),
        ("activity:running", "for running"),
        ("instrument:piano", "with piano"),
        ("new:item", "never heard"),
        ("heard:lately", "heard lately"),
        ("said:burnout", "speaks of “burnout”"),
    ],
)
def test_chips_are_told_in_words(text, told):
    assert telling.words(chips.parse(text), lambda item_id: f"Title of {item_id}") == told


@pytest.mark.parametrize(
    "text",
    [
        "", ":", "calm", "mood:", "mood:Calm", "mood:  calm", "mood:calm\n", "moods:calm", "--mood:calm",
        "kind:listener", "by:track:1", "by:Artist 0421", "like:nobody", "like:track:", "era:1999..1990",
        "era:..", "era:1990", "era:1990-13-01..", "tempo:quick", "tempo:9..1", "language:German", "language:d",
        "version:vinyl", "explicit:no", "new:yes", "said:" + "x" * 300, "energy:nan..", "tempo:inf..",
        "era:٠٩٩٩..", "length:１..２",
    ],
)  # fmt: skip
def test_what_is_no_chip_is_refused_in_words(text):
    with pytest.raises(BadValue) as refused:
        chips.parse(text)
    assert str(refused.value)


@given(st.lists(st.text(max_size=60) | ANY.map(str), max_size=40))
def test_texts_from_outside_are_read_or_become_faults(texts):
    found, faults = chips.read(texts)
    assert len({str(chip) for chip in found}) == len(found) <= MAX_CHIPS
    assert all(str(chip) in texts for chip in found)
    assert all(fault.rule in ("no_chip", "too_many") for fault in faults)


@given(st.lists(ANY, max_size=6), st.lists(ANY, max_size=6))
def test_joined_chips_never_contradict_and_the_later_wins(before, after):
    joined = {str(chip) for chip in chips.joined(before, after)}
    assert not joined & {str(chip.turned) for chip in chips.joined((), after)}
    assert {str(chip) for chip in chips.joined((), after)} <= joined
