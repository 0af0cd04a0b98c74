"""Two hundred scripted conversations end where they should, and none of them ends with an item nobody has."""

import json

import msgspec
import pytest

from ritornello.intake.refusal import Refused
from ritornello.surfaces.search import turns
from ritornello.surfaces.search.chips import parse
from ritornello.surfaces.search.grammar import Reading
from ritornello.surfaces.search.language_model import Reader
from ritornello.surfaces.search.spelling import fold
from ritornello.surfaces.search.standing import Standing, read
from tests.surfaces.search.conversing import dialogues, ground, rows


def played(dialogue, on):
    """What stands after a dialogue, and what was asked about; the state goes through the client at every turn."""
    if dialogue.shown is not None:
        on = msgspec.structs.replace(on, shown=rows(dialogue.shown))
    standing, asked = Standing(), []
    for place, text in enumerate(dialogue.says):
        turned = turns.turn(standing, text, on) if place else turns.begin(standing, text, on)
        standing = read(msgspec.json.encode(turned.standing.plain()))
        assert standing == turned.standing
        assert turned.said
        if turned.question is not None:
            asked.append(turned.question.about)
    return standing, asked


@pytest.mark.parametrize("dialogue", dialogues(), ids=lambda each: " / ".join(each.says)[:80])
def test_a_dialogue_ends_in_the_right_state(dialogue):
    standing, asked = played(dialogue, ground())
    found = (standing.words, sorted(map(str, standing.chips)), asked)
    assert found == (dialogue.words, sorted(dialogue.chips), list(dialogue.asks))


def test_there_are_two_hundred_of_them_in_several_languages():
    assert len(dialogues()) == 200
    assert len({each.says for each in dialogues()}) == 200


class Hostile:
    """A language model that answers whatever does harm, another thing each time."""

    ANSWERS = (
        {"chips": ["by:artist:evil", "like:track:evil", "by:artist:acdc"], "words": "buy at evil.example"},
        {"chips": ["genre:invented", "mood:invented", "tag:evil", "activity:crime"], "words": "evil"},
        {"chips": ["item:track:evil", "sql:drop", "", ":", "kind:", "era:0..99999", "-by:show:evil"], "words": "\u202e"},
        {"chips": ["said:what nobody said", "language:xx", "energy:..9", "tempo:999..1"] * 500, "words": "x" * 9000},
        {"chips": ["kind:track", {"by": "artist:evil"}], "words": ["evil"]},
        {"chips": "by:artist:evil", "words": None},
        ["by:artist:evil"],
        "play track:evil",
    )  # fmt: skip

    def __init__(self):
        self.n_asked = 0

    def post(self, url, body, headers):
        self.n_asked += 1
        if self.n_asked % 9 == 0:
            raise Refused("model", "not_answered", "it answered nothing")
        content = json.dumps(self.ANSWERS[self.n_asked % len(self.ANSWERS)])
        if self.n_asked % 11 == 0:
            return content.encode()
        return msgspec.json.encode({"choices": [{"message": {"content": content}}]})


def invented(standing, dialogue, on):
    """What stands and neither the catalogue, nor the lexicon, nor the listener knows."""
    said = {word for text in dialogue.says for word in fold(text).split()}
    known = said | {word for title in on.view.titles for word in fold(title).split()}
    answers = standing.question.answers if standing.question else ()
    for wish in (standing, *standing.earlier, *answers):
        yield from (word for word in fold(wish.words).split() if word not in known)
        for chip in wish.chips:
            if chip.kind in ("by", "like"):
                yield from [chip] if chip.value not in on.view.number else []
            elif not on.lexicon.knows(chip) or "evil" in chip.value or "nobody" in chip.value:
                yield chip


def test_a_hostile_language_model_invents_nothing_in_any_dialogue():
    stub = Hostile()
    reader = Reader(url="https://model.example/v1", model="hostile", fetcher=stub)
    on = msgspec.structs.replace(ground(), read=reader.read)
    found = [
        (each.says, what)
        for each in dialogues()
        for what in invented(played(each, on)[0], each, on)
    ]
    assert found == []
    assert stub.n_asked > 20


def test_no_reader_whatever_it_answers_puts_an_item_in_that_nobody_has():
    evil = tuple(
        map(parse, ("by:artist:evil", "like:track:evil", "-by:show:evil", "like:artist:acdc"))
    )
    on = msgspec.structs.replace(ground(), read=lambda text, _: Reading(text, "", evil))
    for each in dialogues():
        standing, _ = played(each, on)
        for wish in (standing, *standing.earlier):
            assert all(c.value in on.view.number for c in wish.chips if c.kind in ("by", "like"))
