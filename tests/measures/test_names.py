"""A measure's name is the measure: text and back, other tools' names, and what a wrong one is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.measures.definitions import Definition, Parameter
from ritornello.measures.names import Measure, parse, read, table

NUMBERS = {
    "count": st.integers(1, 9_999),
    "days": st.integers(1, 365),
    "flag": st.booleans(),
    "gains": st.just(((1, 3), (2, 9.5))),
}


def values_of(parameter: Parameter):
    """Draw a value that a parameter takes."""
    if parameter.kind == "choice":
        return st.sampled_from(parameter.choices)
    if parameter.kind == "number":
        low, high = max(parameter.low, 0.01), min(parameter.high, 100)
        return st.floats(low, min(high, 0.99) if high <= 1 else high).map(lambda x: round(x, 3))
    return NUMBERS[parameter.kind]


@st.composite
def measures(draw):
    """Draw a measure of any word with some of its parameters."""
    of: Definition = draw(st.sampled_from(sorted(table().values(), key=lambda each: each.word)))
    at = None
    if of.at and (of.at[1].required or draw(st.booleans())):
        at = draw(values_of(of.at[1]))
    chosen = {
        name: draw(values_of(parameter))
        for name, parameter in of.parameters.items()
        if parameter.required or draw(st.booleans())
    }
    differ = {n: v for n, v in chosen.items() if v != of.parameters[n].default}
    return Measure(of.word, at, tuple(differ.items()))


@given(measures())
def test_every_measure_parses_from_and_prints_to_the_same_text(measure):
    assert parse(str(measure)) == measure
    assert hash(parse(str(measure))) == hash(measure)


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("nDCG@10", "nDCG@10"),
        ("nDCG(gain=linear)@10", "nDCG@10"),
        ("nDCG( gain = exp )@10", "nDCG(gain=exp)@10"),
        ("nDCG(dcg='exp-log2')@10", "nDCG(gain=exp)@10"),
        ("nDCG(gains={2:9,1:3.0})", "nDCG(gains={1:3,2:9})"),
        ("P(rel=2)@5", "P(rel=2)@5"),
        ("P(rel=0.5,judged_only=True)@5", "P(rel=0.5,judged_only=true)@5"),
        ("RBP", "RBP(p=0.8)"),
        ("RBP(p=0.8)", "RBP(p=0.8)"),
        ("MAP", "AP"),
        ("map_cut_100", "AP@100"),
        ("ndcg_cut.10", "nDCG@10"),
        ("recall@20", "R@20"),
        ("recall_20", "R@20"),
        ("hit@10", "Success@10"),
        ("hit_rate@10", "Success@10"),
        ("success_5", "Success@5"),
        ("recip_rank", "RR"),
        ("mrr@10", "RR@10"),
        ("r-precision", "Rprec"),
        ("relative_P_10", "P(relative=true)@10"),
        ("iprec_at_recall_0.10", "IPrec@0.1"),
        ("NumRelRet", "NumRet(rel=1)"),
        ("Accuracy@10", "AUC@10"),
    ],
)
def test_what_other_tools_call_it_parses_to_our_name(text, ours):
    assert str(parse(text)) == ours
    assert parse(ours) == parse(text)


def test_no_two_measures_share_a_name():
    names = [each for of in table().values() for each in (of.word, *of.aliases)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("text", ["nDGC@20", "Bprefs", "Sucess@5"])
def test_an_unknown_name_is_answered_with_the_nearest(text):
    with pytest.raises(UnknownName, match="did you mean"):
        parse(text)


def test_an_unknown_parameter_is_answered_with_the_known():
    with pytest.raises(UnknownName, match=r"no parameter of P 'rell'.*did you mean 'rel'"):
        parse("P(rell=2)@5")


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("R", "needs a cut-off such as R@20"),
        ("Bpref@10", "takes no number"),
        ("R@0", "whole number"),
        ("R@0.5", "whole number"),
        ("R@7d", "written like R@20"),
        ("IPrec", "needs a cut-off such as IPrec@0.1"),
        ("P(rel=one)@5", "rel of P must be a number from 0 up, not 'one'"),
        ("P(rel=-1)@5", "from 0 up"),
        ("P(judged_only=maybe)@5", "true or false"),
        ("nDCG(gain=square)@5", "linear or exp"),
        ("nDCG(gains={1:x})@5", "grades with their gains"),
        ("nDCG(gains={1:2,1:3})@5", "grades with their gains"),
        ("P(rel=1,rel=2)@5", "twice"),
        ("", "names no measure"),
        ("nDCG@", "names no measure"),
        ("nDCG@020", "names no measure"),
        ("nDCG@-1", "names no measure"),
        ("nDCG@10@20", "names no measure"),
    ],
)
def test_what_cannot_be_meant_is_said_in_words(text, because):
    with pytest.raises(BadValue, match=because):
        parse(text)


def test_names_of_engagement_are_of_the_same_grammar():
    assert (read("return@7d").word, read("return@7d").k, read("return@7d").days) == (
        "return",
        7,
        True,
    )
    assert str(read("P(rel=2)@5")) == "P(rel=2)@5"
