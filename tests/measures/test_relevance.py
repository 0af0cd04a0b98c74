"""Measures of relevance: equal to what trec_eval, gdeval and ir_measures gave, and to their definitions."""

import json
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.measures.matching import Judged, Ranked, match
from ritornello.measures.names import Measure, parse, table

grades = st.lists(st.sampled_from([None, -1, 0, 0, 1, 2, 3]), min_size=1, max_size=12)
NOT_NAMED = (
    "runid", "relstring", "utility", "11pt_avg", "binG", "G", "ndcg_rel", "Rndcg", "gm_bpref", "rbp_resid", "unj",
    "num_nonrel_judged_ret",
)  # fmt: skip
"""What trec_eval prints and we have no word for: obsolete, or no measure of one run."""


def collection(qrels, run):
    """Read TREC files as ``{topic: {item: value}}``."""
    found = {}, {}
    for line in qrels.read_text().splitlines():
        topic, _, item, grade = line.split()[:4]
        found[0].setdefault(topic, {})[item] = int(grade)
    for line in run.read_text().splitlines():
        topic, _, item, _, score = line.split()[:5]
        found[1].setdefault(topic, {})[item] = float(score)
    return found


def matched(qrels, run, over="both"):
    """Number ids in their order; return the topics' ids beside what was matched."""
    topics = sorted(qrels.keys() | run.keys())
    items = sorted({item for its in (*qrels.values(), *run.values()) for item in its})
    place = {item: n for n, item in enumerate(items)}

    def rows(by_topic):
        for topic, its in by_topic.items():
            for item, value in its.items():
                yield topics.index(topic), place[item], value

    ranked, judged = (map(np.array, zip(*rows(each), strict=True)) for each in (run, qrels))
    found = match(Ranked(*ranked), Judged(*judged), over)
    return [topics[n] for n in found.topics], found


def of_one_topic(places, missed=()):
    """Match a ranking of grades (``None`` was never judged) and the grades of what was not returned."""
    known = [(item, grade) for item, grade in enumerate(places) if grade is not None]
    known += [(len(places) + n, grade) for n, grade in enumerate(missed)]
    items, values = zip(*known, strict=True) if known else ((99,), (0,))
    run = Ranked(np.zeros(len(places), int), np.arange(len(places)), -np.arange(len(places)))
    return match(run, Judged(np.zeros(len(items), int), np.array(items), np.array(values)))


def trec_lines(file):
    """Yield ``(measure, topic, value)`` of a trec_eval output that our table has a word for."""
    for line in file.read_text().splitlines():
        name, topic, value = line.split()
        if not name.startswith(NOT_NAMED):
            ours = name.replace("ndcg_1=3,2=9,4=4.5", "nDCG(gains={1:3,2:9,4:4.5})")
            rounded = "iprec_at_recall_" in name
            yield (
                parse(f"IPrec(rounding=nearest)@{name[16:]}" if rounded else ours),
                topic,
                float(value),
            )


def from_grade(measure, rel):
    """Return the measure as trec_eval's -l asks it."""
    if rel is None or "rel" not in measure.arguments or str(measure) == "NumRet":
        return measure
    asked = {**dict(measure.parameters), "rel": rel}
    return msgspec.structs.replace(measure, parameters=tuple(asked.items()))


@pytest.mark.data
@pytest.mark.parametrize(
    ("qrels", "run", "output", "options"),
    [
        ("qrels.test", "results.test", "out.test", {}),
        ("qrels.test", "results.test", "out.test.a", {}),
        ("qrels.test", "results.test", "out.test.aq", {}),
        ("qrels.test", "results.trunc", "out.test.aqc", {"over": "judged"}),
        ("qrels.test", "results.trunc", "out.test.aqcM", {"over": "judged", "first": 100}),
        ("qrels.rel_level", "results.test", "out.test.aql", {"rel": 2}),
        ("qrels.test", "results.test", "out.test.meas_params", {}),
    ],
    ids=["plain", "all", "by topic", "-c", "-c -M", "-l 2", "parameters"],
)
def test_trec_eval_s_own_test_files(shared, qrels, run, output, options):
    folder = shared / "oracles/ir/trec_eval"
    topics, found = matched(
        *collection(folder / qrels, folder / run), over=options.get("over", "both")
    )
    found = found.first(options["first"]) if "first" in options else found
    compared = 0
    for printed, topic, value in trec_lines(folder / output):
        measure = from_grade(printed, options.get("rel"))
        if measure.word == "RBP" and found.ideal.max() > 1:  # trec_eval's weighs grades
            continue
        values = measure(found)
        ours = measure.total(values) if topic == "all" else values[topics.index(topic)]
        assert ours == pytest.approx(value, abs=0.50001e-4), (str(measure), topic)
        compared += 1
    assert compared > 20


@pytest.mark.data
@pytest.mark.parametrize(("level", "rel"), [("rel1", 1), ("rel2", 2)])
def test_every_value_pytrec_eval_gave_on_graded_topics(shared, level, rel):
    folder = shared / "oracles/ir/graded"
    oracle = json.loads((folder / "pytrec_eval.json").read_text())[level]
    topics, found = matched(*collection(folder / "qrels.txt", folder / "run.txt"))
    assert set(topics) == oracle["per_query"].keys()
    words = [name for name in oracle["aggregate"] if not name.startswith(NOT_NAMED)]
    assert len(words) > 60
    for name in words:
        measure = from_grade(parse(name), rel)
        values = measure(found)
        theirs = [oracle["per_query"][topic][name] for topic in topics]
        if name != "gm_map":  # of which pytrec_eval gives the logarithms
            assert values == pytest.approx(theirs, rel=1e-9, abs=1e-12), name
        assert measure.total(values) == pytest.approx(oracle["aggregate"][name], rel=1e-9), name


@pytest.mark.data
def test_every_value_ir_measures_gave_on_graded_topics(shared):
    folder = shared / "oracles/ir/graded"
    oracle = json.loads((folder / "ir_measures.json").read_text())["values"]
    qrels, run = collection(folder / "qrels.txt", folder / "run.txt")
    topics, found = matched(qrels, run, over="judged")
    untied = [t for t in topics if len(set(run.get(t, {}).values())) == len(run.get(t, {}))]
    assert (len(topics), len(untied), len(oracle)) == (30, 21, 41)
    for name, told in oracle.items():
        values = dict(zip(topics, parse(name)(found).tolist(), strict=True))
        compared = topics if told["used"] == "pytrec_eval" else untied
        if name in {"Accuracy", "Accuracy@10", "NumRel"}:  # which leave out what was not returned
            told["per_query"].pop("q30", None)
            compared = [topic for topic in compared if topic in told["per_query"]]
        theirs = [told["per_query"][topic] for topic in compared]
        assert [values[t] for t in compared] == pytest.approx(theirs, rel=1e-9, abs=1e-12), name


@pytest.mark.data
def test_every_value_gdeval_gave_on_graded_topics(shared):
    folder = shared / "oracles/ir/graded"
    oracle = json.loads((folder / "gdeval.json").read_text())["values"]
    qrels, run = collection(folder / "qrels.txt", folder / "run.txt")
    topics, found = matched(qrels, run, over="judged")
    for name, told in oracle.items():
        ours = parse(name)
        values = dict(zip((f"1{topic[1:]}" for topic in topics), ours(found).tolist(), strict=True))
        theirs = told["per_query"]
        assert theirs.keys() == values.keys()
        assert [values[t] for t in theirs] == pytest.approx(list(theirs.values()), abs=6e-6), name


@given(grades, st.integers(1, 15), st.floats(0.1, 3))
def test_ndcg_is_its_definition_for_any_grades(places, k, unit):
    missed, gains = (
        (3 * unit, 0.5 * unit),
        [(g or 0) * unit if (g or 0) > 0 else 0.0 for g in places],
    )
    found = of_one_topic([None if g is None else g * unit for g in places], missed)

    def dcg(values):
        return sum(gain / math.log2(r + 2) for r, gain in enumerate(values[:k]))

    ideal = dcg(sorted([*gains, *missed], reverse=True))
    assert parse(f"nDCG@{k}")(found) == pytest.approx([dcg(gains) / ideal])


@given(st.lists(st.sampled_from([0, 1, 2]), min_size=1, max_size=12), st.integers(1, 15))
def test_gains_that_turn_grades_round_turn_the_ideal_round(places, k):
    found, turned = of_one_topic(places), of_one_topic([2 - grade for grade in places])
    ours = parse(f"nDCG(gains={{0:2,1:1,2:0}})@{k}")(found)
    assert ours == pytest.approx(parse(f"nDCG@{k}")(turned))


@given(grades, st.integers(1, 15))
def test_what_is_always_so(places, k):
    found = of_one_topic(places, missed=(1, 0))
    asked = {
        name: parse(name)(found)[0]
        for name in (
            f"R@{k}",
            f"P@{k}",
            f"P(relative=true)@{k}",
            f"AP@{k}",
            f"RR@{k}",
            f"Success@{k}",
            f"nDCG@{k}",
        )
    }
    assert all(0 <= value <= 1 for value in asked.values())
    assert asked[f"P(relative=true)@{k}"] >= max(asked[f"R@{k}"], asked[f"P@{k}"]) - 1e-12
    assert asked[f"Success@{k}"] >= asked[f"RR@{k}"] >= asked[f"Success@{k}"] / k - 1e-12
    assert asked[f"AP@{k}"] <= asked[f"R@{k}"] + 1e-12


def test_a_topic_without_anything_relevant_is_worth_nothing():
    found = of_one_topic([0, None, -1])
    shares = [each for each in table().values() if each.asks == "matched" and each.total != "sum"]
    for each in shares:
        needed = {name: 3 for name, p in each.parameters.items() if p.required}
        at = 1 if each.at and each.at[1].required else None
        measure = Measure(each.word, at, tuple(needed.items()))
        assert measure(found).tolist() == [1 / 3 * 2 if each.word == "Judged" else 0.0]


def test_a_gain_below_nothing_is_refused():
    with pytest.raises(BadValue, match="gain of grade 1 must not be below 0; it is -2"):
        parse("nDCG(gains={1:-2})@5")(of_one_topic([1]))


def test_the_interpolated_precision_of_both_roundings():
    found = of_one_topic([1, 0, 1, 0, 0, 1, 0, 1])  # a recall of 0.3 is 1.2 of 4 relevant
    assert parse("IPrec@0.3")(found).tolist() == [2 / 3]
    assert parse("IPrec(rounding=nearest)@0.3")(found).tolist() == [1.0]


def test_a_run_s_number_is_a_mean_a_sum_or_a_geometric_mean():
    values = np.array([0.25, 1.0])
    assert (parse("AP").total(values), parse("NumRet").total(values)) == (0.625, 1.25)
    assert parse("GMAP").total(values) == pytest.approx(0.5)
    with pytest.raises(BadValue, match="AP of no topic at all"):
        parse("AP").total(np.array([]))
