"""One turn: what it says changed, what it cannot do, and what any text at all comes to."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.surfaces.search import axes, moves, questions, turns
from ritornello.surfaces.search.chips import Chip, parse
from ritornello.surfaces.search.standing import N_CHIPS, N_LETTERS, Standing, read
from tests.surfaces.search.conversing import dialogues, ground, rows

CALM = Standing().then("", [Chip("mood", "calm", "calm")])


def after(*texts, standing=CALM, on=None):
    turned = None
    for text in texts:
        turned = turns.turn(standing, text, on or ground())
        standing = turned.standing
    return turned


def shown(*item_ids):
    return msgspec.structs.replace(ground(), shown=rows(item_ids))


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["no live versions"], "not live"),
        (["from the eighties"], "from the 1980s"),
        (["forget the calm"], "no longer calm"),
        (["play Golden Hour instead"], "“Golden Hour”; no longer calm"),
        (["from the eighties", "undo"], "no longer from the 1980s"),
        (["undo", "undo"], "there is nothing to take back"),
        (["start over", "start over"], "nothing was asked for yet"),
        (["more like the second"], "like Golden Hour"),
        (["more like the ninth"], "only 5 results are shown, so none can be pointed at"),
        (["no live versions and more like the ninth"], "only 5 results are shown, so none can be pointed at; not live"),
        (["please"], "nothing changed"),
    ],
)  # fmt: skip
def test_a_turn_says_what_it_changed_or_why_it_could_not(texts, said):
    assert after(*texts).said == said


def test_starting_over_what_never_began_says_so():
    assert after("start over", standing=Standing()).said == "nothing was asked for yet"


def test_without_results_nothing_can_be_pointed_at_and_directions_have_no_place():
    nowhere = shown()
    assert "no results are shown" in after("not this artist", on=nowhere).said
    standing = after("calmer", "slower", "newer", "shorter", on=nowhere).standing
    assert {"energy:low", "tempo:slow", "era:latest", "length:short"} <= set(
        map(str, standing.chips)
    )
    older = after("older", on=nowhere)
    assert (older.standing.chips, older.said) == (CALM.chips, moves.NOBODY_KNOWS)


def test_what_has_no_maker_has_no_other_artist():
    assert after("someone else", on=shown("artist:acdc")).standing.chips[-1] == Chip(
        "by", "artist:acdc", "AC/DC", is_not=True
    )
    assert "nobody knows who made it" in after("someone else", on=_orphan()).said


def _orphan():
    on = ground()
    view = on.view
    alone = np.where(np.arange(len(view)) == rows(["track:train"])[0], -1, view.artist)
    orphaned = type(view)(**{n: getattr(view, n) for n in view.__slots__} | {"artist": alone})
    return msgspec.structs.replace(on, view=orphaned)


@pytest.mark.parametrize(("word", "move"), list(axes.MOVES.items()))
def test_saying_a_direction_again_goes_further_and_never_past_the_end(word, move):
    on, standing, seen = ground(), Standing(), []
    moved = {"calmer": "calmer", "livelier": "more energetic"}.get(word, word)
    for _ in range(40):
        standing = turns.turn(standing, moved, on).standing
        (chip,) = standing.chips
        parse(str(chip))
        seen.append(axes._bound(chip, move.sign))
    steps = np.diff(seen) * move.sign
    assert (steps >= 0).all()
    assert steps[0] > 0
    assert move.axis.low <= min(seen)
    assert max(seen) <= move.axis.high


def test_an_answer_is_one_of_those_offered_and_any_other_turn_drops_the_question():
    asked = turns.begin(Standing(), "Nova", ground())
    assert asked.question == asked.standing.question
    assert len(asked.question.answers) == 2
    for text in ("the jazz one", "1", "Nova jazz"):
        turned = turns.turn(asked.standing, text, ground())
        assert [str(chip) for chip in turned.standing.chips] == ["by:artist:nova1"]
        assert turned.question is None
    other = turns.turn(asked.standing, "calm", ground())
    assert (other.question, other.standing.question) == (None, None)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("Nova", {"artist"}), ("Origins", {"album", "show"}), ("Calm", {"track"})],
)
def test_names_that_many_know_are_known_by_their_fold(name, kinds):
    on = ground()
    found = on.namesakes[questions.fold(name)]
    assert {on.view.ids[row].partition(":")[0] for row in found} == kinds
    assert questions.namesakes_of(on.view, np.zeros(len(on.view), np.float32)) == {}


TEXTS = st.one_of(
    st.text(max_size=120),
    st.lists(
        st.sampled_from([word for each in dialogues() for text in each.says for word in text.split()]), max_size=14
    ).map(" ".join),
    st.sampled_from([text for each in dialogues() for text in each.says]),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(TEXTS, max_size=5))
def test_any_conversation_stays_within_bounds_and_goes_through_the_client(texts):
    on, standing, had_asked = ground(), Standing(), False
    for text in texts:
        turned = turns.turn(standing, text, on)
        standing = read(msgspec.json.encode(turned.standing.plain()))
        assert standing == turned.standing
        assert turned.said
        assert len(standing.words) <= N_LETTERS
        assert len(standing.chips) <= N_CHIPS
        assert not (had_asked and turned.question)
        had_asked = turned.question is not None
        assert all(c.value in on.view.number for c in standing.chips if c.kind in ("by", "like"))


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "calmer and " * 900,
        "(" * 5_000 + ")" * 5_000,
        "🎸" * 10_000,
        "not the " * 1_200,
        "َ" * 10_000,
    ],
    ids=lambda text: text[:5],
)
def test_ten_thousand_letters_get_an_answer(text):
    for turned in (turns.begin(CALM, text, ground()), turns.turn(CALM, text, ground())):
        assert read(msgspec.json.encode(turned.standing.plain())) == turned.standing


def test_every_move_of_the_table_is_made():
    assert {"energy", "tempo", "length", "era"} == {move.axis.kind for move in axes.MOVES.values()}
    for kinds in moves.ANY.values():
        for kind in kinds:
            value = {"era": "latest", "language": "es", "kind": "track", "new": "item", "heard": "ever", "tempo": "slow",
                     "energy": "low", "length": "short"}[kind]  # fmt: skip
            parse(f"{kind}:{value}")
