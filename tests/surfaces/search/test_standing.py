"""The state of a conversation: changed one step at a time, taken back, and believed only within bounds."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.surfaces.search import standing
from ritornello.surfaces.search.chips import Chip
from ritornello.surfaces.search.standing import (
    DEPTH,
    N_CHIPS,
    N_LETTERS,
    Answer,
    Question,
    Standing,
    read,
)

CALM = Chip("mood", "calm", "calm please")
LIVE = Chip("version", "live", "no live", is_not=True)

chips = st.builds(
    Chip,
    st.just("mood"),
    st.text("abcdefgh", min_size=1, max_size=8),
    st.text(max_size=50).filter(lambda text: text.isprintable()),
    st.booleans(),
)
wishes = st.tuples(st.text(max_size=40), st.lists(chips, max_size=5))


def through_the_client(state):
    return read(msgspec.json.encode(state.plain()))


@given(st.lists(wishes, max_size=30))
def test_a_state_goes_through_the_client_unchanged_and_every_change_is_taken_back(changes):
    states = [Standing()]
    for words, some in changes:
        after = states[-1].then(words, some)
        assert through_the_client(after) == after
        if (after.words, after.chips) != (states[-1].words, states[-1].chips):
            states.append(after)
    state = states[-1]
    for before in states[-2 : -2 - DEPTH : -1]:
        state = state.undone()
        assert (state.words, state.chips) == (before.words, before.chips)
    assert len(state.undone().earlier) == 0
    assert state.undone().undone() == state.undone()


def test_one_chip_goes_and_the_rest_stays():
    state = Standing().then("rain", [CALM, LIVE])
    assert state.without("-version:live").chips == (CALM,)
    assert state.without("version:live") == state
    assert state.without("mood:calm").without("-version:live").over().is_empty


def test_of_one_chip_the_later_words_stand_and_too_many_let_the_oldest_go():
    again = Chip("mood", "calm", "really calm")
    assert Standing().then("", [CALM, LIVE, again]).chips == (again, LIVE)
    many = [Chip("mood", f"word {n}") for n in range(N_CHIPS + 3)]
    assert Standing().then("", many).chips == tuple(many[3:])


def test_words_are_cut_at_a_word():
    assert standing.cut("  a   b  ") == "a b"
    assert standing.cut("x" * 10_000) == "x" * N_LETTERS
    cut = standing.cut("seven77 " * 1_000)
    assert len(cut) <= N_LETTERS
    assert set(cut.split()) == {"seven77"}


def test_a_question_waits_for_one_turn():
    answers = (Answer("the mood", "", (CALM,)), Answer("the track", "Calm", ()))
    asking = Standing().then("calm", []).asking(Question("Which?", "calm", answers))
    assert through_the_client(asking) == asking
    assert asking.then("calm", []).question is None
    assert asking.then("rain", []).question is None
    assert asking.undone().question is None


FULL = {
    "words": "w" * N_LETTERS,
    "chips": [{"chip": f"mood:{n} {'m' * 180}", "said": "ｓ" * 80} for n in range(N_CHIPS)],
}


def test_whatever_is_said_a_state_can_be_read_again():
    state = Standing()
    for n in range(DEPTH):
        chips = [Chip("mood", f"{n} {m} " + "蛙" * 150, "🎸" * 10_000) for m in range(N_CHIPS)]
        state = state.then(f"{n} " + "🎸" * 10_000, chips)
        assert through_the_client(state) == state
    answers = tuple(Answer(f"{n}" + "🎸" * 999, state.words, state.chips) for n in range(4))
    asking = state.asking(Question("🎸" * 999, "🎸" * 999, answers))
    assert through_the_client(asking) == asking
    assert len(asking.earlier) < len(state.earlier) < DEPTH


def test_the_largest_state_there_is_can_be_read():
    chips = [Chip("mood", "m" * 60, str(n), bool(n % 2)) for n in range(2)]
    state = Standing()
    for n in range(DEPTH + 5):
        state = state.then(f"{n} " + "word " * 200, chips)
    assert through_the_client(state) == state
    assert len(state.earlier) == DEPTH


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{", b"\xff\xfe", b'{"words": 7}', b'{"words": "x", "more": 1}', b"[" * 60_000,
        json.dumps({"words": "w" * (N_LETTERS + 1)}), json.dumps({"chips": FULL["chips"] * 2}),
        json.dumps({"earlier": [{}] * (DEPTH + 1)}), json.dumps({"chips": [{"chip": ""}]}),
        json.dumps({"chips": [{"chip": "nonsense"}]}), json.dumps({"chips": [{"chip": "evil:thing"}]}),
        json.dumps({"chips": [{"chip": "like:../../etc"}]}), json.dumps({"chips": [{"chip": "mood:calm", "x": 1}]}),
        json.dumps({"question": {"text": "t", "about": "a", "answers": [{"said": "one"}]}}),
        json.dumps({"question": {"text": "t", "about": "a", "answers": [{"said": "s"}] * 5}}),
        json.dumps({"earlier": [{"chips": [{"chip": "sql:drop"}]}]}), json.dumps({"words": "x" * 140_000}),
        json.dumps({"earlier": [FULL] * DEPTH}),
    ],
)  # fmt: skip
def test_what_no_state_can_be_is_refused_in_words(body):
    with pytest.raises(BadValue) as refused:
        read(body)
    assert 10 < len(str(refused.value)) < 600


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_bytes_are_a_state_or_are_refused(body):
    try:
        state = read(body)
    except BadValue:
        return
    assert through_the_client(state) == state
