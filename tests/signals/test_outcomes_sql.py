"""What became of each shown slot: seen or not and why, played, acted on, and what came after."""

import pytest

from ritornello.signals import visibility
from tests.signals.relations import DAY, HOUR, MINUTE, SECOND, Duck, activity_of, made

AT = 20_600 * DAY
DUCK = Duck()
SCREEN = [
    dict(zip(("surface", "device", "has_screen", "n_in_view", "passes"), row, strict=True))
    for row in visibility.read(
        """
        [devices]
        mobile = { n_in_view = 2, passes = true }
        desktop = { n_in_view = 3, passes = false }
        web = { passes = true }
        speaker = { screen = false }
        [surfaces.radio]
        mobile = { n_in_view = 1 }
        """,
        "screens",
    ).rows()
]


def decision(name="d", items="abcdef", **said):
    usual = {
        "decision_id": name, "listener_id": "ada", "surface": "home", "made_at_us": AT,
        "shelf": "home", "device": "unknown", "propensity": 0.5, "source": "blend",
    }  # fmt: skip
    return [
        usual | {"position": place, "item_id": f"track:{item}"} | said
        for place, item in enumerate(items)
    ]


def belongs(name, position, at=AT + MINUTE, **said):
    usual = {
        "event_id": name, "listener_id": "ada", "decision_id": "d", "shelf": "home",
        "position": position, "attribution": "stated", "made_at_us": AT, "visit_id": "v",
        "item_id": f"track:{'abcdef'[position]}", "artist_id": "artist:1", "started_at_us": at,
        "reading": "play", "n_after": 0, "ms_after": 0,
    }  # fmt: skip
    return usual | said


def glimpse(position, at=AT + SECOND, **said):
    usual = {
        "event_id": f"i{position}", "listener_id": "ada", "decision_id": "d", "shelf": "home",
        "position": position, "seen_at_us": at, "device": "unknown",
    }  # fmt: skip
    return usual | said


def act(word, about="track:a", at=AT + 2 * MINUTE, **said):
    usual = {
        "event_id": f"{word}{at}", "listener_id": "ada", "act": word, "about_id": about,
        "happened_at_us": at,
    }  # fmt: skip
    return usual | said


def outcomes(shown, **given):
    """Return the outcomes by decision, shelf and position; as many as were shown."""
    noticed = activity_of(given.get("impression", []))
    given = {"shown": shown, "screen": SCREEN, "activity": noticed} | given
    rows = made(DUCK, given, [*(() if "touched" in given else ["touched"]), "outcomes"])["outcomes"]
    assert len(rows) == len(shown)
    return {(row["decision_id"], row["shelf"], row["position"]): row for row in rows}


def seen(shown, **given):
    """Return what was seen of the only decision, and why."""
    rows = outcomes(shown, **given)
    return [(row["seen"], row["seen_because"]) for _, row in sorted(rows.items())]


NOBODY_KNOWS = (None, None)
NOT = (False, "not_reported")


@pytest.mark.parametrize(
    ("said", "first_three"),
    [
        ({"device": "unknown"}, [NOBODY_KNOWS] * 3),
        ({"device": "mobile"}, [(True, "in_view"), (True, "in_view"), NOBODY_KNOWS]),
        ({"device": "desktop"}, [(True, "in_view")] * 3),
        ({"device": "web"}, [NOBODY_KNOWS] * 3),
        ({"device": "speaker"}, [(False, "no_screen")] * 3),
        ({"device": "mobile", "surface": "radio", "shelf": "radio"}, [(True, "in_view"), NOBODY_KNOWS, NOBODY_KNOWS]),
        ({"device": "mobile", "surface": "moments", "shelf": "gym"}, [(True, "in_view"), (True, "in_view"), NOBODY_KNOWS]),
        ({"device": "mobile", "shelf": "one of several"}, [NOBODY_KNOWS] * 3),
        ({"device": "mobile", "period": "2026-W21"}, [NOBODY_KNOWS] * 3),
    ],
)  # fmt: skip
def test_untouched_only_what_fits_the_screen_of_a_list_asked_for_was_surely_seen(said, first_three):
    assert seen(decision(**said))[:3] == first_three


def test_a_client_that_reports_says_what_was_not_seen():
    shown = decision(device="desktop", shelf="s")
    views = [glimpse(0, shelf="s"), glimpse(2, shelf="s", visible_ms=499)]
    assert seen(shown, impression=views) == [
        (True, "impression"), NOT, (False, "glimpsed"), NOT, NOT, NOT,
    ]  # fmt: skip
    assert seen(shown, impression=[glimpse(0, shelf="s", listener_id="bob")])[0] == NOBODY_KNOWS


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ({}, NOT),
        ({"device": "desktop"}, NOBODY_KNOWS),
        ({"listener_id": "bob"}, NOBODY_KNOWS),
        ({"seen_at_us": AT + DAY}, NOBODY_KNOWS),
        ({"seen_at_us": AT + DAY - 1}, NOT),
    ],
)
def test_a_client_that_reported_on_that_day_and_device_saw_nothing_of_the_rest(said, known):
    views = [glimpse(0, decision_id="another") | said]
    assert seen(decision(), impression=views) == [known] * 6


@pytest.mark.parametrize(
    ("ms", "because"), [(None, "impression"), (500, "impression"), (0, "glimpsed")]
)
def test_half_a_second_in_view_is_seen(ms, because):
    assert seen(decision(), impression=[glimpse(0, visible_ms=ms)])[0][1] == because


@pytest.mark.parametrize(
    ("device", "given", "passed"),
    [
        ("mobile", {"impression": [glimpse(4)]}, True),
        ("web", {"attributions": [belongs("e", 4)]}, True),
        ("web", {"attributions": [belongs("e", 4, shuffle=True)]}, False),
        ("web", {"act": [act("save", "track:e", decision_id="d", shelf="home", position=4)]}, True),
        ("web", {"impression": [glimpse(4, visible_ms=1)]}, False),
        ("desktop", {"impression": [glimpse(5)]}, False),
        ("speaker", {"attributions": [belongs("e", 4)]}, False),
    ],
)
def test_who_reached_a_slot_passed_those_before_it(device, given, passed):
    found = seen(decision(device=device), **given)
    assert (found[3] == (True, "passed")) == passed
    assert found[5] != (True, "passed")


def test_a_slot_tells_of_its_first_listen_and_counts_the_plays():
    listens = [
        belongs("late", 1, AT + HOUR, reading="play", ms_played=200_000, visit_id="w"),
        belongs("skip", 1, AT + MINUTE, reading="skip", ms_played=9_000, skip_grade="early",
                fraction_played=0.05, attribution="inferred"),
        belongs("other", 4, AT + 2 * MINUTE),
        belongs("none", 2, attribution="none", made_at_us=None),
    ]  # fmt: skip
    found = outcomes(decision(), attributions=listens)
    row = found["d", "home", 1]
    assert row["event_id"] == "skip"
    assert (row["reading"], row["skipped_at_ms"], row["skip_grade"]) == ("skip", 9_000, "early")
    assert (row["n_plays"], row["rank_played"], row["attribution"]) == (1, 1, "inferred")
    assert row["seconds_to_play"] == 60.0
    assert (found["d", "home", 4]["rank_played"], found["d", "home", 4]["n_plays"]) == (2, 1)
    assert not found["d", "home", 2]["played"]
    assert found["d", "home", 2]["rank_played"] is None
    assert found["d", "home", 2]["n_plays"] == 0


@pytest.mark.parametrize(
    ("started_at_us", "said", "view_at_us", "seconds"),
    [
        (AT + MINUTE, {}, None, 60.0),
        (AT + MINUTE, {}, AT + 30 * SECOND, 30.0),
        (AT + MINUTE, {}, AT + 2 * MINUTE, 60.0),
        (AT - MINUTE, {}, None, 0.0),
        (AT + HOUR, {"visible_from_at_us": AT + 30 * MINUTE}, None, 1800.0),
        (AT + HOUR, {"visible_from_at_us": AT - DAY}, None, 3600.0),
    ],
)
def test_time_to_play_counts_from_when_it_could_be_seen(started_at_us, said, view_at_us, seconds):
    views = [] if view_at_us is None else [glimpse(0, view_at_us)]
    listens = [belongs("e", 0, started_at_us)]
    found = outcomes(decision(**said), attributions=listens, impression=views)
    assert found["d", "home", 0]["seconds_to_play"] == seconds


def test_what_comes_next_is_of_the_same_list_or_not():
    listens = [
        belongs("one", 0, AT, next_begins="listen", n_after=4),
        belongs("two", 1, AT + MINUTE, next_begins="listen", n_after=3),
        belongs("three", 2, AT + 3 * MINUTE, next_begins="query", n_after=1),
        belongs("four", 3, AT + 4 * MINUTE, next_begins=None, n_after=0, ms_after=5),
        belongs("five", 4, AT + HOUR, next_begins=None, n_after=0, visit_id="w"),
    ]
    found = outcomes(decision(), attributions=listens)
    nexts = [found["d", "home", place]["next_in_visit"] for place in range(6)]
    assert nexts == ["same_list", "other_content", "search", "nothing", "nothing", None]
    assert (found["d", "home", 3]["n_after"], found["d", "home", 3]["ms_after"]) == (0, 5)


WORDS = {
    "save": "saved", "love": "loved", "add_to_playlist": "added", "follow": "followed",
    "ban": "banned", "hate": "banned",
}  # fmt: skip


@pytest.mark.parametrize(("word", "column"), WORDS.items())
def test_an_act_marks_the_slot_it_names_until_it_is_taken_back(word, column):
    named = {"decision_id": "d", "shelf": "home", "position": 3}
    acts = [act(word, "track:zzz", **named)]
    row = outcomes(decision(), act=acts)["d", "home", 3]
    assert {name for name in WORDS.values() if row[name]} == {column}
    assert (row["seen"], row["seen_because"], row["played"]) == (True, "acted", False)
    if word != "add_to_playlist":
        acts.append(act(f"un{word}", "track:zzz", AT + HOUR, **named))
        assert not outcomes(decision(), act=acts)["d", "home", 3][column]


@pytest.mark.parametrize(
    ("about", "at", "marked"),
    [
        ("track:b", AT + HOUR, [1]),
        ("artist:1", AT + HOUR, [4]),
        ("track:old-b", AT + HOUR, [1]),
        ("artist:1", AT + DAY + 5 * MINUTE - 1, [4]),
        ("artist:1", AT + DAY + 5 * MINUTE, []),
        ("track:f", AT + HOUR, [5]),
        ("track:f", AT + DAY, []),
        ("track:b", AT - 1, []),
        ("artist:2", AT + HOUR, []),
    ],
)
def test_an_act_without_a_slot_belongs_to_the_latest_listen_or_else_offer(about, at, marked):
    listens = [belongs("e", 1, AT + MINUTE), belongs("f", 4, AT + 5 * MINUTE)]
    item = [{"item_id": "track:old-b", "canonical_id": "track:b"}]
    found = outcomes(decision(), attributions=listens, act=[act("save", about, at)], item=item)
    assert [place for (_, _, place), row in sorted(found.items()) if row["saved"]] == marked


def test_an_act_after_a_listen_that_belongs_to_nothing_marks_no_slot():
    listens = [belongs("e", 1, attribution="none", decision_id="x", made_at_us=None)]
    found = outcomes(decision(), attributions=listens, act=[act("save", "track:b", AT + HOUR)])
    assert not any(row["saved"] for row in found.values())


def test_the_latest_offer_has_the_act_of_an_item_that_was_not_played():
    shown = [*decision("d"), *decision("later", "fa", made_at_us=AT + MINUTE)]
    found = outcomes(shown, act=[act("love", "track:f", AT + HOUR)])
    assert [key for key, row in found.items() if row["loved"]] == [("later", "home", 0)]


@pytest.mark.parametrize(("days", "counts"), [(-1, True), (-1.01, False), (8.99, True), (9, False)])
def test_what_is_reported_days_too_early_or_late_is_of_no_slot(days, counts):
    at = AT + round(days * DAY)
    views = [glimpse(0, at)]
    acts = [act("save", at=at, decision_id="d", shelf="home", position=1)]
    found = outcomes(decision(), impression=views, act=acts)
    assert (found["d", "home", 0]["seen_because"] == "impression") == counts
    assert found["d", "home", 1]["saved"] == counts


def test_a_slot_named_twice_keeps_both_rows():
    shown = [*decision(), *decision(items="ab")]
    given = {"shown": shown, "screen": SCREEN, "attributions": [belongs("e", 1)]}
    rows = made(DUCK, given, ["touched", "outcomes"])["outcomes"]
    assert len(rows) == 8
    assert sum(row["played"] for row in rows) == 2


def test_merged_ids_and_artists_are_read_from_the_catalogue():
    item = [
        {"item_id": "track:a", "canonical_id": "track:A", "kind": "track", "artist_id": "artist:1"},
        {
            "item_id": "episode:b",
            "canonical_id": "episode:b",
            "kind": "episode",
            "show_id": "show:1",
        },
    ]
    shown = decision(items=["a", "unheard-of"]) + decision("e", ["x"], item_id="episode:b")
    found = outcomes(shown, item=item)
    columns = ("item_id", "artist_id", "kind")
    assert [[row[c] for c in columns] for _, row in sorted(found.items())] == [
        ["track:A", "artist:1", "track"],
        ["track:unheard-of", None, "track"],
        ["episode:b", "show:1", "episode"],
    ]


def test_a_surface_that_declares_an_intent_lends_it():
    intended = [
        {"surface": "home", "intent": "familiar"},
        {"context_kind": "playlist", "context_id": "p", "intent": "sleep"},
    ]
    shown = [*decision(), *decision("e", surface="radio")]
    shown += decision("s", items="a", surface="moments", shelf="falling-asleep", intent="sleep")
    found = outcomes(shown, intended=intended)
    assert found["s", "falling-asleep", 0]["intent_declared"] == "sleep"
    assert found["d", "home", 0]["intent_declared"] == "familiar"
    assert found["e", "home", 0]["intent_declared"] is None
