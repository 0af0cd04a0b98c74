"""The searches that serve, asked for what is known: each finds it, tells its recipe, and what changed is told."""

import sqlite3
from datetime import UTC, datetime

import numpy as np
import pytest
from msgspec.structs import replace

from ritornello.catalog import items
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.evaluate import known_items, known_minutes, search_scores, searchers
from ritornello.evaluate.content import Rows
from ritornello.evaluate.known_minutes import Talk
from ritornello.evaluate.runs import of_ids as run_of
from ritornello.evaluate.searchers import Ground
from ritornello.kinds.errors import NotFound, UnknownName
from ritornello.kinds.items import Artist, Episode, Track
from ritornello.kinds.transcripts import Segment
from ritornello.measures.matching import NothingToJudge
from ritornello.store.database import create_tables, execute_rows, schema
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.recipes import load
from ritornello.surfaces.search import documents, hypotheses, passage_index
from ritornello.surfaces.search.index import Index
from ritornello.surfaces.search.passage_index import Passages, Spoken
from ritornello.surfaces.search.search import Asked, decide
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.situation import Request, Situation, stock_of
from ritornello.testing.small_service import SCHEMAS, profile_of

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 21, tzinfo=UTC)
NAMES = ["Morning Rain", "Slow Harbour", "The Lantern", "Paper Boats", "Winter Garden"]
SAID = [
    "The river froze over on the third night of that winter.",
    "Nobody had ever counted the lanterns hanging in the harbour.",
    "She folded a boat of paper for every child in the village.",
    "In the garden grew a tree that bore no fruit at all.",
]
ITEMS = [
    *(Artist(item_id=f"artist:{n}", title=f"{name} Band") for n, name in enumerate(NAMES)),
    *(
        Track(item_id=f"track:{n}", title=name, artist_ids=(f"artist:{n}",))
        for n, name in enumerate(NAMES)
    ),
    *(
        Episode(item_id=f"episode:{n}", title=f"Talk {name}", show_id="show:s", duration_ms=60_000)
        for n, name in enumerate(NAMES[:2])
    ),
]
TALKS = [
    Talk(
        f"episode:{n}",
        f"Talk {NAMES[n]}",
        [
            Segment(text=text, start_ms=30_000 * k, end_ms=30_000 * k + 20_000)
            for k, text in enumerate(SAID[2 * n : 2 * n + 2])
        ],
        [],
    )
    for n in range(2)
]


@pytest.fixture(scope="module")
def conn():
    conn = sqlite3.connect(":memory:", isolation_level=None)
    create_tables(conn, [schema(room) for room in SCHEMAS])
    for sql, rows in items.changes(ITEMS):
        execute_rows(conn, sql, rows)
    return conn


@pytest.fixture(scope="module")
def ground(conn, tmp_path_factory):
    folder = tmp_path_factory.mktemp("said")
    told = [Spoken(episode_id=t.episode_id, title=t.title, segments=t.segments) for t in TALKS]
    passage_index.build(folder, told, told, np.random.default_rng(0))
    index, stock = Index(), stock_of(View.read(conn), NO_RULINGS, None)
    changes = documents.read(conn, documents.Mark())
    index.put(changes.documents, changes.gone, changes.mark)

    recipe = load("search")

    def situation_of(listener_id):
        profile = replace(profile_of([], NOW), listener_id=listener_id)
        request = Request.of(profile, "search", time_zone="UTC", budget=0.1, seed=7)
        return Situation(request, stock)

    def settle(text, listener_id):
        asked = Asked(situation_of(listener_id), text, found=index.find(Sought(text)))
        return None if asked.is_empty else decide(asked, Ladder(lambda: 0.0), recipe)

    def speak(heard, listener_id):
        return settle(heard.hypotheses[-1].text, listener_id)

    return Ground(situation_of, recipe, settle, speak, index, Passages(folder))


@pytest.fixture(scope="module")
def of_names(conn):
    names = known_items.named(View.read(conn))
    meant = known_items.drawn(names, {}, 12, np.random.default_rng(7))
    hears = known_items.recogniser_of(names)
    return {way: known_items.collection(way, meant, 7, hears) for way in known_items.ways(hears)}


@pytest.fixture(scope="module")
def of_minutes():
    return {way: known_minutes.collection(way, TALKS, 9, 7) for way in ("titles", "quotes")}


def scores(run, collection, before=None, measures=None):
    found, warnings = search_scores.of(
        run,
        before,
        collection,
        measures or search_scores.usual(collection),
        np.random.default_rng(0),
    )
    return {each.measure: each for each in found}, warnings


@pytest.mark.parametrize("search", ["names", "instant", "search"])
@pytest.mark.parametrize("way", ["exact", "letters", "typed"])
def test_a_name_is_found_by_its_name(search, way, ground, of_names):
    run = searchers.rank(search, of_names[way], ground)
    found, _ = scores(run, of_names[way])
    assert found["found@10"].at.mean == 1
    assert ("keys_saved@1" in found) == (way != "exact")
    assert run.recipe["search"] == search


def test_all_that_was_heard_is_handed_on(ground, of_names):
    collection = of_names["misheard"]
    run = searchers.rank("voice", collection, ground)
    (number,) = run.ranked.topics[:1].tolist()
    topic = collection.topics[number]
    heard = hypotheses.read(topic.context["heard"])[0]
    wanted = ground.speak(heard, searchers.NOBODY).slots[0].item_id
    ids = (*collection.items, *run.others)
    its = {ids[item]: score for item, score in zip(run.ranked.items[run.ranked.topics == number],
           run.ranked.scores[run.ranked.topics == number], strict=True)}  # fmt: skip
    assert max(its, key=its.get) == wanted


def test_the_first_of_every_shelf_stands_before_the_second(ground):
    decision = ground.settle("Morning Rain", searchers.NOBODY)
    collection = known_minutes.collection("titles", [Talk("track:0", "Morning Rain", [], [])], 1, 7)
    run = searchers.rank("search", collection, ground)
    ids = (*collection.items, *run.others)
    listed = [ids[item] for item in run.ranked.items[np.argsort(-run.ranked.scores)]]
    firsts = [slot.item_id for slot in decision.slots if slot.position == 0]
    assert listed[: len(set(firsts))] == list(dict.fromkeys(firsts))


def test_what_is_said_is_entered_where_it_is_said(ground, of_minutes):
    run = searchers.rank("passages", of_minutes["quotes"], ground)
    found, _ = scores(run, of_minutes["quotes"])
    assert found["T2I_Success(tolerance=15,late=15)@1"].at.mean == 1
    whole = searchers.rank("episodes", of_minutes["quotes"], ground)
    assert scores(whole, of_minutes["quotes"])[0]["AiP"].at.mean < found["AiP"].at.mean


def test_where_episodes_are_judged_each_stands_at_its_best_place(ground, of_minutes):
    for search in ("passages", "episodes"):
        run = searchers.rank(search, of_minutes["titles"], ground)
        assert set(run.others) <= {"episode:0", "episode:1"}
        assert set(scores(run, of_minutes["titles"])[0]) == set(search_scores.OF_EPISODES)


def test_every_collection_is_asked_of_what_can_answer_it(of_names, of_minutes):
    assert searchers.fitting(of_names["typed"]) == ["names", "instant", "search"]
    assert searchers.fitting(of_names["misheard"]) == ["names", "instant", "search", "voice"]
    assert searchers.fitting(of_minutes["quotes"]) == ("passages", "episodes")


def test_what_changed_since_the_run_before_is_told(of_names, ground):
    collection = of_names["exact"]
    run = searchers.rank("names", collection, ground, label="after")
    nothing = run_of(collection, "names", {}, Rows([collection.topics[0].topic_id], ["x:y"], [1.0]))
    found, _ = scores(run, collection, before=nothing)
    assert (run.name, found["found@1"].change.mean) == ("names after", found["found@1"].at.mean)
    assert scores(run, collection, before=run)[0]["found@1"].change is None
    _, warnings = scores(nothing, collection)
    assert [each.code for each in warnings] == ["topics_without_a_run"]


def test_what_cannot_be_searched_is_said(ground, of_names, of_minutes):
    empty = replace(ground, index=Index(), passages=None)
    with pytest.raises(NotFound, match="nothing has a name"):
        searchers.rank("names", of_names["exact"], empty)
    with pytest.raises(NotFound, match="no index of what is said"):
        searchers.rank("passages", of_minutes["quotes"], empty)
    with pytest.raises(UnknownName, match="no search 'telepathy'"):
        searchers.rank("telepathy", of_names["exact"], ground)
    unheard = known_minutes.collection("titles", [Talk("episode:0", "Xylo Qwrtz", [], [])], 1, 7)
    with pytest.raises(NothingToJudge, match="finds nothing for any of 1 topics"):
        searchers.rank("passages", unheard, ground)
