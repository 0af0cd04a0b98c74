"""What a query may become: recent ones, those of many, names; each text once, and it says what it is."""

import pytest

from ritornello.store.appending import reduce
from ritornello.store.database import create_tables, schema
from ritornello.surfaces.search.instant import Groups, Result, instant
from ritornello.surfaces.search.recents import remember
from ritornello.surfaces.search.suggestions import suggest
from ritornello.testing.small_service import profile_of

from .test_recents import searched, tables


@pytest.fixture
def suggesting(house, service):
    conn = tables()
    create_tables(conn, [schema("ritornello.surfaces")])
    records = [searched("love songs for rain", 0), searched("Lovely", 5), searched("jazz", 9)]
    records += [searched("love is blind", 20 + n, f"listener-{n + 2}") for n in range(5)]
    records += [searched("love letters of mine", 30, "listener-9")]
    reduce(conn, records, [remember])
    situation = house.situation(profile_of([], service.now))

    def ask(text, n=8):
        groups = instant(house.index, situation, text, house.shape) if text else Groups()
        return suggest(conn, situation, text, groups, n)

    return ask


def test_recent_ones_stand_first_then_those_of_many_then_names(suggesting):
    found = suggesting("lov")
    assert [(each.text, each.because) for each in found[:3]] == [
        ("Lovely", "recent"), ("love songs for rain", "recent"), ("love is blind", "of_many"),
    ]  # fmt: skip
    names = [each for each in found if each.because == "name"]
    assert names[0].text == "Love"
    assert names[0].item_id is not None


def test_nobodys_own_words_are_shown_to_another(suggesting):
    assert "love letters of mine" not in {each.text for each in suggesting("love l")}


def test_one_text_stands_once_whatever_its_spelling(suggesting):
    texts = [each.text.casefold() for each in suggesting("love")]
    assert len(set(texts)) == len(texts)


def test_before_anything_is_typed_recent_searches_are_there(suggesting):
    assert [each.text for each in suggesting("")] == ["jazz", "Lovely", "love songs for rain"]
    assert len(suggesting("", n=2)) == 2


def test_without_anything_known_there_is_nothing(house, service):
    situation = house.situation(profile_of([], service.now))
    assert suggest(tables(), situation, "x", Groups()) == []


def test_the_best_of_all_leads_the_names(house, service):
    best = Result("artist:love", "artist", "Love", "", 9.0)
    groups = Groups(
        top=best, artists=(best,), tracks=(Result("track:own", "track", "Story", "", 1.0),)
    )
    situation = house.situation(profile_of([], service.now))
    found = suggest(tables(), situation, "lo", groups)
    assert [each.item_id for each in found] == ["artist:love", "track:own"]
