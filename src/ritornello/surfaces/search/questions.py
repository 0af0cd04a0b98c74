"""One short question where a request can be meant in several ways, and what its answers come to.

Wish is only of names that many know: two artists of one name, a name in music and among shows, a word that is a mood
and a title as well. The request stands as it was read meanwhile, so the question can be passed over; the next turn is
its answer or any other turn. Never are two asked in a row.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import KINDS, NONE, View
from ritornello.surfaces.search import chips, phrases
from ritornello.surfaces.search.chips import Chip
from ritornello.surfaces.search.grammar import Reading
from ritornello.surfaces.search.spelling import fold
from ritornello.surfaces.search.standing import N_ANSWERS, Answer, Question, Wish

N_KNOWN = 5_000
"""A name is asked about only where its row is among so many most heard."""
MUSIC = ("track", "album", "artist")
TALK = ("show", "episode")

Namesakes = Mapping[str, tuple[int, ...]]
"""The rows that bear a name, folded; most heard first."""
NO_NAMES: Namesakes = {}


def namesakes_of(view: View, reach: NDArray[np.floating]) -> Namesakes:
    """Return the names of the ``N_KNOWN`` rows most heard, and which of these rows bear them.

    Parameters
    ----------
    reach : how much each row is heard, (n_rows,); 0 where it is not.
    """
    heard = np.flatnonzero(reach)
    known = heard[np.argsort(-reach[heard], kind="stable")[:N_KNOWN]]
    found: dict[str, tuple[int, ...]] = {}
    for row in known.tolist():
        name = fold(view.titles[row])
        if name:
            found[name] = (*found.get(name, ()), row)
    return found


def ask(reading: Reading, wish: Wish, namesakes: Namesakes, view: View) -> Question | None:
    """Return the question a request leaves; ``None`` where it is clear enough.

    Parameters
    ----------
    wish : what stands until somebody answers, the reading taken in.
    """
    for chip in reading.chips:
        rivals = [view.number[item_id] for item_id in _rivals(chip, reading, view)]
        if len(rivals) > 1:
            return _which(view, rivals, wish, chip)
    name = reading.words or (reading.chips[0].said if len(reading.chips) == 1 else "")
    rows = [row for row in namesakes.get(fold(name), ()) if view.canonical[row] == row]
    if not rows or (reading.words and reading.chips):
        return None
    artists = [row for row in rows if _kind(view, row) == "artist"]
    if len(artists) > 1:
        return _which(view, artists, wish, Chip("by", "", name))
    meant = reading.chips or next((doubt.chips for doubt in reading.doubts if doubt.chips), ())
    if reading.chips and phrases.plain(reading.text) != phrases.plain(name):
        return None
    if meant:
        as_read = Answer(_read_as(meant), "", chips.joined(wish.chips, meant))
        answers = [as_read, _named(view, rows[0], wish, without=meant)]
    else:
        first = [_first(view, rows, kinds) for kinds in (MUSIC, TALK)]
        answers = [_named(view, row, wish) for row in first if row is not None]
    return _question(f"“{name}”: which do you mean?", name, answers)


def answered(question: Question, text: str) -> Answer | None:
    """Return the answer a turn gives: by its place, its words, or words that only it has; ``None`` where it gives none.

    Examples
    --------
    >>> mood, title = Answer("the mood calm", "", ()), Answer("the track Calm by Artist 07", "Calm", ())
    >>> question = Question("“calm”: which do you mean?", "calm", (mood, title))
    >>> answered(question, "the mood, please") is mood, answered(question, "the second one") is title
    (True, True)
    >>> answered(question, "something slower")
    """
    for said in filter(None, phrases.telling(text)):
        meant = [each for each in question.answers if said <= _words(each.said)]
        if len(meant) == 1:
            return meant[0]
    nth = phrases.nth_of(text)
    if nth is None or nth == phrases.THIS or not -1 <= nth <= len(question.answers):
        return None
    return question.answers[nth - 1 if nth > 0 else nth]


def _question(text: str, about: str, answers: Sequence[Answer]) -> Question | None:
    """Return a question whose answers can be told apart; ``None`` where fewer than two are left."""
    told = {answer.said: answer for answer in answers}
    return Question(text, about, tuple(told.values())) if len(told) > 1 else None


def _rivals(chip: Chip, reading: Reading, view: View) -> list[str]:
    """Return the ids a name may mean where a reading doubts the one it took; no more than that one otherwise."""
    if chip.kind not in ("by", "like"):
        return []
    others = [each for doubt in reading.doubts if doubt.said == chip.said for each in doubt.chips]
    ids = [chip.value, *(each.value for each in others if each.kind == chip.kind)]
    return [item_id for item_id in dict.fromkeys(ids) if item_id in view.number]


def _which(view: View, rows: Sequence[int], wish: Wish, chip: Chip) -> Question | None:
    """Ask which of several of one name is meant."""
    stays = [each for each in wish.chips if str(each) != str(chip)]
    words = "" if fold(wish.words) == fold(chip.said) else wish.words
    answers = []
    for row in rows[:N_ANSWERS]:
        meant = Chip(chip.kind, view.ids[row], view.title(row), chip.is_not)
        answers.append(Answer(f"{view.title(row)} ({_detail(view, row)})", words, (*stays, meant)))
    return _question(f"Which {view.title(rows[0])}?", chip.said, answers)


def _named(view: View, row: int, wish: Wish, without: Iterable[Chip] = ()) -> Answer:
    kind, title, by = _kind(view, row), view.title(row), view.artist_name(row)
    gone = set(map(str, without))
    stays = tuple(chip for chip in wish.chips if str(chip) not in gone and chip.kind != "kind")
    said = f"the {kind} {title}" + (f" by {by}" if by and kind in ("track", "album") else "")
    return Answer(said, title, (*stays, Chip("kind", kind, f"the {kind}")))


def _detail(view: View, row: int) -> str:
    """Return what tells an artist from a namesake: the genre and what they made."""
    made = np.flatnonzero((view.artist == row) & view.available)
    genre = view.genres[view.genre[row]] if view.genre[row] != NONE else ""
    title = f"“{view.title(int(made[0]))}”" if made.size else ""
    return ", ".join(filter(None, (genre, title))) or view.ids[row]


def _read_as(meant: Sequence[Chip]) -> str:
    return " and ".join(f"the {chip.kind} {chip.value.replace('_', ' ')}" for chip in meant[:2])


def _first(view: View, rows: Sequence[int], kinds: Sequence[str]) -> int | None:
    return next((row for row in rows if _kind(view, row) in kinds), None)


def _kind(view: View, row: int) -> str:
    return KINDS[view.kind[row]]


def _words(text: str) -> set[str]:
    return set(phrases.plain(text).split())
