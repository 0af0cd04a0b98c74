"""Estimators as text: canonical, read back, and refused by name where nobody defined them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.evaluate.estimators import NAMES, parse
from ritornello.evaluate.single_actions import FORMS, GRIDS
from ritornello.kinds.errors import BadValue, UnknownName


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("IPS", "IPS"),
        (" IPS() ", "IPS"),
        ("IPS(clip=10.0)", "IPS(clip=10)"),
        ("IPS(clip=slope)", "IPS(clip=slope)"),
        ("SNIPS(harmonic=0.01)", "SNIPS(harmonic=0.01)"),
        ("DR", "DR(model=smoothed)"),
        ("DR(clip=mse, model=ridge)", "DR(model=ridge,clip=mse)"),
        ("Switch-DR", "Switch-DR(model=smoothed,switch=slope)"),
        ("DRos(model=logistic,shrink=100)", "DRos(model=logistic,shrink=100)"),
        ("SNDR(model=mine)", "SNDR(model=mine)"),
    ],
)
def test_texts_have_one_canonical_form(text, canonical):
    assert str(parse(text)) == canonical
    assert parse(canonical) == parse(text)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_reads_back(name):
    assert parse(str(parse(name))) == parse(name)


@settings(max_examples=40)
@given(st.sampled_from([(form, temper) for form, each in FORMS.items() for temper in each.tempers]), st.floats(0.001, 0.999))  # fmt: skip
def test_every_parameter_reads_back_to_the_last_digit(pair, value):
    form, temper = pair
    estimator = parse(f"{form}({temper}={value!r})")
    assert estimator.by == value
    assert parse(str(estimator)) == estimator


def test_grids_begin_where_nothing_is_cut():
    for temper, grid in GRIDS.items():
        mildest = grid[0] < grid[-1] if temper == "harmonic" else grid[0] > grid[-1]
        assert mildest, temper


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("IPSS", UnknownName, "did you mean 'IPS'"),
        ("IPS(model=ridge)", UnknownName, "parameter of IPS"),
        ("DM(clip=3)", UnknownName, "parameter of DM 'clip'"),
        ("Switch-DR(clip=3)", UnknownName, "there are model, switch"),
        ("IPS(clip=0)", BadValue, "clip must be a number in its range"),
        ("IPS(clip=-2)", BadValue, "clip must be"),
        ("IPS(clip=nan)", BadValue, "clip must be"),
        ("IPS(clip=best)", BadValue, "or one of slope, mse"),
        ("IPS(harmonic=2)", BadValue, "harmonic must be"),
        ("DR(clip=3,harmonic=0.1)", BadValue, "in one way"),
        ("IPS(clip=3,clip=4)", BadValue, "a parameter twice"),
        ("", BadValue, "names no estimator"),
        ("IPS(clip=3))", BadValue, "names no estimator"),
    ],
)
def test_what_nobody_defined_is_refused(text, error, message):
    with pytest.raises(error, match=message.replace("(", r"\(")):
        parse(text)
