"""Letters as sounds, sounds as letters, and which words sound alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.evaluate.sounding import MAX_LETTERS, Known, Sounds, number_said, said, stated

SOUNDS = Sounds(stated())


@pytest.mark.parametrize(
    ("word", "heard"),
    [("phone", "fon"), ("night", "nYt"), ("late", "lEt"), ("bell", "bel"), ("queen", "kwin")],
)
def test_a_word_sounds_as_it_is_read(word, heard):
    assert SOUNDS.of(word) == heard


@pytest.mark.parametrize(("a", "b"), [("fone", "phone"), ("kat", "cat"), ("beet", "beat")])
def test_spellings_of_one_sound_sound_the_same(a, b):
    assert SOUNDS.of(a) == SOUNDS.of(b)


def test_every_sound_can_be_written_and_has_neighbours_that_can_be_written():
    tables = stated()
    used = set(
        "".join(tables.spelt.values()) + "".join(tables.long.values()) + "".join(tables.near)
    )
    assert used <= set(tables.written)
    assert all(set(near) <= set(tables.written) for near in SOUNDS.neighbours.values())
    assert "p" not in SOUNDS.neighbours["p"]


def test_place_is_lost_before_voicing():
    near = SOUNDS.neighbours["p"]
    assert near["t"] == near["k"] == 3 * near["b"]


@given(st.text(max_size=60), st.integers(0, 2**32))
def test_altered_sounds_can_be_written(word, seed):
    rng = np.random.default_rng(seed)
    heard, written = SOUNDS.altered(word, rng)
    assert set(heard) <= set(stated().written)
    assert "".join(letters for letters, _ in SOUNDS.pieces(word)) == word[:MAX_LETTERS]
    assert bool(written) or not heard


@given(st.text(max_size=300))
def test_what_is_said_is_small_letters_and_digits(name):
    assert all(c.isalnum() and c == c.lower() for word in said(name) for c in word)


@given(st.integers(0, 9999))
def test_a_number_is_said_in_words(n):
    assert all(word.isalpha() for word in number_said(str(n)))


def test_a_word_that_sounds_near_is_known_and_the_frequent_one_comes_more_often():
    known = Known(SOUNDS, ["rain", "lane"], {"reign": 5})
    rng = np.random.default_rng(1)
    drawn = [known.near(SOUNDS.of("rane"), "rane", rng) for _ in range(200)]
    assert set(drawn) == {"rain", "reign", "lane"}
    assert drawn.count("rain") > drawn.count("lane")
    assert known.near("SSSSSS", "", rng) == ""
