"""The words of intents, where they are declared, and which of several sources holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.signals import intents
from ritornello.signals.intents import INTENTS, Declared, p_intent
from ritornello.store.home import Home

DECLARED = intents.read(
    """
[surfaces]
discover_weekly = "discover"
search = ["known_item", "browse"]
[contexts]
show = "keep_up"
[playlists]
"playlist:night" = "sleep"
""",
    "intents.toml",
)


def beginnings(*rows):
    """Columns of rows ``(stated, context_kind, context_id, surface)``."""
    names = ("intent_stated", "context_kind", "context_id", "surface")
    columns = zip(*rows, strict=True) if rows else ((),) * 4
    return {name: np.array(c, dtype=object) for name, c in zip(names, columns, strict=True)}


def word(row):
    assert row.sum() == 1
    return INTENTS[int(row.argmax())]


def test_a_playlist_stands_before_a_surface_and_a_surface_before_a_kind_of_context():
    found = p_intent(
        beginnings(
            (None, "playlist", "playlist:night", "discover_weekly"),
            (None, "playlist", "playlist:other", "discover_weekly"),
            (None, "show", "playlist:night", "home"),
            (None, "show", None, "discover_weekly"),
            (None, None, None, None),
        ),
        DECLARED,
    )
    words = [word(row) for row in found.p]
    assert words == ["sleep", "discover", "keep_up", "discover", "unknown"]
    assert list(found.how) == ["declared"] * 4 + ["unknown"]


def test_the_listeners_own_word_stands_before_everything():
    rows = [
        ("party", "playlist", "playlist:night", "home"),
        ("dancing", "playlist", "playlist:night", "home"),
        ("unknown", None, None, "discover_weekly"),
    ]
    found = p_intent(beginnings(*rows), DECLARED)
    assert [word(row) for row in found.p] == ["party", "sleep", "discover"]
    assert list(found.how) == ["stated", "declared", "declared"]


def test_several_words_leave_the_choice_to_what_the_visit_looks_like():
    inferred = np.zeros((3, len(INTENTS)))
    inferred[0, [intents.number("browse"), intents.number("sleep")]] = 0.3, 0.7
    inferred[1, intents.number("sleep")] = 1.0
    inferred[2, intents.number("sleep")] = 1.0
    rows = [(None, None, None, "search"), (None, None, None, "search"), (None, None, None, "home")]
    found = p_intent(beginnings(*rows), DECLARED, inferred)
    assert word(found.p[0]) == "browse"
    assert found.p[1, intents.number("known_item")] == found.p[1, intents.number("browse")] == 0.5
    assert word(found.p[2]) == "sleep"
    assert list(found.how) == ["narrowed", "narrowed", "inferred"]


texts = st.one_of(
    st.none(), st.sampled_from(["", "party", "search", "show", "playlist", "playlist:night", "x"])
)


@given(st.lists(st.tuples(texts, texts, texts, texts), max_size=12))
def test_every_row_sums_to_one_and_is_read_as_if_it_stood_alone(rows):
    found = p_intent(beginnings(*rows), DECLARED)
    assert found.p.shape == (len(rows), len(INTENTS))
    np.testing.assert_allclose(found.p.sum(axis=1), 1)
    for place, row in enumerate(rows):
        alone = p_intent(beginnings(row), DECLARED)
        np.testing.assert_array_equal(alone.p[0], found.p[place])
        assert alone.how[0] == found.how[place]


def test_only_what_is_certain_becomes_a_row_of_the_relation():
    assert set(DECLARED.rows()) == {
        ("playlist", "playlist:night", None, "sleep"),
        (None, None, "discover_weekly", "discover"),
        ("show", None, None, "keep_up"),
    }


def test_what_is_shipped_can_be_meant_and_a_home_lays_its_own_over_it(tmp_path):
    shipped = intents.defaults()
    assert shipped.words("playlist", "playlist:x", "discover_weekly") == ("discover",)
    (tmp_path / "intents.toml").write_text(
        '[playlists]\n"playlist:night" = "sleep"\n[surfaces]\nhome = "browse"\n', encoding="utf-8"
    )
    own = intents.of_home(Home(tmp_path))
    assert own.words("playlist", "playlist:night", "home") == ("sleep",)
    assert own.words("", "", "home") == ("browse",)
    assert own.words("", "", "discover_weekly") == ("discover",)
    assert intents.of_home(Home(tmp_path / "elsewhere")) == shipped


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[surface]\n", "no table [surface]; did you mean 'surfaces'?"),
        ('surfaces = "x"', "surfaces is no table"),
        ('[contexts]\nplaylists = "sleep"', "is no kind of context; did you mean 'playlist'?"),
        ('[surfaces]\nhome = "slep"', "surfaces.home: no intent 'slep'"),
        ('[surfaces]\nhome = "slep"', "did you mean 'sleep'?"),
        ("[surfaces]\nhome = []", "surfaces.home is []"),
        ("[surfaces]\nhome = 3", "surfaces.home is 3"),
        ("[surfaces", "own.toml is not TOML"),
    ],
)
def test_a_file_that_cannot_be_meant_says_where_and_what_to_do(text, says):
    with pytest.raises(BadValue) as refused:
        intents.read(text, "own.toml")
    assert says in str(refused.value)
    assert "own.toml" in str(refused.value)


def test_a_file_of_bytes_is_refused(tmp_path):
    (tmp_path / "intents.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadValue, match="is not UTF-8"):
        intents.of_home(Home(tmp_path))


def test_words_are_few_and_each_says_what_it_means():
    assert len(INTENTS) <= 12
    assert INTENTS[-1] == "unknown"
    with pytest.raises(UnknownName, match="did you mean 'sleep'"):
        intents.number("slepe")
    assert isinstance(Declared().words("", "", ""), tuple)
