"""Two hundred scripted conversations end where they should, and none of them ends with an item nobody has."""

import msgspec
import pytest

from ritornello.surfaces.search import turns
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
