"""What a "no" reaches: the chip that follows, and those joined to it by "or", or of its kind by "and" or a comma."""

from collections.abc import Sequence

from msgspec.structs import replace

from ritornello.surfaces.search.scanning import CARRIES_NOTHING, Piece, Scan

_PASSED = CARRIES_NOTHING | {"by", "from", "like"}
_GO_ON = frozenset({"by", "like", "about", "quantity"})


def turned(pieces: Sequence[Piece], scan: Scan) -> list[Piece]:
    """Return the pieces with the chips that a "no" reaches turned round; a "no" that reaches none is unread."""
    found = list(pieces)
    for place, piece in enumerate(found):
        if piece.what != "not":
            continue
        reached, passed = _reached(found, place, scan)
        for n in passed:
            found[n] = replace(found[n], what="filler", chips=())
        for n in reached:
            found[n] = _turned(found[n], piece.start, scan)
        if not reached:
            found[place] = replace(piece, what="unread")
    return found


def _turned(piece: Piece, start: int, scan: Scan) -> Piece:
    said = scan.typed(start, piece.end)
    chips = tuple(replace(chip.turned, said=said) for chip in piece.chips)
    return replace(piece, what="turned", chips=chips)


def _reached(pieces: Sequence[Piece], place: int, scan: Scan) -> tuple[list[int], list[int]]:
    """Return the places of the chips that a "no" reaches, and of the kinds it passes over: "no songs by …"."""
    reached: list[int] = []
    passed: list[int] = []
    joint = ""
    for n in range(place + 1, len(pieces)):
        piece = pieces[n]
        if not reached and piece.is_kind and _goes_on(pieces, n):
            passed.append(n)
        elif piece.chips:
            if reached and not _is_joined(piece, pieces[reached[0]], joint):
                break
            reached.append(n)
            joint = ""
        elif piece.what in ("and", "or"):
            joint = piece.what
        elif piece.what not in _PASSED:
            break
        if reached and not joint and scan.stops_at(piece.end):
            joint = "and"
    return reached, passed


def _is_joined(piece: Piece, first: Piece, joint: str) -> bool:
    return joint == "or" or (joint == "and" and piece.chips[0].kind == first.chips[0].kind)


def _goes_on(pieces: Sequence[Piece], place: int) -> bool:
    """Say whether what follows a kind says whose, or when: "no songs by …" means the songs by them."""
    following = (piece for piece in pieces[place + 1 :] if piece.what not in CARRIES_NOTHING)
    after = next(following, None)
    return after is not None and bool(after.chips) and after.what in _GO_ON
