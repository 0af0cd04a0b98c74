"""What a search was and what it took: by hand, from a window as from the whole, alike on both engines."""

import re
from collections import Counter

import numpy as np
import pytest

from tests.signals.relations import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    TABLES,
    Duck,
    cut,
    in_order,
    made,
)

AT = 20_600 * DAY + 9 * HOUR
DUCK = Duck()


class Visit:
    """A visit told event by event; each gets the next place."""

    def __init__(self, listener_id="ada", at=AT):
        self.listener_id, self.visit_id, self.at = listener_id, f"{listener_id}/{at}", at
        self.rows = {}
        self.place = 0

    def _add(self, table, kind, event_id, at, row):
        self.place += 1
        own = {"event_id": event_id, "listener_id": self.listener_id}
        self.rows.setdefault("activity", []).append(
            own
            | {
                "visit_id": self.visit_id, "kind": kind, "place": self.place, "at_us": at, "until_us": at,
                "local_us": at + HOUR, "surface": "search", "device": "mobile",
            }
        )  # fmt: skip
        self.rows.setdefault(table, []).append(own | row)
        return self

    def query(self, text, after_s=0, event_id=None, **said):
        at = self.at + after_s * SECOND
        event_id = event_id or f"{self.visit_id}/q{self.place}"
        usual = {"mode": "typed", "text": text, "happened_at_us": at}
        return self._add("query", "query", event_id, at, usual | said)

    def hears(self, item, after_s, event_id=None, ms=200_000, reading="play", **said):
        at = self.at + after_s * SECOND
        event_id = event_id or f"{self.visit_id}/l{self.place}"
        about = {
            name: said.pop(name) for name in ("decision_id", "shelf", "position") if name in said
        }
        first = said.pop("first_item", True)
        row = {
            "visit_id": self.visit_id, "position_in_visit": self.place + 1, "item_id": item, "artist_id": "artist:1",
            "kind": "track", "started_at_us": at, "ended_at_us": at + 1000 * ms, "ms_played": ms,
            "fraction_played": 0.9, "reading": reading, "counts": True, "context_kind": "unknown",
        }  # fmt: skip
        self._add("readings", "listen", event_id, at, row | said)
        if about:
            attributed = {
                "event_id": event_id,
                "listener_id": self.listener_id,
                "attribution": "stated",
            }
            self.rows.setdefault("attributions", []).append(attributed | about)
        self.rows.setdefault("encounters", []).append({"event_id": event_id, "first_item": first})
        return self

    def acts(self, word, about, after_s=0, **said):
        at = self.at + after_s * SECOND
        event_id = f"{self.visit_id}/a{self.place}"
        return self._add(
            "act",
            "act",
            event_id,
            at,
            {"act": word, "about_id": about, "happened_at_us": at} | said,
        )

    def sees(self, decision_id, shelf, position, visible_ms, after_s=1):
        at = self.at + after_s * SECOND
        row = {
            "decision_id": decision_id, "shelf": shelf, "position": position, "seen_at_us": at,
            "visible_ms": visible_ms,
        }  # fmt: skip
        return self._add("impression", "impression", f"{self.visit_id}/i{self.place}", at, row)

    def answers(self, value, after_s=0):
        at = self.at + after_s * SECOND
        row = {"question": "intent", "value": value, "happened_at_us": at}
        return self._add("answer", "answer", f"{self.visit_id}/w{self.place}", at, row)


def decision(name="d", items="abcd", at=AT, listener_id="ada", shelf="tracks", **said):
    usual = {
        "decision_id": name, "listener_id": listener_id, "surface": "search", "made_at_us": at, "shelf": shelf,
    }  # fmt: skip
    return [
        usual | {"position": n, "item_id": f"track:{item}"} | said for n, item in enumerate(items)
    ]


def world(*visits, shown=(), **more):
    rows = {"shown": list(shown), **more}
    for visit in visits:
        for name, found in visit.rows.items():
            rows[name] = [*rows.get(name, ()), *found]
    return rows


def searches(*visits, shown=(), **more):
    """The searches of some visits, in their order."""
    found = made(DUCK, world(*visits, shown=shown, **more), BOTH)["searches"]
    return sorted(found, key=lambda row: (row["started_at_us"], row["search_id"]))


def one(*visits, **given):
    (row,) = searches(*visits, **given)
    return row


@pytest.mark.parametrize(
    ("second", "after_s", "said", "n_searches", "n_reformulations", "n_characters"),
    [
        ("night train live", 90, {}, 1, 0, 16),
        ("night train live", 121, {}, 2, 0, 11),
        ("the nightly news", 60, {}, 1, 1, 27),
        ("NIGHT bus", 60, {}, 1, 1, 20),
        ("nig", 10, {}, 1, 1, 14),
        ("morning", 10, {}, 2, 0, 11),
        ("morning", 600, {"mode": "turn"}, 1, 0, 18),
        ("morning", 900, {"refines": "q1"}, 1, 1, 18),
        ("morning", 10, {"refines": "nowhere"}, 2, 0, 11),
        (None, 10, {"mode": "voice"}, 2, 0, 11),
        ("", 10, {}, 2, 0, 11),
        ("tra la la", 10, {}, 2, 0, 11),
    ],
)
def test_a_run_of_queries_that_refine_each_other_is_one_search(
    second, after_s, said, n_searches, n_reformulations, n_characters
):
    found = searches(Visit().query("Night Train", event_id="q1").query(second, after_s, **said))
    assert len(found) == n_searches
    assert found[0]["search_id"] == "q1"
    assert found[0]["n_reformulations"] == n_reformulations
    assert found[0]["n_characters"] == n_characters
    assert (found[0]["first_length"], found[0]["first_words"]) == (11, 2)


def test_what_is_typed_on_costs_only_the_new_letters():
    row = one(Visit().query("b").query("be", 1).query("beat", 2).query("beatl", 3))
    assert (row["n_queries"], row["n_reformulations"], row["n_characters"]) == (4, 0, 5)
    assert (row["abandoned"], row["seconds_to_play"], row["item_id"]) == (True, None, None)


def test_spoken_queries_take_no_keys_and_have_no_length_of_their_own():
    row = one(Visit().query(None, mode="voice").query("calmer", 20, mode="turn"))
    assert (row["mode"], row["n_spoken"], row["n_turns"]) == ("voice", 1, 1)
    assert (row["n_characters"], row["first_length"], row["first_words"]) == (6, None, None)


def test_what_was_found_is_the_first_play_of_what_it_showed():
    visit = (
        Visit()
        .query("night", decision_id="d")
        .hears("track:b", 5, ms=3_000, reading="skip", decision_id="d", shelf="tracks", position=1)
        .hears("track:c", 9, event_id="it", decision_id="d", shelf="tracks", position=2)
        .hears("track:d", 300, decision_id="d", shelf="tracks", position=3, first_item=False)
    )
    row = one(visit, shown=decision())
    wanted = {
        "n_listens": 3, "n_plays": 2, "n_items": 2, "n_new": 1, "ms_played_all": 403_000, "event_id": "it",
        "item_id": "track:c", "kind": "track", "ms_played": 200_000, "n_results_passed": 2, "seconds_to_play": 9.0,
        "n_results": 4, "abandoned": False, "good_because": None, "local_hour": 10,
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted


def test_a_listen_that_names_no_decision_belongs_to_the_search_it_says_it_came_from():
    visit = (
        Visit()
        .query("night", event_id="q1")
        .hears("track:a", 20, context_kind="search")
        .hears("track:b", 250, context_kind="album")
        .query("something else", 500, event_id="q2")
        .hears("track:z", 520, context_kind="search")
        .hears("track:x", 900, context_kind="search", counts=False)
    )
    first, second = searches(visit)
    assert (first["item_id"], first["n_listens"], first["n_results_passed"]) == ("track:a", 1, None)
    assert (second["item_id"], second["seconds_to_play"]) == ("track:z", 20.0)


def test_a_listen_that_joins_the_decision_of_an_earlier_search_belongs_there():
    visit = (
        Visit()
        .query("night", decision_id="d", event_id="q1")
        .query("something else", 300, event_id="q2")
        .hears("track:a", 310, decision_id="d", shelf="tracks", position=0, context_kind="search")
    )
    first, second = searches(visit, shown=decision())
    assert (first["n_plays"], first["n_results_passed"]) == (1, 0)
    assert second["abandoned"]


@pytest.mark.parametrize(
    ("word", "about", "after_s", "n_kept"),
    [
        ("save", "track:b", 5, 1),
        ("follow", "artist:1", 5, 1),
        ("love", "track:z", 5, 0),
        ("ban", "track:b", 5, 0),
        ("share", "track:b", 5, 0),
    ],
)
def test_what_is_kept_of_the_results_makes_an_abandoned_search_good(word, about, after_s, n_kept):
    item = [{"item_id": "track:b", "canonical_id": "track:b", "artist_id": "artist:1"}]
    visit = Visit().query("night", decision_id="d").acts(word, about, after_s)
    row = one(visit, shown=decision(), item=item)
    assert row["n_kept"] == n_kept
    assert row["abandoned"]
    assert row["good_because"] == ("kept" if n_kept else None)


def test_what_is_taken_back_is_not_kept_and_what_comes_after_the_next_search_is_not_its_own():
    visit = (
        Visit()
        .query("night", decision_id="d")
        .acts("save", "track:b", 5)
        .acts("unsave", "track:b", 6)
    )
    assert one(visit, shown=decision())["n_kept"] == 0
    visit = Visit().query("night", decision_id="d").query("another", 60).acts("save", "track:b", 65)
    assert [row["n_kept"] for row in searches(visit, shown=decision())] == [0, 0]


@pytest.mark.parametrize(
    ("shelf", "visible_ms", "because"),
    [
        ("passages", 8_000, "read"),
        ("passages", 7_999, None),
        ("passages", None, None),
        ("tracks", 60_000, None),
    ],
)
def test_a_passage_read_for_eight_seconds_is_an_answer(shelf, visible_ms, because):
    visit = Visit().query("night", decision_id="d").sees("d", shelf, 0, visible_ms)
    row = one(visit, shown=decision(shelf=shelf))
    assert (row["abandoned"], row["good_because"]) == (True, because)


@pytest.mark.parametrize(
    ("item", "ms", "because"),
    [("track:c", 60_000, "playing"), ("track:d", 60_000, None), ("track:c", 1_000, None)],
)
def test_who_was_already_playing_what_comes_first_had_their_answer(item, ms, because):
    visit = Visit().hears(item, 0, ms=ms).query("what is this", 30, decision_id="d")
    row = one(visit, shown=decision(at=AT + 30 * SECOND))
    assert (row["abandoned"], row["good_because"]) == (True, because)


@pytest.mark.parametrize(
    ("answer", "intent", "p", "known"),
    [
        (None, None, None, (None, None)),
        (None, None, 0.8, (0.8, "inferred")),
        (None, "browse", 0.8, (0.0, "declared")),
        (None, "known_item", None, (1.0, "declared")),
        (None, "party", 0.8, (0.8, "inferred")),
        ("known_item", "browse", 0.1, (1.0, "stated")),
        ("discover", "known_item", 0.9, (0.0, "stated")),
        ("sleep", None, 0.9, (0.9, "inferred")),
    ],
)
def test_the_mindset_is_what_was_stated_else_declared_else_believed_at_the_time(
    answer, intent, p, known
):
    visit = Visit().query("night", decision_id="d")
    if answer:
        visit.answers(answer, 3)
    visit.query("nightly", 9, decision_id="later")
    shown = decision(intent=intent, p_known_item=p) + decision(
        "later", p_known_item=0.123 if p else None
    )
    row = one(visit, shown=shown)
    assert (row["p_known_item"], row["mindset_because"]) == known
    assert row["p_believed"] == p


def test_a_decision_of_somebody_else_or_of_another_day_shows_nothing():
    visit = Visit().query("night", decision_id="d")
    for shown in (decision(listener_id="bob"), decision(at=AT + DAY), decision(at=AT - DAY - 1)):
        assert one(visit, shown=shown)["n_results"] == 0
    assert one(visit, shown=decision(at=AT - DAY))["n_results"] == 4


def test_merged_items_are_read_under_what_they_became():
    item = [{"item_id": "track:old", "canonical_id": "track:a", "artist_id": "artist:1"}]
    visit = Visit().query("night", decision_id="d").acts("love", "track:old", 4)
    assert one(visit, shown=decision(), item=item)["n_kept"] == 1


WORDS = (
    "night train",
    "night",
    "nig",
    "morning sun",
    "sun of the morning",
    "old town road",
    "town",
    None,
    "",
)
ITEMS = "abcdefgh"


def month(seed, n_visits=120):
    """Visits of a month in which everything is searched, shown, heard and kept at random."""
    rng = np.random.default_rng(seed)
    shown, visits = [], []
    for n in range(n_visits):
        at = 20_600 * DAY + int(rng.integers(30 * 24 * 6)) * 10 * MINUTE
        visit = Visit(f"listener-{n % 4}", at + n)
        after_s = 0
        for step in range(int(rng.integers(1, 9))):
            after_s += int(rng.choice([1, 30, 119, 121, 1500, 20_000]))
            shown += _step(rng, visit, f"d{n}/{step}", after_s, shown)
        visits.append(visit)
    return world(*visits, shown=shown)


def _step(rng, visit, name, after_s, shown):
    item = ITEMS[rng.integers(len(ITEMS))]
    own = [row for row in shown if row["listener_id"] == visit.listener_id][-8:]
    what = rng.choice(["query", "query", "hears", "acts", "sees", "answers"])
    if what == "query":
        at = visit.at + after_s * SECOND + int(rng.choice([-DAY, -1, 0, DAY]))
        mode = str(rng.choice(["typed", "typed", "turn", "voice"]))
        visit.query(WORDS[rng.integers(len(WORDS))], after_s, mode=mode, decision_id=name)
        shelf = str(rng.choice(["tracks", "passages"]))
        p = float(rng.random()) if rng.random() < 0.5 else None
        return decision(
            name,
            "".join(rng.permutation(list(ITEMS))[:5]),
            at,
            visit.listener_id,
            shelf,
            p_known_item=p,
        )
    slot = own[rng.integers(len(own))] if own else None
    about = {} if slot is None else {key: slot[key] for key in ("decision_id", "shelf", "position")}
    if what == "hears":
        ms = int(rng.choice([1_000, 60_000, 20_000_000]))
        visit.hears(f"track:{item}", after_s, ms=ms, reading=str(rng.choice(["play", "skip"])),
                    context_kind=str(rng.choice(["search", "album"])), **(about if rng.random() < 0.5 else {}))  # fmt: skip
    elif what == "acts":
        visit.acts(str(rng.choice(["save", "unsave", "love"])), f"track:{item}", after_s)
    elif what == "sees" and slot is not None:
        visit.sees(*about.values(), int(rng.choice([500, 9_000])), after_s)
    else:
        visit.answers(str(rng.choice(["known_item", "browse", "sleep"])), after_s)
    return []


BOTH = ["queries", "searches"]
OF_LISTENS = ("attributions", "encounters")
DAYS = {
    "activity": "at_us", "query": "happened_at_us", "queries": "at_us", "answer": "happened_at_us", "shown": "made_at_us",
    "readings": "started_at_us", "act": "happened_at_us", "impression": "seen_at_us",
}  # fmt: skip


def within(world, first, last):
    """What a build gives for the days from first to last; what names a listen lies on its day."""
    window = {
        name: [row for row in rows if first * DAY <= row[DAYS[name]] < (last + 1) * DAY]
        for name, rows in world.items()
        if name in DAYS
    }
    there = {row["event_id"] for row in window["readings"]}
    return window | {n: [r for r in world[n] if r["event_id"] in there] for n in OF_LISTENS}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOTH)
def test_a_day_built_from_the_window_of_its_reach_is_the_day_of_the_whole(name):
    duck, rows = Duck(), month(3)
    found = made(duck, rows, BOTH)
    rows["queries"], whole = found["queries"], found[name]
    reach, n_compared = TABLES[name].reach, 0
    for day in range(20_600, 20_632):
        window = within(rows, day - reach.back, day + reach.forward)
        of_window = cut(name, made(duck, window, [name])[name], day, day)
        assert in_order(of_window) == in_order(cut(name, whole, day, day)), day
        n_compared += len(of_window)
    assert n_compared == len(whole) > 100


def test_every_query_stands_in_one_search_and_the_order_of_arrival_changes_nothing():
    rows = month(4, 15)
    found, again = (
        made(Duck(), each, BOTH)
        for each in (rows, {name: each[::-1] for name, each in rows.items()})
    )
    assert all(in_order(found[name]) == in_order(again[name]) for name in BOTH)
    queries, searches = found["queries"], found["searches"]
    assert {row["event_id"] for row in queries} == {row["event_id"] for row in rows["query"]}
    assert Counter(row["search_id"] for row in queries) == {
        row["search_id"]: row["n_queries"] for row in searches
    }
    assert len({row["search_id"] for row in searches}) == len(searches)
    assert all((row["n_listens"] == 0) == row["abandoned"] for row in searches)
    assert all(row["good_because"] is None or row["abandoned"] for row in searches)


def test_no_text_is_kept():
    found = made(DUCK, world(Visit().query("night train").query("night bus", 60)), BOTH)
    assert not re.search("night|train|bus", repr(found))


@pytest.mark.spark
@pytest.mark.slow
def test_a_month_is_the_same_on_both_engines(spark):
    rows = month(5, 60)
    whole = rows | made(Duck(), rows, BOTH)
    for name in BOTH:
        given = {need: whole[need] for need in TABLES[name].needs if need in whole}
        assert _rounded(made(spark, given, [name])[name]) == _rounded(whole[name]), name
        assert whole[name]


def _rounded(rows):
    return in_order(
        {n: round(v, 9) if isinstance(v, float) else v for n, v in row.items()} for row in rows
    )


def test_nothing_at_all_makes_an_empty_table():
    assert searches() == []
