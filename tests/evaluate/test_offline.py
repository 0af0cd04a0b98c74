"""Entrants held against what happened next: known answers, parts, draws, refusals."""

import msgspec
import numpy as np
import pytest

from ritornello.cli.wiring import ground_of, settings_of
from ritornello.evaluate import as_of, entrants, held_out, in_service, offline, plans, splits
from ritornello.evaluate.asking import PARTS, parted
from ritornello.evaluate.entrants import parse
from ritornello.evaluate.field import Field
from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.measures.matching import NothingToJudge
from ritornello.models.training import TrainingConfig
from tests.evaluate.lived_in import AT, lived_in, rooms

pytestmark = pytest.mark.slow
TEXTS = (
    "blend",
    "transitions",
    "made_for_you",
    "home",
    "discover_weekly",
    "daily_mix",
    "radio",
    "moments/gym",
)


class Knowing(msgspec.Struct, frozen=True):
    """An entrant that was told what is right."""

    right: dict[str, list[str]]
    name: str = "knowing"
    n_draws: int = 1
    warnings: tuple[()] = ()

    def recipe(self, service):
        return {}

    def rank(self, block, n, draw):
        view = block.service.stock.view
        lists = [
            view.rows(self.right.get(each.profile.listener_id, ())) for each in block.situations
        ]
        return parted(block, lists, n)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A past in service, what was right after it, and where merged ids lead today."""
    home = lived_in(tmp_path_factory.mktemp("offline") / "home")
    settings = settings_of(home)
    with as_of.whole(home) as everything:
        split = splits.global_time(everything.duck, AT)
        with (
            as_of.past(everything, split, rooms()) as past,
            in_service.in_service(past, settings, TrainingConfig(n_judges=5)) as service,
        ):
            right = held_out.right(everything, split, ground_of(home, settings), held_out.Played())
            yield service, right, plans.merges(everything.conn)


def evaluated(opened, *entering, **more):
    return offline.evaluate(*opened, entering, np.random.default_rng(0), **more)


def knowing(right, merges):
    """Return who names all that is right, by every id it had."""
    told, had = {}, {}
    for from_id, into_id in merges.items():
        had.setdefault(into_id, []).append(from_id)
    for who, item, good in zip(right.listener_ids, right.item_ids, right.served, strict=True):
        if good:
            told.setdefault(str(who), []).extend([str(item), *had.get(str(item), ())])
    return Knowing(told)


def test_who_knows_what_happens_is_perfect_up_to_what_nobody_knew(opened):
    found = evaluated(
        opened, knowing(*opened[1:]), parse("popularity"), measures=["nDCG@20", "P@1"]
    )
    for judgement in found.offline.judgements:
        at = found.offline.value(judgement.part, "knowing", "P@1")
        assert at.mean == 1.0 or judgement.n_right_unknown > 0
        assert at.n == judgement.n_listeners
    above = [each for each in found.offline.differences if each.measure == "nDCG@20"]
    assert [each.entrant for each in above] == ["popularity"] * len(above)
    assert all(each.at.high < 0 for each in above if each.part == "all")


def test_parts_hold_what_was_new_and_what_was_known_and_nothing_twice(opened):
    service, _, _ = opened
    found = {each.part: each for each in evaluated(opened, parse("blend")).offline.judgements}
    assert found["all"].n_right == found["new"].n_right + found["again"].n_right
    answers = offline.ask(
        service, [parse(text) for text in TEXTS], ["listener-1", "nobody-yet"], 20
    )
    for (rankings,) in answers.of.values():
        for place, situation in enumerate(service.situations(answers.listeners)):
            every, new, again = (rankings[part][place] for part in PARTS)
            assert len(set(every.tolist())) == len(every) <= 20
            assert not situation.heard[new].any()
            assert situation.heard[again].all()


def test_scorers_rank_the_whole_catalogue_the_models_know(opened):
    service, _, _ = opened
    (rankings,) = offline.ask(service, [parse("ease")], ["listener-1"], 10_000).of["ease"]
    (situation,) = service.situations(["listener-1"])
    assert len(rankings["all"][0]) == situation.allowed_columns.sum()


def test_a_strangers_weekly_and_mixes_are_empty_and_their_page_is_not(opened):
    service, _, _ = opened
    asked = [parse(text) for text in ("discover_weekly", "daily_mix", "home")]
    found = offline.ask(service, asked, ["nobody-yet"], 20).of
    assert [len(found[name][0]["all"][0]) > 0 for name in found] == [False, False, True]


def test_a_value_by_hand(opened):
    service, right, merges = opened
    found = evaluated(opened, parse("blend"), measures=["nDCG@20"])
    (rankings,) = offline.ask(
        service, [parse("blend")], sorted({*right.listener_ids[right.served].tolist()})
    ).of["blend"]
    values = []
    for who, rows in zip(
        sorted({*right.listener_ids[right.served].tolist()}), rankings["all"], strict=True
    ):
        ids = [service.stock.view.ids[row] for row in rows]
        today = list(dict.fromkeys(merges.get(each, each) for each in ids))[:20]
        good = set(right.item_ids[(right.listener_ids == who) & right.served].tolist())
        reached = sum(1 / np.log2(place + 2) for place, item in enumerate(today) if item in good)
        values.append(reached / sum(1 / np.log2(place + 2) for place in range(min(len(good), 20))))
    assert found.offline.value("all", "blend", "nDCG@20").mean == pytest.approx(np.mean(values))


def test_a_stranger_is_ranked_what_is_popular_as_in_service(opened):
    service, _, _ = opened
    found = offline.ask(
        service, [parse("blend"), parse("popularity")], ["nobody-yet", "listener-1"], 20
    ).of
    blend, popular = (found[name][0]["all"] for name in ("blend", "popularity"))
    assert blend[0].tolist() == popular[0].tolist()
    assert blend[1].tolist() != popular[1].tolist()


def test_the_order_is_that_of_service(opened):
    service, _, _ = opened
    (situation,) = service.situations(["listener-1"])
    (ranked,) = offline.ask(service, [parse("blend")], ["listener-1"], 50).of["blend"]
    assert ranked["all"][0].tolist() == service.stock.rows[situation.pool[:50]].tolist()


def test_a_policys_value_is_the_mean_over_its_draws(opened):
    policy = parse("plackett_luce(budget=0.5) over ease")
    found = evaluated(opened, policy, measures=["P@5"])
    runs = [run for run in found.runs if run.recipe["part"] == "all"]
    assert [run.name for run in runs] == [
        f"{policy.name} #{draw + 1}" for draw in range(policy.n_draws)
    ]
    assert len({run.id for run in runs}) == policy.n_draws
    from ritornello.evaluate.scoring import score

    collection = next(each for each in found.collections if each.id == runs[0].collection_id)
    each = [score(run, collection, ["P@5"]).values["P@5"] for run in runs]
    assert found.offline.value("all", policy.name, "P@5").mean == pytest.approx(np.mean(each))


def test_the_same_question_has_the_same_answer(opened):
    texts = ("blend", "plackett_luce(budget=0.3) over blend", "home")
    first, second = (evaluated(opened, *map(parse, texts)) for _ in range(2))
    assert first.offline == second.offline
    assert [run.id for run in first.runs] == [run.id for run in second.runs]


def test_a_run_is_read_from_a_file(opened, tmp_path):
    service, _, _ = opened
    view = service.stock.view
    (rankings,) = offline.ask(service, [parse("blend")], ["listener-1"], 5).of["blend"]
    ids = [view.ids[row] for row in rankings["all"][0]]
    lines = [f"listener-1 Q0 {item} 0 {-place} x" for place, item in enumerate(ids)]
    file = tmp_path / "run.txt"
    file.write_text("\n".join([*lines, "no run at all", "listener-1 Q0 track:nowhere 0 -99 x", ""]))
    entrant = parse(f"run:{file}")
    (read,) = offline.ask(service, [entrant], ["listener-1", "listener-2"], 5).of[entrant.name]
    assert read["all"][0].tolist() == rankings["all"][0].tolist()
    assert not len(read["all"][1])
    assert [warned.code for warned in entrant.warnings] == ["run_lines_refused"]
    (tmp_path / "empty.txt").write_text("nothing here\n")
    with pytest.raises(BadValue, match="no row of a run"):
        parse(f"run:{tmp_path / 'empty.txt'}")


def test_items_that_are_one_by_now_are_judged_as_one(opened):
    service, right, merges = opened
    one, two = (
        service.stock.view.ids[row] for row in np.flatnonzero(service.stock.view.available)[:2]
    )
    field = Field(service, right, {**merges, one: two}, ["listener-1"], [{"known": "enough"}])
    assert one not in field.numbers
    both = field.numbers_of([one, two])
    assert both[0] == both[1]


def test_an_entrant_without_a_word_has_no_value_and_that_is_said(opened):
    found = evaluated(opened, parse("blend"), parse("new_for_you")).offline
    assert any(w.code == "entrant_silent" and "'again'" in w.text for w in found.warnings)
    assert not [v for v in found.values if (v.entrant, v.part) == ("new_for_you", "again")]


def test_measures_beyond_relevance_know_the_past_alone(opened):
    found = evaluated(opened, parse("blend"), parse("popularity"), measures=["novelty@10"]).offline
    blend, popular = (
        found.value("all", name, "novelty@10").mean for name in ("blend", "popularity")
    )
    assert 0 < popular < blend


def test_nothing_right_is_nothing_to_judge(opened):
    service, right, merges = opened
    none = right._replace(served=np.zeros_like(right.served))
    with pytest.raises(NothingToJudge, match="served anybody"):
        offline.evaluate(service, none, merges, [parse("blend")], np.random.default_rng(0))


def test_a_measure_of_the_whole_run_is_refused(opened):
    with pytest.raises(BadValue, match="whole run"):
        evaluated(opened, parse("blend"), measures=["coverage@10"])


def test_names_of_entrants():
    for text in (*TEXTS, "plackett_luce(budget=0.5,temperature=1.0,floor=0.0) over ease"):
        assert parse(text).name == text
    assert parse(entrants.parse("greedy over blend").name).name == "greedy over blend"
    with pytest.raises(UnknownName, match="did you mean 'blend'"):
        parse("blnd")
    with pytest.raises(UnknownName):
        parse("greedy over nothing")
    with pytest.raises(UnknownName):
        parse("search")
