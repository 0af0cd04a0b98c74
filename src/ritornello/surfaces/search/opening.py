"""What "by", "like" and "about" open, and names that stand without them.

"By" and "like" take the longest name that follows. "From" and "of" do so too, but yield to what means something else:
"from the sixties" is no band. "About" takes a topic that is to be spoken of, unless music alone is looked for.
"""

from collections.abc import Iterator, Sequence

from ritornello.surfaces.search.chips import MAX_VALUE, Chip
from ritornello.surfaces.search.naming import MAKERS, Named
from ritornello.surfaces.search.scanning import CARRIES_NOTHING, Piece, Scan

MAX_TOPIC = 12
_OPENERS = frozenset({"by", "from", "like"})
_NO_TOPIC = frozenset({"new", "heard", "era", "explicit"})
_LOOSE_ENDS = CARRIES_NOTHING | {"by", "from", "and", "or"}

Rivals = list[tuple[Named, Chip]]
"""Others of the same name, each with the chip that would mean it."""


def opened(scan: Scan) -> tuple[list[Piece], Rivals]:
    """Return the pieces of a text with what openers open as chips, and the others that the same names name."""
    done: list[Piece] = []
    rivals: Rivals = []
    start = 0
    while start < len(scan):
        piece = scan.longest_at(start)
        found = _opened(piece, done, scan, rivals)
        done.append(found or piece)
        start = done[-1].end
    return _names_alone(done, scan, rivals), rivals


def _opened(piece: Piece, before: Sequence[Piece], scan: Scan, rivals: Rivals) -> Piece | None:
    """Return the chip that an opener makes of what follows; ``None`` where it makes none."""
    if piece.what in _OPENERS:
        end, named = scan.longest_name(piece.end, makers_only=piece.what != "like")
        is_weak = piece.what == "from" and _means_until(piece.end, scan) >= end
        return _of_names(piece, end, named, scan, rivals) if named and not is_weak else None
    if piece.what == "about" and not _is_of_music(before):
        end = _end_of_topic(piece.end, scan)
        topic = scan.typed(piece.end, end).casefold().replace("-", " ").replace("_", " ")
        value = " ".join("".join(filter(str.isprintable, topic)).split())[:MAX_VALUE].strip()
        if value:
            said = Chip("said", value, scan.typed(piece.start, end))
            return Piece(piece.start, end, "about", (said,))
    return None


def _of_names(piece: Piece, end: int, named: Sequence[Named], scan: Scan, rivals: Rivals) -> Piece:
    """Return the piece that means what is named: an artist or show before all else."""
    said, kind = scan.typed(piece.start, end), "like" if piece.what == "like" else "by"
    first = next((each for each in named if each.kind in MAKERS), named[0])
    others = [each for each in named if each.kind == first.kind and each.item_id != first.item_id]
    rivals += [(other, Chip(kind, other.item_id, said)) for other in others]
    return Piece(piece.start, end, kind, (Chip(kind, first.item_id, said),))


def _means_until(start: int, scan: Scan) -> int:
    """Return where what can be meant otherwise ends, what carries nothing before it left out."""
    piece = scan.longest_at(start) if start < len(scan) else Piece(start, start, "unread")
    while piece.what in CARRIES_NOTHING and piece.end < len(scan):
        piece = scan.longest_at(piece.end)
    return piece.end if piece.chips else start


def _end_of_topic(start: int, scan: Scan) -> int:
    """Return where a topic ends: before a comma, a "but", a number, or something else that is asked for."""
    end = start
    while end < min(len(scan), start + MAX_TOPIC):
        piece = scan.longest_at(end)
        if end > start and (scan.stops_at(end) or any(c.kind in _NO_TOPIC for c in piece.chips)):
            break
        if piece.what in ("but", "not", "quantity"):
            break
        if piece.what == "by" and scan.longest_name(piece.end, makers_only=True)[1]:
            break
        end = piece.end
    while end > start and scan.longest_at(end - 1).what in _LOOSE_ENDS:
        end -= 1
    return end


def _is_of_music(pieces: Sequence[Piece]) -> bool:
    """Say whether what is looked for is music alone, which is about nothing that is spoken in an episode."""
    kinds = {chip.value for piece in pieces for chip in piece.chips if chip.kind == "kind"}
    return bool(kinds) and not kinds & {"show", "episode"}


def _names_alone(pieces: list[Piece], scan: Scan, rivals: Rivals) -> list[Piece]:
    """Return the pieces in which names that no opener opens are makers, where all else was read."""
    if not any(piece.chips or piece.what == "not" for piece in pieces):
        return pieces
    found: dict[int, Piece] = {}
    inside: set[int] = set()
    for first, last in _runs(pieces, scan):
        start, end = pieces[first].start, pieces[last].end
        named = scan.named(start, end, makers_only=True)
        if not named:
            return [Piece(p.start, p.end, "unread") if p.what == "name" else p for p in pieces]
        opener = "like" if _is_compared(pieces, first, last) else "by"
        found[first] = _of_names(Piece(start, start, opener), end, named, scan, rivals)
        inside |= set(range(first + 1, last + 1))
    return [found.get(n, piece) for n, piece in enumerate(pieces) if n not in inside]


def _runs(pieces: Sequence[Piece], scan: Scan) -> Iterator[tuple[int, int]]:
    """Yield the first and last place of each run of pieces that may be a name; what is spoken about is none."""
    first: int | None = None
    for place, piece in enumerate([*pieces, Piece(0, 0, "end")]):
        is_open = piece.what in ("unread", "name")
        if is_open and first is None:
            first = place
        if first is not None and (not is_open or scan.stops_at(piece.end)):
            if not first or pieces[first - 1].what != "about":
                yield first, place if is_open else place - 1
            first = None


def _is_compared(pieces: Sequence[Piece], first: int, last: int) -> bool:
    """Say whether a name alone is one to be like: joined by "and" to one that is, or before "but slower"."""
    before, after = pieces[max(first - 2, 0) : first], pieces[last + 1 : last + 3]
    if [piece.what for piece in before] == ["like", "and"] and before[0].chips:
        return True
    return [piece.what for piece in after] == ["but", "chips"]
