"""Documents found by the sounds of their names, against all of them counted one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search.documents import Document
from ritornello.surfaces.search.sound_index import LEAST_SHARE, N_RUNS, Asked, Gathered, opened
from ritornello.surfaces.search.sounds import SIGNS, read_aloud, word_sounding

NAMES = [
    "radiohead",
    "moonlight harbour",
    "velvet queens",
    "velvet green",
    "river",
    "1975",
    "the quiet machines",
]
CREDITS = ["", "the quiet machines", "", "", "velvet queens", "velvet queens", ""]


def index_of(names, credits_=None):
    gathered = Gathered()
    for number, (name, credit) in enumerate(zip(names, credits_ or [""] * len(names), strict=True)):
        gathered.add(Document(f"track:{number}", "track", (name,), credit))
    return gathered.index()


INDEX = index_of(NAMES, CREDITS)


def nearest(text, maker=""):
    found, _ = INDEX.near([Asked(text, maker, 1.0)], 3)
    return NAMES[found[0]] if len(found) else None


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("radio head", "radiohead"),
        ("ratio hat", "radiohead"),
        ("moon light arbor", "moonlight harbour"),
        ("felt with queens", "velvet queens"),
        ("nineteen seventy five", "1975"),
        ("da quite machine", "the quiet machines"),
    ],
)
def test_what_sounds_nearly_so_is_found(heard, name):
    assert nearest(heard) == name


def test_hypotheses_add_up_and_who_made_it_decides():
    both = [Asked("felt with green", "", 0.2), Asked("velvet queen", "", 0.8)]
    assert NAMES[INDEX.near(both, 1)[0][0]] == "velvet queens"
    twins = index_of(["river", "river"], ["velvet queens", "the quiet machines"])
    assert twins.near([Asked("river", "the quite machine", 1.0)], 2)[0][0] == 1


def features(name):
    """The runs of three sounds and the keys of a name, written out."""
    words = [word_sounding(word) for word in read_aloud(name)]
    sounds = f" {''.join(word.sounds for word in words)} "
    return {sounds[at : at + 3] for at in range(len(sounds) - 2)} | {
        f"={k}" for w in words for k in w[:2]
    }


@given(st.lists(st.text("abcdeklmnorst ", min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=8), st.text("abcdeklmnorst ", min_size=1, max_size=12).filter(str.strip))  # fmt: skip
def test_nearness_is_the_cosine_of_rare_features(names, asked):
    names = [" ".join(name.split()) for name in names]
    index, of_names = index_of(names), [features(name) for name in names]
    n = len(names)
    held = {each for found in of_names for each in found}
    rarity = {f: max(np.log((n + 1) / (sum(f in o for o in of_names) + 1)), 0.05) for f in held}
    expected = np.array([
        sum(rarity[f] ** 2 for f in features(asked) & found)
        / max(np.sqrt(sum(rarity[f] ** 2 for f in found)), 1.0)
        for found in of_names
    ])  # fmt: skip
    rows, scores = index.near([Asked(asked, "", 1.0)], n)
    assert dict(zip(rows.tolist(), scores.tolist(), strict=True)) == {
        row: pytest.approx(value, rel=1e-4)
        for row, value in enumerate(expected)
        if value > LEAST_SHARE * expected.max() * (1 + 1e-6)
    }


def test_it_is_read_back_as_it_was_written(tmp_path):
    INDEX.write(tmp_path)
    again = opened(tmp_path)
    assert again.keys == INDEX.keys
    for name in ("starts", "postings", "rarity", "norms"):
        assert np.array_equal(getattr(again, name), getattr(INDEX, name))


def test_what_is_not_there_or_says_nothing_finds_nothing(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        opened(tmp_path)
    empty = index_of([])
    empty.write(tmp_path)
    for index in (empty, opened(tmp_path), index_of(["!!!"])):
        assert index.near([Asked("muse", "anybody", 1.0), Asked("", "", 1.0)], 5)[0].tolist() == []
    assert INDEX.near([], 5)[0].tolist() == []
    assert (len(SIGNS) + 1) ** 3 == N_RUNS
