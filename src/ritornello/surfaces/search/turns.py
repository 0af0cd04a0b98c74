"""One turn of a conversation: what was said changes what is asked for.

A turn is heard as phrases (:mod:`~ritornello.surfaces.search.phrases`: undo, calmer, more like the second …) with "and"
or commas between; whatever fits no phrase is read like a first request and laid over what stands
(:mod:`~ritornello.surfaces.search.overlay`). What is said of the results ("the second", "calmer") is said of what was
shown, and is written into the state as what it came to, so that the state means the same without them.

Nothing here makes up an item: an id in a chip is that of something shown, or one of the catalogue that the reading took;
any other is dropped.
"""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from ritornello.surfaces.search import overlay, phrases, questions, telling
from ritornello.surfaces.search.chips import Chip
from ritornello.surfaces.search.grammar import Doubt, Reading
from ritornello.surfaces.search.ground import Ground
from ritornello.surfaces.search.moves import Moved, move
from ritornello.surfaces.search.phrases import THIS, Said, Utterance
from ritornello.surfaces.search.standing import Question, Standing, Wish


class Turned(msgspec.Struct, frozen=True):
    """What stands after a turn, in a few words what changed, the question that is left, and what else may be meant."""

    standing: Standing
    said: str
    question: Question | None = None
    doubts: tuple[Doubt, ...] = ()


class _Taken(msgspec.Struct, frozen=True):
    """What a turn came to: the request, why a part of it could not be done, and how the last of the rest was read."""

    wish: Wish
    fault: str = ""
    reading: Reading | None = None


def turn(standing: Standing, text: str, ground: Ground) -> Turned:
    """Return what is asked for after one more turn; any text gets an answer.

    Parameters
    ----------
    standing : what the listener sees now; the client kept it.
    """
    if standing.question is not None:
        answer = questions.answered(standing.question, text)
        if answer is not None:
            return _turned(standing, standing.then(answer.words, answer.chips), ground)
    utterance = phrases.hear(text)
    does = {said.does for said in phrases.meant(utterance.words, 0, len(utterance.words))}
    if "undo" in does:
        return _turned(
            standing, standing.undone(), ground, unchanged="there is nothing to take back"
        )
    if "over" in does:
        return _turned(standing, standing.over(), ground, unchanged="nothing was asked for yet")
    if "skip" in does and standing.question is not None:
        return _turned(standing, standing.then(standing.words, standing.chips), ground)
    return _asked(standing, _taken_in(standing, utterance, ground), ground)


def begin(standing: Standing, text: str, ground: Ground) -> Turned:
    """Return what is asked for by a request that is not said to go on from another; the chips that stand hold.

    The whole text is read as a request and no part of it as a phrase: whoever types "back" at first looks for it.
    """
    reading = ground.reading(text)
    wish = overlay.laid_over(Wish("", standing.chips), reading, ground)
    return _asked(standing, _Taken(wish, reading=reading), ground)


def _asked(standing: Standing, taken: _Taken, ground: Ground) -> Turned:
    """Return a turn's answer with the question it leaves, if it answered none."""
    after = standing.then(taken.wish.words, taken.wish.chips)
    if taken.reading is None:
        return _turned(standing, after, ground, taken.fault)
    if standing.question is None:
        question = questions.ask(taken.reading, taken.wish, ground.namesakes, ground.view)
        after = after if question is None else after.asking(question)
    turned = _turned(standing, after, ground, taken.fault)
    return replace(turned, doubts=taken.reading.doubts)


def _taken_in(standing: Standing, utterance: Utterance, ground: Ground) -> _Taken:
    """Take an utterance in, the longest part that is a phrase first; what is left over is read as a request."""
    wish, fault = Wish(standing.words, standing.chips), ""
    start, left, nth, texts = 0, 0, THIS, []
    while start < len(utterance.words):
        end, said, moved = _first_move(wish, utterance, start, ground, nth)
        if moved is not None:
            texts.append(utterance.meaning(left, start))
            wish, fault, nth = moved.wish, fault or moved.fault, said.nth or nth
        if moved is not None or (left == start and utterance.is_answer(start, end)):
            left = end
        start = end
    texts.append(utterance.meaning(left, len(utterance.words)))
    reading = None
    for text in filter(None, texts):
        reading = ground.reading(text)
        wish = overlay.laid_over(wish, reading, ground)
    return _Taken(wish, fault, reading)


def _first_move(
    wish: Wish, utterance: Utterance, start: int, ground: Ground, nth: int
) -> tuple[int, Said, Moved | None]:
    """Return where the longest part from a place ends that moves something, and what it does; else its first end.

    Parameters
    ----------
    nth : the result that was spoken of last, which "that one" is.
    """
    ends = [end for end in utterance.ends if end > start]
    for end in reversed(ends):
        for said in phrases.meant(utterance.words, start, end):
            pointing = replace(said, nth=said.nth or nth)
            moved = move(wish, pointing, utterance.meaning(*said.what), ground)
            if moved is not None:
                return end, pointing, moved
    return ends[0], Said(""), None


def _turned(
    before: Standing,
    after: Standing,
    ground: Ground,
    fault: str = "",
    unchanged: str = "nothing changed",
) -> Turned:
    """Return a turn's answer: why a part could not be done and what changed, or what is said where nothing did."""
    told = "; ".join(filter(None, [fault, *_told(before, after, ground)]))
    return Turned(after, told or unchanged, after.question)


def _told(before: Standing, after: Standing, ground: Ground) -> Iterator[str]:
    """Say what changed, in a few words."""
    if after.words != before.words:
        yield f"“{after.words}”" if after.words else f"no longer “{before.words}”"
    for chip in _only_in(after.chips, before.chips):
        yield telling.words(chip, ground.title)
    for chip in _only_in(before.chips, after.chips):
        yield f"no longer {telling.words(chip, ground.title)}"


def _only_in(these: Iterable[Chip], those: Iterable[Chip]) -> list[Chip]:
    known = set(map(str, those))
    return [chip for chip in these if str(chip) not in known]
