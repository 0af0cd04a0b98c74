"""What a phrase does to what is asked for: go further along, point at a result, let something go, ask for another thing.

A move that can do nothing answers ``None``, and the next meaning of the same words is tried.
"""

from collections.abc import Callable

import msgspec

from ritornello.catalog.view import KINDS, NONE
from ritornello.surfaces.search import axes, chips, overlay, telling
from ritornello.surfaces.search.chips import Chip
from ritornello.surfaces.search.ground import Ground
from ritornello.surfaces.search.phrases import LAST, THIS, Said, plain
from ritornello.surfaces.search.standing import Wish

ANY = {
    "any_era": {"era"},
    "any_language": {"language"},
    "any_tempo": {"tempo"},
    "any_energy": {"energy"},
    "any_length": {"length"},
    "any_kind": {"kind"},
    "any_history": {"new", "heard"},
}
KIND_WORDS = {
    "era": {"era", "year", "years", "decade", "jahr", "jahrzehnt", "annee", "epoque", "ano", "epoca"},
    "language": {"language", "sprache", "langue", "idioma"},
    "tempo": {"tempo", "speed", "bpm"},
    "energy": {"energy", "energie", "energia"},
    "length": {"length", "duration", "lange", "duree", "duracion"},
    "genre": {"genre", "genero", "style", "stil"},
    "mood": {"mood", "moods", "stimmung", "humeur", "animo"},
    "instrument": {"instrument", "instruments", "instrumento"},
    "activity": {"activity", "activite", "actividad"},
    "version": {"version", "versions"},
    "by": {"artist", "artiste", "artista", "kunstler", "band"},
}  # fmt: skip
"""What the kinds of chips are called."""


NOBODY_KNOWS = "nobody knows it of what is shown, so nothing lies further along"


class Point(msgspec.Struct, frozen=True):
    """What comes of pointing at a result: the chip's kind and sign, and whether whoever made it is meant."""

    kind: str
    is_not: bool = False
    is_maker: bool = False


POINTS = {
    "like": Point("like"),
    "unlike": Point("like", is_not=True),
    "like_artist": Point("like", is_maker=True),
    "less_artist": Point("like", is_not=True, is_maker=True),
    "only_artist": Point("by", is_maker=True),
    "no_artist": Point("by", is_not=True, is_maker=True),
}


class Moved(msgspec.Struct, frozen=True):
    """What is asked for after a move, or why it could not be made."""

    wish: Wish
    fault: str = ""


def move(wish: Wish, said: Said, written: str, ground: Ground) -> Moved | None:
    """Return what a phrase does to a request; ``None`` where it does nothing.

    Parameters
    ----------
    written : the words in the phrase's gap.
    """
    if said.does in axes.MOVES:
        chip = overlay.further(wish, said.does, said.much, ground, said.does)
        return Moved(wish, NOBODY_KNOWS) if chip is None else Moved(_with(wish, chip))
    if said.does in POINTS:
        return _pointed(wish, said, POINTS[said.does], ground)
    if said.does in ANY:
        return Moved(_less(wish, lambda c: c.kind in ANY[said.does] and not c.is_not))
    if said.does == "read":
        return Moved(overlay.laid_over(wish, ground.words(said.read_as), ground))
    found = BY_WORDS[said.does](wish, written, ground) if said.does in BY_WORDS else None
    return None if found is None else Moved(found)


def _pointed(wish: Wish, said: Said, point: Point, ground: Ground) -> Moved:
    n, view = len(ground.shown), ground.view
    place = {LAST: n - 1, THIS: 0}.get(said.nth, said.nth - 1)
    if not 0 <= place < n:
        shown = f"only {n} results are shown" if n else "no results are shown"
        return Moved(wish, f"{shown}, so none can be pointed at")
    row = int(view.canonical[ground.shown[place]])
    if point.is_maker and KINDS[view.kind[row]] not in ("artist", "show"):
        row = int(view.artist[row])
    if row == NONE:
        return Moved(wish, "nobody knows who made it")
    name = view.title(row)
    is_about_it = not point.is_not or plain(wish.words) == plain(name)
    chip = Chip(point.kind, view.ids[row], name, point.is_not)
    return Moved(_with(Wish("" if is_about_it else wish.words, wish.chips), chip))


def _forgotten(wish: Wish, written: str, ground: Ground) -> Wish | None:
    """Let go of the chips that words mean, or the words themselves."""
    meant = {_unsigned(chip) for chip in ground.words(written).chips}
    text = plain(written)
    for belongs in (
        lambda chip: _unsigned(chip) in meant,
        lambda chip: text in (plain(chip.said), plain(telling.words(chip, ground.title))),
        lambda chip: not KIND_WORDS.get(chip.kind, set()).isdisjoint(text.split()[-1:]),
    ):
        left = _less(wish, belongs)
        if left != wish:
            return left
    if wish.words and f" {text} " in f" {plain(wish.words)} ":
        return Wish("", wish.chips)
    return None


def _allowed(wish: Wish, written: str, ground: Ground) -> Wish | None:
    """Let go of what is contrary to words; nothing else is changed by what need not be excluded."""
    reading = ground.words(written)
    contrary = {str(chip.turned) for chip in reading.chips}
    if not contrary or reading.words:
        return None
    return _less(wish, lambda chip: str(chip) in contrary)


def _added(wish: Wish, written: str, ground: Ground) -> Wish | None:
    """Let go of what is contrary to words; where nothing is, let what they mean stand beside the rest."""
    allowed = _allowed(wish, written, ground)
    if allowed is None or allowed != wish:
        return allowed
    meant = ground.words(written).chips
    if any(str(chip) in overlay.DIRECTIONS for chip in meant):
        return None
    return Wish(wish.words, chips.joined(wish.chips, meant))


def _instead(wish: Wish, written: str, ground: Ground) -> Wish | None:
    """Ask for another thing, and keep what fits it."""
    reading = ground.reading(written)
    if not reading.words and not reading.chips:
        return None
    fits = overlay.kept(wish.chips, reading.words, ground)
    stays = tuple(chip for chip in fits if chip.kind != "kind" or chip.is_not)
    return overlay.laid_over(Wish("", stays), reading, ground)


BY_WORDS: dict[str, Callable[[Wish, str, Ground], Wish | None]] = {
    "forget": _forgotten,
    "allow": _allowed,
    "also": _added,
    "instead": _instead,
}


def _with(wish: Wish, chip: Chip) -> Wish:
    gone = {chip.kind} & overlay.REPLACES if not chip.is_not else set()
    stays = [each for each in wish.chips if each.is_not or each.kind not in gone]
    return Wish(wish.words, chips.joined(stays, [chip]))


def _less(wish: Wish, belongs: Callable[[Chip], bool]) -> Wish:
    return Wish(wish.words, tuple(chip for chip in wish.chips if not belongs(chip)))


def _unsigned(chip: Chip) -> str:
    return f"{chip.kind}:{chip.value}"
