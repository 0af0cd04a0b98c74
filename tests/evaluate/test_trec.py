"""TREC files: trec_eval's own give its own numbers, round trips lose nothing, and no byte ever raises."""

import gzip
from collections import defaultdict
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ritornello.evaluate import trec
from ritornello.evaluate.collections import Origin, of_ids
from ritornello.evaluate.content import Rows
from ritornello.evaluate.runs import of_ids as run_of
from ritornello.evaluate.runs import rank
from ritornello.evaluate.scoring import score
from ritornello.kinds.errors import BadValue
from ritornello.measures import names
from tests.evaluate.kept import a_collection, a_run

OPEN = Origin("people", "open")
GOLDEN = (
    ("qrels.test", "results.test", "out.test", {}),
    ("qrels.test.with-comments", "results.test", "out.test", {}),
    ("qrels.test", "results.test", "out.test.a", {}),
    ("qrels.test", "results.test", "out.test.aq", {}),
    ("qrels.test", "results.trunc", "out.test.aqc", {"over": "judged"}),
    ("qrels.test", "results.trunc", "out.test.aqcM", {"over": "judged", "first": 100}),
    ("qrels.rel_level", "results.test", "out.test.aql", {"rel": 2}),
    ("qrels.test", "results.test", "out.test.meas_params", {}),
    ("qrels.comment.test", "results.comment.test", "out.comment.test", {}),
)
OURS = {
    "map": "AP",
    "gm_map": "GMAP",
    "Rprec": "Rprec",
    "bpref": "Bpref",
    "recip_rank": "RR",
    "infAP": "infAP",
    "ndcg": "nDCG",
    "num_ret": "NumRet",
    "num_rel": "NumRel",
    "num_rel_ret": "NumRet(rel=1)",
    "set_P": "SetP",
    "set_recall": "SetR",
    "set_map": "SetAP",
    "set_F": "SetF",
    "set_relative_P": "SetP(relative=true)",
}
CUT = {
    "P": "P@{}",
    "recall": "R@{}",
    "success": "Success@{}",
    "ndcg_cut": "nDCG@{}",
    "map_cut": "AP@{}",
    "relative_P": "P(relative=true)@{}",
}


def read(folder: Path, qrels: str, results: str):
    with trec.opened(folder / qrels) as file:
        judgements, faults = trec.read_qrels(file, qrels)
    assert faults == []
    with trec.opened(folder / results) as file:
        rows, faults = trec.read_run(file, results)
    assert faults == []
    return judgements, rows


def ours(theirs: str) -> str | None:
    """Return our name of one of trec_eval's measures, where it is one of ours."""
    word, _, cut = theirs.rpartition("_")
    if theirs in OURS:
        return OURS[theirs]
    if word == "iprec_at_recall":
        return f"IPrec(rounding=nearest)@{float(cut):g}"
    if word in CUT and cut.isdecimal():
        return CUT[word].format(cut)
    return None


def with_level(name: str, rel: int) -> str:
    """Return the name with the grade from which something is relevant, where it takes one."""
    read = names.read(name)
    if rel == 1 or name == "NumRet" or "rel" not in names.table()[read.word].parameters:
        return name
    others = tuple(pair for pair in read.parameters if pair[0] != "rel")
    return str(msgspec.structs.replace(read, parameters=(*others, ("rel", str(rel)))))


@pytest.mark.parametrize(
    ("qrels", "results", "out", "options"), GOLDEN, ids=[g[2] + g[0] for g in GOLDEN]
)
def test_trec_evals_own_files_give_its_own_numbers(shared, qrels, results, out, options):
    """Through our reader, our writer and our reader again; all measures that are ours, to its 4 decimals."""
    folder = shared / "oracles/ir/trec_eval"
    judgements, rows = read(folder, qrels, results)
    collection = of_ids("trec", judgements, OPEN)
    run = run_of(collection, rows.name, {}, rows)
    written = [BytesIO(), BytesIO()]
    trec.write_qrels(collection, written[0])
    trec.write_run(run, collection, written[1])
    again = of_ids("trec", trec.read_qrels(BytesIO(written[0].getvalue()), "")[0], OPEN)
    rows = trec.read_run(BytesIO(written[1].getvalue()), "")[0]
    if most := options.get("first"):
        rows = the_first(rows, most)
    run = run_of(again, rows.name, {}, rows)
    expected: dict[str, dict[str, float]] = defaultdict(dict)
    for line in (folder / out).read_text().splitlines():
        theirs, topic, value = line.split("\t")
        if (name := ours(theirs.strip())) is not None:
            expected[with_level(name, options.get("rel", 1))][topic] = float(value)
    assert len(expected) >= 16 or out == "out.test.meas_params"
    scored = score(run, again, list(expected), over=options.get("over", "both"))
    for name, by_topic in expected.items():
        found = dict(zip(scored.topics, scored.values[str(names.parse(name))], strict=True))
        found["all"] = scored.total(str(names.parse(name)))
        for topic, value in by_topic.items():
            assert found[topic] == pytest.approx(value, abs=5.1e-5), (name, topic)


def the_first(rows: Rows, n: int) -> Rows:
    """Return each topic's first rows, as they were written: best first."""
    seen: dict[str, int] = defaultdict(int)
    kept = []
    for row in zip(rows.topic_ids, rows.item_ids, rows.values, strict=True):
        seen[row[0]] += 1
        if seen[row[0]] <= n:
            kept.append(row)
    return Rows(*map(list, zip(*kept, strict=True)), name=rows.name)


def test_the_name_is_that_of_the_last_row_as_trec_eval_takes_it(shared):
    assert (
        read(shared / "oracles/ir/trec_eval", "qrels.test", "results.trunc")[1].name == "STANDARD"
    )


ID = st.text(
    st.characters(codec="utf-8", exclude_characters=" \t\n\r\x0b\f\0#\ufeff"),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.tuples(ID, ID), st.floats(allow_nan=False, allow_infinity=False), min_size=1
    ),
    st.sampled_from(["", "a run", "x"]),
)
def test_a_run_comes_back_as_it_was_written(scores, name):
    topics, items = zip(*scores, strict=True)
    given_rows = Rows(topics, items, list(scores.values()))
    collection = of_ids("a", Rows(topics, items, [1] * len(scores)), OPEN)
    run = run_of(collection, name, {}, given_rows)
    file = BytesIO()
    assert trec.write_run(run, collection, file) == len(scores)
    rows, faults = trec.read_run(BytesIO(file.getvalue()), "run")
    assert faults == []
    assert (
        dict(zip(zip(rows.topic_ids, rows.item_ids, strict=True), rows.values, strict=True))
        == scores
    )
    assert run_of(collection, name, {}, rows).id == run.id


@settings(max_examples=40)
@given(st.dictionaries(st.tuples(ID, ID), st.integers(-3, 9), min_size=1))
def test_judgements_come_back_as_they_were_written(grades):
    topics, items = zip(*grades, strict=True)
    collection = of_ids("a", Rows(topics, items, list(grades.values())), OPEN)
    file = BytesIO()
    trec.write_qrels(collection, file)
    rows, faults = trec.read_qrels(BytesIO(file.getvalue()), "qrels")
    assert (faults, of_ids("a", rows, OPEN).id) == ([], collection.id)


@given(
    st.one_of(st.binary(max_size=200), st.text("0Q1a.-+e_#\t \r\n", max_size=200).map(str.encode))
)
@example(b"\xef\xbb\xbf301 0 a 1\r\n")
@example(b"1 Q0 a 1 1_0 x\n")
def test_no_content_raises_and_every_line_is_a_row_a_fault_a_comment_or_empty(content):
    said = [
        line
        for line in content.split(b"\n")
        if line.split() and not line.split()[0].startswith(b"#")
    ]
    for reader in (trec.read_qrels, trec.read_run):
        rows, faults = reader(BytesIO(content), "any")
        assert len(rows.values) + len(faults) <= len(said)
        if not content.startswith(trec.BYTE_ORDER_MARK):
            assert len(rows.values) + len(faults) == len(said)
        assert np.isfinite(rows.values).all()


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"301 Q0 a 1 2.5 run", "run_row"),
        (b"301 0 a", "columns"),
        (b"1 2 3 4 5 6 7 8 9 10", "columns"),
        (b"301 0 a 0.7", "not_whole"),
        (b"301 0 a nan", "not_finite"),
        (b"301 0 a 1_0", "not_a_number"),
        (b"301 0 a relevant", "not_a_number"),
        (b"301 0 \xff 1", "not_utf8"),
        (b"3\0 0 a 1", "null_byte"),
        (b"301 0 " + b"a" * trec.LIMIT_BYTES + b" 1", "too_long"),
    ],
)
def test_a_bad_row_of_judgements_is_named_and_costs_no_good_one(line, rule):
    rows, (fault,) = trec.read_qrels(BytesIO(b"301 0 good 1\n" + line + b"\n301 0 fine 0\n"), "q")
    assert list(rows.item_ids) == ["good", "fine"]
    assert (fault.rule, fault.position, fault.source) == (rule, 2, "q")


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"301 0 a 1", "qrels_row"),
        (b"301 Q0 a 1 2.5", "columns"),
        (b"301 Q0 a 1 NaN run", "not_finite"),
        (b"301 Q0 a 1 -inf run", "not_finite"),
        (b"301 Q0 a 1 high run", "not_a_number"),
    ],
)
def test_a_bad_row_of_a_run_is_named_too(line, rule):
    rows, (fault,) = trec.read_run(BytesIO(line + b"\n301 Q0 b 1 2 run and more\n"), "r")
    assert (list(rows.item_ids), fault.rule) == (["b"], rule)


def test_marks_line_ends_tabs_and_comments_do_not_matter():
    plain = b"301 0 a 1\n302 0 b 0\n"
    other = b"\xef\xbb\xbf301\t0\ta\t1\r\n# said\r\n  \r\n 302  0 b 0"
    assert trec.read_qrels(BytesIO(plain), "") == trec.read_qrels(BytesIO(other), "")


def test_a_packed_file_is_told_by_its_bytes_and_one_that_breaks_off_says_where(tmp_path):
    file = tmp_path / "qrels"
    packed = gzip.compress(b"".join(b"301 0 item-%d 1\n" % n for n in range(20_000)))
    file.write_bytes(packed)
    with trec.opened(file) as content:
        assert len(trec.read_qrels(content, "q")[0].values) == 20_000
    file.write_bytes(packed[: len(packed) // 2])
    with trec.opened(file) as content:
        rows, (fault,) = trec.read_qrels(content, "q")
    assert fault.rule == "breaks_off"
    assert 0 < len(rows.values) < 20_000


def test_grades_that_are_no_whole_numbers_are_refused_unless_scaled():
    collection = of_ids("a", Rows(["t", "t"], ["a", "b"], [0.25, 1]), OPEN)
    with pytest.raises(BadValue, match=r"0\.25 is no whole number"):
        trec.write_qrels(collection, BytesIO())
    file = BytesIO()
    assert trec.write_qrels(collection, file, scale=1000) == 2
    assert file.getvalue() == b"t 0 a 250\nt 0 b 1000\n"


def test_ranks_follow_scores_and_ties_the_later_id():
    collection = a_collection(2)
    run = rank(collection, "two words", {}, a_run(collection, "x", 0).ranked)
    file = BytesIO()
    trec.write_run(run, collection, file)
    first, second, *_ = file.getvalue().decode().splitlines()
    assert first == "listener-00 Q0 track:00 1 1.0 two_words"
    assert second == "listener-00 Q0 track:11 2 0.0 two_words"
