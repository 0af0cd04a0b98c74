"""Covers: the same everywhere, a family for an artist, calm for the calm, and only a drawing."""

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from ritornello.serve.web.covers import SIDE, Sitter, combine, draw, palette

texts = st.text(max_size=40)
sitters = st.builds(
    Sitter,
    item_id=st.sampled_from(["track:", "episode:", "album:"]).flatmap(
        lambda kind: texts.map(lambda text: kind + text)
    ),
    family=texts,
    genre=texts,
    energy=st.floats(-1, 2),
)
COLOUR = re.compile(r"#[0-9a-f]{6}")
SHAPES = {"svg", "g", "path", "circle", "ellipse"}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it, by another road than the module's own."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@given(sitters)
def test_a_cover_is_well_formed_small_and_the_same_every_time(sitter: Sitter) -> None:
    cover = draw(sitter)
    root = ET.fromstring(cover)
    assert cover == draw(sitter)
    assert len(cover) < 2300
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= SHAPES


@given(sitters)
def test_a_cover_holds_numbers_and_colours_and_no_text_of_anybody(sitter: Sitter) -> None:
    root = ET.fromstring(draw(sitter))
    for element in root.iter():
        assert "style" not in element.attrib
        assert not (element.text or "").strip()
        for name, value in element.attrib.items():
            assert re.fullmatch(r"[\w\s.,#()+-]*", value), (name, value)


def test_covers_of_one_artist_share_their_colours_and_differ_otherwise() -> None:
    covers = [draw(Sitter(f"track:{n}", "artist:a", "folk", 0.5)) for n in range(12)]
    assert len(set(covers)) == 12
    assert {frozenset(COLOUR.findall(cover)) for cover in covers} == {
        frozenset(
            [palette("artist:a").ground, palette("artist:a").form, palette("artist:a").accent]
        )
    }
    others = {frozenset(COLOUR.findall(draw(Sitter("track:1", f"artist:{n}")))) for n in range(50)}
    assert len(others) == 50


def test_energy_makes_a_cover_denser() -> None:
    for genre in map(str, range(20)):
        calm, wild = (draw(Sitter("track:a", "artist:a", genre, energy)) for energy in (0, 1))
        assert len(wild) > len(calm)


def test_one_genre_has_one_form_and_genres_have_several() -> None:
    def form(genre: str, item: int) -> tuple[str, ...]:
        root = ET.fromstring(draw(Sitter(f"track:{item}", "artist:a", genre, 0.5)))
        return tuple(sorted({element.tag for element in root.iter()}))

    assert len({form("jazz", item) for item in range(10)}) == 1
    assert len({form(genre, 0) for genre in map(str, range(40))}) > 3


@given(texts)
def test_form_and_accent_stand_out_from_the_ground(family: str) -> None:
    colours = palette(family)
    ground = luminance(colours.ground)
    for colour in (colours.form, colours.accent):
        lighter, darker = sorted((luminance(colour), ground), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) > 1.9


@given(st.lists(sitters, max_size=12))
def test_a_list_shows_one_four_or_nine_covers_of_what_is_in_it(inside: list[Sitter]) -> None:
    root = ET.fromstring(combine(inside))
    tiles = [element for element in root if element.tag.endswith("svg")]
    n = len(inside)
    assert len(tiles) == (9 if n >= 9 else 4 if n >= 4 else min(n, 1))
    across = 3 if n >= 9 else 2 if n >= 4 else 1
    assert root.attrib["viewBox"] == f"0 0 {SIDE * across} {SIDE * across}"
    assert len({(tile.attrib["x"], tile.attrib["y"]) for tile in tiles}) == len(tiles)
