"""Playlists as XSPF, version 1: XML that most players on a desktop read.

Source: the XML Shareable Playlist Format, version 1 (Xiph).
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ritornello.catalog import identity
from ritornello.intake.playlists import Entry, Playlist, as_uri, entries, one_line
from ritornello.kinds.items import AnyItem

MEDIA_TYPE = "application/xspf+xml"
NAMESPACE = "http://xspf.org/ns/0/"
CREATOR = "ritornello"


def write(playlist: Playlist, items: Mapping[str, AnyItem]) -> bytes:
    """Return a playlist as an XSPF document, in UTF-8.

    Parameters
    ----------
    items : the items by id; one that is not among them is left out.
    """
    root = Element("playlist", {"version": "1", "xmlns": NAMESPACE})
    _say(root, "title", one_line(playlist.title))
    _say(root, "creator", CREATOR)
    _say(root, "annotation", one_line(playlist.annotation))
    _say(root, "identifier", identity.urn(f"playlist:{playlist.playlist_id}"))
    _say(root, "date", playlist.made_at.isoformat())
    tracks = SubElement(root, "trackList")
    for entry in entries(playlist, items):
        _track(SubElement(tracks, "track"), entry)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _track(track: Element, entry: Entry) -> None:
    if entry.location is not None:
        _say(track, "location", as_uri(entry.location))
    for uri in entry.identifiers:
        _say(track, "identifier", uri)
    _say(track, "title", entry.title)
    _say(track, "creator", entry.creator)
    _say(track, "album", entry.album)
    if entry.duration_ms is not None:
        _say(track, "duration", str(entry.duration_ms))


def _say(parent: Element, name: str, text: str) -> None:
    """Add an element, unless there is nothing to say in it."""
    if text:
        SubElement(parent, name).text = text
