"""Pictures are well-formed, say what they show, and colour only what is sure."""

from xml.etree import ElementTree as ET

import numpy as np

from ritornello.measures.calibration import reliability
from ritornello.signals import plots
from ritornello.signals.pooled import Coefficient

SVG = "{http://www.w3.org/2000/svg}"


def row(group, feature, slope, half):
    return Coefficient(group, feature, slope, slope - half, slope + half, 0.0, 10.0)


def test_coefficients_are_a_row_an_intent_and_a_column_a_feature():
    found = [
        row("party", "level", 3.0, 0.1), row("party", "skipping", 0.9, 0.2), row("sleep", "skipping", -1.0, 0.2),
        row("known_item", "kept", 0.1, 0.3),
    ]  # fmt: skip
    tree = ET.fromstring(plots.coefficients(found))
    words = [each.text for each in tree.iter(f"{SVG}text")]
    assert {"party", "sleep", "known item", "skipping", "kept"} <= set(words)
    assert "level" not in words
    colours = [each.get("fill") for each in tree.iter(f"{SVG}circle")]
    assert colours == [plots.HELPS, plots.HURTS, plots.UNSURE]
    party, sleep, _ = (float(each.get("cx")) for each in tree.iter(f"{SVG}circle"))
    assert party > sleep


def test_everything_lies_inside_the_picture():
    found = [
        row(f"intent{i}", f"feature{j}", (-1.0) ** i * 2, 1.0) for i in range(3) for j in range(3)
    ]
    tree = ET.fromstring(plots.coefficients(found))
    _, _, width, height = map(float, tree.get("viewBox").split())
    for line in tree.iter(f"{SVG}line"):
        assert 0 <= float(line.get("x1")) <= float(line.get("x2")) <= width
        assert 0 <= float(line.get("y2")) <= height


def test_words_from_outside_do_not_break_it():
    ET.fromstring(plots.coefficients([row("<&>", 'a"b', 1.0, 0.1)]))
    ET.fromstring(plots.coefficients([]))


def test_a_curve_has_a_dot_a_bin():
    p = np.linspace(0.05, 0.95, 200)
    found = reliability(p, (p > 0.5).astype(float))
    tree = ET.fromstring(plots.curve(found))
    assert len(list(tree.iter(f"{SVG}circle"))) == len(found.bins)
    assert f"{found.ece:.3f}" in tree.find(f"{SVG}title").text
