"""What a few words name: artists and shows, by all the ways their names are written."""

from ritornello.catalog import items
from ritornello.catalog.view import EMPTY, View
from ritornello.kinds.items import Artist, Show, Track
from ritornello.surfaces.search.naming import Named, makers_of
from ritornello.testing.shelf import Shelf


def view():
    shelf = Shelf()
    shelf.put(
        items.changes([
            Artist(item_id="artist:few", title="Twins"),
            Artist(item_id="artist:many", title="Twins"),
            Artist(item_id="artist:the", title="The Sígns"),
            Artist(item_id="artist:signs", title="Signs"),
            Artist(item_id="artist:nameless", title=""),
            Show(item_id="show:s", title="Show & Tell"),
            Track(item_id="track:1", title="Only a Track", artist_ids=("artist:many",)),
        ])
    )  # fmt: skip
    return View.read(shelf.conn)


def test_a_name_is_found_however_it_is_written():
    makers = makers_of(view())
    assert [each.item_id for each in makers("the signs")] == ["artist:the"]
    assert [each.item_id for each in makers("show and tell")] == ["show:s"]
    assert not makers("only a track")
    assert not makers("")


def test_a_name_of_ones_own_goes_before_a_form_of_anothers():
    assert [each.item_id for each in makers_of(view())("signs")] == ["artist:signs"]


def test_of_one_name_who_made_more_goes_first():
    assert [each.item_id for each in makers_of(view())("twins")] == ["artist:many", "artist:few"]


def test_nothing_changed_is_nothing_made():
    first = makers_of(view())
    assert makers_of(view(), first) is first
    assert makers_of(EMPTY, first) is not first
    assert not makers_of(EMPTY)("twins")


def test_a_row_names_itself_and_its_maker():
    catalogue = view()
    assert Named.of(catalogue, catalogue.number["track:1"]) == Named(
        "track:1", "Only a Track", "artist:many"
    )
    assert Named.of(catalogue, catalogue.number["artist:few"]).kind == "artist"
