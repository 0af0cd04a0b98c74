r"""Playlists as M3U8: one path or address a line, as MPD, Navidrome and most players read them.

UTF-8 without a byte order mark, lines ended by ``\n``. A player knows nothing but the path, so an
item whose location nobody stated cannot be found by it: it becomes a comment, and is counted.

Source: M3U as players extended it (``#EXTM3U``, ``#PLAYLIST``, ``#EXTINF``).
"""

from collections.abc import Iterator, Mapping

from ritornello.intake.playlists import Entry, Playlist, as_path, entries, one_line
from ritornello.kinds.items import AnyItem

MEDIA_TYPE = "audio/mpegurl"


def write(playlist: Playlist, items: Mapping[str, AnyItem]) -> bytes:
    """Return a playlist as M3U8.

    Parameters
    ----------
    items : the items by id; one that is not among them is left out.
    """
    lines = ["#EXTM3U", f"#PLAYLIST:{one_line(playlist.title)}"]
    for entry in entries(playlist, items):
        lines += _lines(entry)
    return "".join(f"{line}\n" for line in lines).encode()


def _lines(entry: Entry) -> Iterator[str]:
    named = " - ".join(filter(None, (entry.creator, entry.title)))
    if entry.location is None:
        yield f"# no location known: {named} ({entry.identifiers[0]})"
        return
    duration_s = -1 if entry.duration_ms is None else round(entry.duration_ms / 1000)
    yield f"#EXTINF:{duration_s},{named}"
    path = as_path(entry.location)
    yield f"./{path}" if path.startswith("#") else path
