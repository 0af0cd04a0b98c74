"""Pictures are well-formed, stay inside their frame, and stand for the numbers they were given."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.evaluate import plots
from ritornello.evaluate.in_rows import in_rows
from ritornello.evaluate.report import Differences, Intervals, Named, Segments, Weights
from tests.evaluate.reports_of_all_kinds import HOSTILE, about, finite, full, intervals

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = full(HOSTILE).sections[0].parts[1:]


def tree_of(drawn):
    tree = ET.fromstring(drawn)
    _, _, width, height = map(float, tree.get("viewBox").split())
    for line in tree.iter(f"{SVG}line"):
        assert min(float(line.get("x1")), float(line.get("x2"))) >= 0
        assert max(float(line.get("x1")), float(line.get("x2"))) <= width
        assert max(float(line.get("y1")), float(line.get("y2"))) <= height
    for box in tree.iter(f"{SVG}rect"):
        assert float(box.get("x")) >= 0
        assert float(box.get("width")) >= 0
        assert float(box.get("height")) > 0
        assert float(box.get("x")) + float(box.get("width")) <= width + 1
    for shape in tree.iter(f"{SVG}polygon"):
        corners = [tuple(map(float, point.split(","))) for point in shape.get("points").split()]
        assert all(0 <= x <= width and 0 <= y <= height for x, y in corners)
    return tree


def words_of(tree):
    return [each.text for each in tree.iter(f"{SVG}text")]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: type(figure).__name__)
def test_words_from_outside_break_nothing(figure):
    tree = tree_of(plots.draw(figure))
    assert tree.find(f"{SVG}title").text
    assert in_rows(figure).rows


@settings(max_examples=25)
@given(st.lists(intervals, max_size=6), st.none() | finite)
def test_intervals_lie_inside_and_one_mark_each(found, line):
    rows = tuple(Named(f"run {i}", at) for i, at in enumerate(found))
    tree = tree_of(plots.draw(Intervals("runs", rows, line)))
    dots = [float(each.get("cx")) for each in tree.iter(f"{SVG}circle")]
    assert len(dots) == len(found)
    for dot, higher in zip(np.argsort(dots), np.argsort([at.mean for at in found]), strict=True):
        assert dots[dot] == pytest.approx(dots[higher], abs=0.1)


def test_what_was_refused_has_a_row_and_no_mark():
    tree = tree_of(plots.draw(Intervals("runs", (Named("IPS", None), Named("DR", about(0.2))))))
    assert "nothing to say" in words_of(tree)
    assert len(list(tree.iter(f"{SVG}circle"))) == 1


def test_entrants_differ_by_shape_and_not_by_colour_alone():
    rows = ((about(0.1), about(0.2), about(0.3), about(0.4)),)
    tree = tree_of(plots.draw(Segments("x", ("a", "b", "c", "d"), ("all",), rows)))
    assert [len(list(tree.iter(f"{SVG}{tag}"))) for tag in ("circle", "rect", "polygon")] == [
        2,
        2,
        4,
    ]


@settings(max_examples=25)
@given(st.lists(finite, max_size=50))
def test_differences_count_who_gained_and_who_lost(values):
    tree = tree_of(plots.draw(Differences("x", tuple(values))))
    looks = {each.get("class") for each in tree.iter(f"{SVG}polygon")}
    assert ("d1" in looks) == any(value > 0 for value in values)
    assert ("d2" in looks) == any(value < 0 for value in values)


def test_the_one_heavy_round_among_a_million_is_seen():
    figure = Weights("x", (0.1, 1.0, 10.0, 1000.0), (1_000_000, 0, 1))
    heights = [float(each.get("height")) for each in tree_of(plots.draw(figure)).iter(f"{SVG}rect")]
    assert len(heights) == 2
    assert heights[1] >= 1


def test_a_bar_is_as_high_as_its_share():
    heights = [
        float(each.get("height"))
        for each in tree_of(plots.draw(Weights("x", (0.1, 1.0, 10.0), (200, 100), n_zero=50))).iter(f"{SVG}rect")
    ]  # fmt: skip
    assert heights[1] == pytest.approx(2 * heights[2], abs=0.2)
    assert heights[2] == pytest.approx(2 * heights[0], abs=0.2)


@settings(max_examples=40)
@given(st.floats(-1e4, 1e4), st.floats(1e-5, 1e4))
def test_ticks_are_few_round_and_inside(low, width):
    found = plots.ticks(low, low + width)
    assert 1 <= len(found) <= 5
    assert all(low - 1e-6 * width <= at <= low + width * (1 + 1e-6) for at in found)
    steps = np.diff(found)
    assert np.allclose(steps, steps[:1])


def test_a_strip_is_hidden_from_those_who_hear_the_numbers():
    scale = plots.scale_of([about(0.2)], 0.0, 5, 91)
    tree = tree_of(plots.strip(about(0.2), scale, 0.0))
    assert tree.get("aria-hidden") == "true"
    assert tree.find(f"{SVG}title") is None
