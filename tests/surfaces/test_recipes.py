from importlib.resources import files
from typing import get_args

import pytest

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.surfaces.recipes import FoundKind, load, parse_recipe

TEXT = """
surface = "home"
version = 1
fallback_length = 30
fallback_per_artist = 2
[[shelves]]
name = "a"
title = "A"
source = "made_for_you"
length = 5
shortlist = 20
per_artist = 2
"""


@pytest.mark.parametrize("surface", ["home", "discover_weekly"])
def test_the_recipes_that_ship_load(surface):
    recipe = load(surface)
    assert recipe.surface == surface
    assert all(shelf.shortlist >= shelf.length for shelf in recipe.shelves)


def test_home_has_shelves_for_every_need_and_only_new_for_you_explores():
    shelves = {shelf.name: shelf for shelf in load("home").shelves}
    assert {name: shelf.serves for name, shelf in shelves.items()} == {
        "continue_listening": "now", "jump_back_in": "now", "from_chosen": "familiar",
        "made_for_you": "familiar", "because_you_played": "familiar", "new_for_you": "new",
        "popular_now": "new",
    }  # fmt: skip
    assert [name for name, shelf in shelves.items() if shelf.drawn_by(0.1).budget > 0] == [
        "new_for_you"
    ]


def test_an_exploring_shelf_takes_the_listeners_budget_and_a_greedy_one_stays_greedy():
    shelves = {shelf.name: shelf for shelf in load("home").shelves}
    assert shelves["new_for_you"].drawn_by(0.02).budget == 0.02
    assert str(shelves["made_for_you"].drawn_by(0.02)) == "greedy"


def test_weekly_is_thirty_tracks_mostly_by_new_artists():
    recipe = load("discover_weekly")
    assert recipe.shelves[0].length == 30
    assert recipe.new_artist_share == 0.8


def test_comments_and_the_order_of_keys_do_not_change_the_hash_a_value_does():
    recipe = parse_recipe(TEXT, "x.toml")
    reordered = TEXT.replace('name = "a"\ntitle = "A"', 'title = "A"  # the first\nname = "a"')
    assert parse_recipe(reordered, "x.toml").hash == recipe.hash
    assert parse_recipe(TEXT.replace("length = 5", "length = 6"), "x.toml").hash != recipe.hash
    assert len(recipe.hash) == 16


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("length = 5", "lenght = 5", r"no key 'shelves\[0\].lenght'; did you mean 'length'"),
        ("version = 1", "versoin = 1", "no key 'versoin'; did you mean 'version'"),
        (
            "length = 5",
            'length = "five"',
            r"Expected `int`, got `str` - at `\$.shelves\[0\].length`",
        ),
        ("length = 5", "length = 0", "shelves"),
        ("made_for_you", "made_4_you", "did you mean 'made_for_you'"),
        ("shortlist = 20", "shortlist = 2", "below length 5"),
        ("\nper_artist = 2", '\nper_artist = 2\npolicy = "gredy"', "did you mean 'greedy'"),
        ("\nper_artist = 2", '\nper_artist = 2\npolicy = "plackett_luce(budget=7)"', "budget"),
        ("version = 1", "version = ", "not TOML"),
        ("[[shelves]]", "[other]", "no key 'other'"),
    ],
)
def test_a_wrong_recipe_is_refused_naming_file_and_key(old, new, says):
    with pytest.raises(BadValue, match=says) as refused:
        parse_recipe(TEXT.replace(old, new), "mine.toml")
    assert "mine.toml" in str(refused.value)


def test_two_shelves_of_one_name_are_refused():
    shelf = TEXT[TEXT.index("[[shelves]]") :]
    with pytest.raises(BadValue, match="'a' is taken already"):
        parse_recipe(TEXT + shelf, "mine.toml")


def test_an_unknown_surface_gets_a_suggestion():
    with pytest.raises(UnknownName, match="did you mean 'home'"):
        load("hom")


def test_search_has_a_shelf_for_everything_and_only_the_best_of_all_and_what_is_listed_are_greedy():
    searching = load("search").searching
    greedy = [shelf.name for shelf in searching.shelves if str(shelf.drawn_by(0.1)) == "greedy"]
    assert greedy == ["top", "passages", "playlists", "moments"]
    assert {kind for shelf in searching.shelves for kind in shelf.kinds} == set(get_args(FoundKind))
    assert searching.known_item.own > searching.exploring.own
    assert searching.known_item.taste < searching.exploring.taste


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('policy = "plackett_luce', 'policy = "plackett_lucy', "searching.shelves"),
        ('name = "tracks"', 'name = "top"', "'top' is taken already"),
        ("own_half = 2.0", "own_half = 0", "own_half"),
        ("n_ranked", "n_rankd", "no key 'searching.n_rankd'"),
        ("[searching.known_item]", "[[shelves]]\n", "shelves"),
        ("own = 3.0", "own = -3.0", "own"),
        ('kinds = ["artist"]', 'kinds = ["painter"]', "painter"),
    ],
)
def test_a_wrong_recipe_of_search_is_refused(old, new, says):
    text = files("ritornello.surfaces").joinpath("search.toml").read_text(encoding="utf-8")
    with pytest.raises(BadValue, match=says):
        parse_recipe(text.replace(old, new, 1), "search.toml")
