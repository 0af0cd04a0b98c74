"""INEX's measures over seconds: equal to worked examples, and to every second looked at by itself."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.measures.focused import gains
from ritornello.measures.names import parse, table
from ritornello.measures.spans import hear
from tests.measures.spans_by_hand import heard, listened, rows, spans, stretches

GRADES = st.sampled_from([0, 1, 1, 2, 3])
RUNS = rows(st.just(0)).map(lambda drawn: [row[:3] for row in drawn])


def of(name, found):
    """Return the one value of a measure."""
    (value,) = parse(name)(found)
    return float(value)


def as_spans(case):
    """Return a case of the oracle as spans of ten seconds a minute apart, each gaining what it says."""
    ideal, run = list(case["ideal_gains_sorted"]), []
    judged = [(0, 60 * n, 60 * n + 10, grade) for n, grade in enumerate(ideal)]
    for n, gain in enumerate(case["run_gains"]):
        if gain == 0:
            run.append((1, 60 * n, 60 * n + 10))
        else:
            place = ideal.index(gain)
            ideal[place] = None
            run.append(judged[place][:3])
    return heard(run, judged)


@pytest.mark.data
@pytest.mark.parametrize("name", ["graded", "binary", "perfect", "empty"])
def test_every_value_worked_from_the_definitions(shared, name):
    case = json.loads((shared / "oracles/inex/reference.json").read_text())["cases"][name]
    found = as_spans(case)
    n = len(case["nxCG"])
    values = [of(f"nxCG@{k}", found) for k in range(1, n + 1)]
    assert values == pytest.approx(case["nxCG"], rel=1e-9)
    assert of(f"MAnxCG@{n}", found) == pytest.approx(case["MAnxCG_at_last"], rel=1e-9)
    for told in case["ep"]:
        value = of(f"ep@{told['gain_recall']:g}", found)
        assert value == pytest.approx(told["ep"], rel=1e-9)
    assert of("MAep", found) == pytest.approx(case["MAep_10pt"], rel=1e-9)


def cumulated(values, k):
    """Return what values sum up to at each of k places."""
    return [sum(values[:place]) for place in range(1, k + 1)]


def ratio(part, whole):
    return part / whole if whole else 0.0


@given(RUNS, rows(GRADES), st.integers(1, 7))
def test_gains_are_those_of_every_second(run, judged, k):
    found, known = heard(run, judged), stretches(judged)
    gained = [
        sum(g * len(new & its) / max(len(every), len(its)) for its, g in known)
        for every, new in listened(run)
    ]
    ideal = sorted((grade for _, grade in known), reverse=True)
    assert gains(found).tolist() == pytest.approx(gained, rel=1e-12)
    got, best = cumulated(gained, k), cumulated(ideal, k)
    nxcg = [ratio(a, b) for a, b in zip(got, best, strict=True)]
    assert of(f"nxCG@{k}", found) == pytest.approx(nxcg[-1])
    assert of(f"MAnxCG@{k}", found) == pytest.approx(sum(nxcg) / k)
    efforts = []
    for tenth in range(1, 11):
        wanted = sum(ideal) * tenth / 10 - 1e-6
        i_run, i_ideal = (
            next((i + 1 for i, g in enumerate(cumulated(each, len(each))) if g >= wanted), None)
            for each in (gained, ideal)
        )
        efforts.append(i_ideal / i_run if ideal and i_run else 0.0)
    assert of("MAep", found) == pytest.approx(sum(efforts) / 10)


@given(RUNS, rows(GRADES))
def test_no_ranking_gains_more_than_the_ideal_at_any_place(run, judged):
    found = heard(run, judged)
    for k in range(1, 8):
        assert of(f"nxCG@{k}", found) <= 1 + 1e-12
    assert of("MAep", found) <= 1 + 1e-12


@given(RUNS, rows(GRADES), st.integers(1, 3), st.sampled_from([0.25, 1, 2]))
def test_generalised_precision_is_that_of_every_second(run, judged, k, beta):
    found = heard(run, judged)
    right = {second for its, _ in stretches(judged, 1) for second in its}
    its = {}
    for every, new in listened(run):
        its.setdefault(next(iter(every))[0], set()).update(new)
    scores, relevant = [], []
    for item, seconds in its.items():
        wanted = {second for second in right if second[0] == item}
        p, r = ratio(len(seconds & wanted), len(seconds)), ratio(len(seconds & wanted), len(wanted))
        scores.append(ratio((1 + beta**2) * p * r, beta**2 * p + r))
        relevant.append(bool(wanted))
    assert of(f"gP(beta={beta})@{k}", found) == pytest.approx(sum(scores[:k]) / k)
    total = sum(
        sum(scores[: place + 1]) / (place + 1) for place, is_it in enumerate(relevant) if is_it
    )
    n_relevant = len({item for item, _ in right})
    assert of(f"AgP(beta={beta})", found) == pytest.approx(ratio(total, n_relevant))


@given(RUNS, rows(GRADES), st.sampled_from([0, 0.01, 0.1, 0.25, 0.5, 1]))
def test_interpolated_precision_is_that_of_every_second(run, judged, x):
    found = heard(run, judged)
    right = {second for its, _ in stretches(judged, 1) for second in its}

    def at(level):
        got = spent = 0
        best = 0.0
        for every, new in listened(run):
            got, spent = got + len(new & right), spent + len(every)
            if right and got / len(right) >= level - 1e-9:
                best = max(best, got / spent)
        return best

    assert of(f"iP@{x:g}", found) == pytest.approx(at(x))
    levels = [n / 10 for n in range(11)]
    assert of("AiP(points=11)", found) == pytest.approx(sum(map(at, levels)) / 11)
    levels = [n / 100 for n in range(101)]
    assert of("MAiP", found) == pytest.approx(sum(map(at, levels)) / 101)


@given(RUNS, rows(GRADES), st.sampled_from([0, 3, 15]), st.sampled_from([0, 4]))
def test_patience_is_counted_from_every_entry(run, judged, tolerance, late):
    found = heard(run, judged)
    begins = [min(its) for its, _ in stretches(judged, 1)]
    before, places = set(), []
    for place, (item, start, _) in enumerate(run):
        here = sorted((abs(s - start), s) for i, s in begins if i == item)
        if here and -late <= here[0][1] - start <= tolerance and (item, here[0][1]) not in before:
            before.add((item, here[0][1]))
            places.append(place)
    name = f"(tolerance={tolerance},late={late})"
    for k in (1, 3):
        assert of(f"T2I_P{name}@{k}", found) == sum(place < k for place in places) / k
        assert of(f"T2I_Success{name}@{k}", found) == (bool(places) and places[0] < k)
    assert of(f"T2I_RR{name}", found) == pytest.approx(1 / (places[0] + 1) if places else 0)
    precise = sum((n + 1) / (place + 1) for n, place in enumerate(places))
    assert of(f"T2I_AP{name}", found) == pytest.approx(ratio(precise, len(begins)))


def test_the_same_seconds_again_gain_nothing():
    judged = [(0, 100, 160, 1)]
    once, twice = heard([(0, 100, 160)], judged), heard([(0, 100, 160)] * 2, judged)
    assert of("nxCG@1", once) == of("nxCG@2", twice) == of("iP@1", once) == 1
    assert gains(twice).tolist() == [1, 0]
    assert of("T2I_P(tolerance=15,late=15)@2", twice) == 0.5


def test_the_whole_episode_is_worth_the_share_that_is_relevant():
    found = heard([(0, 0, 7200)], [(0, 3600, 3672, 1)])
    assert of("nxCG@1", found) == of("iP@1", found) == of("gP(beta=0)@1", found) == 0.01
    assert of("T2I@1", found) == 0


def test_topics_are_judged_apart():
    ranked = spans((2, 0, 0, 10, 1), (5, 1, 50, 60, 1), (5, 0, 0, 10, 2))
    found = hear(ranked, spans((2, 0, 0, 10, 1), (5, 1, 50, 60, 2), (7, 0, 0, 1, 1)), "judged")
    assert parse("nxCG@2")(found).tolist() == [1, 1, 0]
    assert parse("T2I_RR")(found).tolist() == [1, 0.5, 0]
    assert parse("gP@1")(found).tolist() == [1, 0, 0]
    assert parse("AiP")(found).tolist() == [1, 0.5, 0]
    assert parse("ep@1")(found).tolist() == [1, 0.5, 0]


def test_nothing_relevant_is_worth_nothing():
    found = heard([(0, 0, 10)], [(0, 0, 10, 0)])
    for each in table().values():
        if each.asks == "spans":
            text = {True: f"{each.word}@1", False: each.word}[bool(each.at and each.at[1].required)]
            assert of(text, found) == 0, text


def test_patience_is_part_of_the_name():
    assert str(parse("T2I@1")) == "T2I_P(tolerance=15,late=15)@1"
    assert str(parse("T2I_RR(tolerance=30)")) == "T2I_RR(tolerance=30,late=15)"


def test_a_later_beginning_is_found_where_the_nearest_was_found_before():
    judged = [(0, 100, 110, 1), (0, 120, 130, 1)]
    found = heard([(0, 99, 105), (0, 118, 125)], judged)
    assert of("T2I_P@2", found) == 1
    assert np.isclose(of("T2I_AP", found), 1)
