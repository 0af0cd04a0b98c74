"""Numbers as they are said: decades and years, tempi, lengths; in four languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search import chips
from ritornello.surfaces.search.lexicon import declared
from ritornello.surfaces.search.quantities import quantity
from ritornello.surfaces.search.tokens import words_of


def read(text):
    found = quantity(words_of(text), declared())
    return found.n, [str(chip) for chip in found.chips]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("90s", "era:1990..1999"), ("1990s", "era:1990..1999"), ("'90s", "era:1990..1999"), ("90's", "era:1990..1999"),
        ("the nineties", "era:1990..1999"), ("20s", "era:2020..2029"), ("2000s", "era:2000..2009"),
        ("early 90s", "era:1990..1993"), ("mid nineties", "era:1994..1996"), ("late 1990s", "era:1997..1999"),
        ("1994", "era:1994..1994"), ("the year 1994", "era:1994..1994"), ("before 1990", "era:..1989"),
        ("before the nineties", "era:..1989"), ("after 1999", "era:2000.."), ("since 2015", "era:2015.."),
        ("between 1990 and 1995", "era:1990..1995"), ("1990 to 1995", "era:1990..1995"), ("from the 70s to the 80s", "era:1970..1989"),
        ("90er", "era:1990..1999"), ("neunzigern", "era:1990..1999"), ("vor 1980", "era:..1979"), ("seit 2010", "era:2010.."),
        ("anfang der 90er", "era:1990..1993"), ("ende der neunziger", "era:1997..1999"),
        ("années 80", "era:1980..1989"), ("années quatre vingt dix", "era:1990..1999"), ("avant 1970", "era:..1969"),
        ("los 90", "era:1990..1999"), ("años 80", "era:1980..1989"), ("antes de 1980", "era:..1979"),
        ("120 bpm", "tempo:120..120"), ("around 100 bpm", "tempo:95..105"), ("90 to 110 bpm", "tempo:90..110"),
        ("under 100 beats per minute", "tempo:..100"), ("over 140 bpm", "tempo:140.."), ("über 120 bpm", "tempo:120.."),
        ("under 3 minutes", "length:..180"), ("3 minutes", "length:135..225"), ("longer than an hour", "length:3600.."),
        ("at most 20 min", "length:..1200"), ("30 to 40 minutes", "length:1800..2400"), ("unter 5 minuten", "length:..300"),
        ("moins de 3 minutes", "length:..180"), ("más de 20 minutos", "length:1200.."),
    ],
)  # fmt: skip
def test_a_quantity_is_read_whole(text, wanted):
    assert read(text) == (len(words_of(text)), [wanted])


@pytest.mark.parametrize(
    "text",
    ["", "90", "12", "1899", "2999", "s", "0s", "99s", "90x", "before", "before bed", "between", "between 1995 and 1990", "500 bpm",
     "0 bpm", "the", "early bird", "late", "3", "under 3", "100 hours of", "after party", "19940"],
)  # fmt: skip
def test_what_is_no_quantity_is_none(text):
    assert read(text) == (0, [])


def test_two_decades_joined_by_and_are_two():
    assert read("70s and 80s") == (1, ["era:1970..1979"])


@given(st.lists(st.sampled_from([*["0", "1", "5", "90", "1994", "2005", "80s", "the", "early", "late", "before", "after", "between", "and", "to", "under", "over", "bpm", "minutes", "hours", "year", "los", "annees", "s"], "٣", "²"]) | st.text(max_size=5), max_size=9))  # fmt: skip
def test_any_words_give_chips_that_are_chips(words):
    found = quantity(words, declared())
    assert 0 <= found.n <= len(words)
    assert bool(found.n) == bool(found.chips)
    for chip in found.chips:
        assert chips.parse(str(chip)) == chip
