"""What can be meant follows the catalogue: what is new by name at once, all else after resting."""

from typing import Any

import numpy as np

from ritornello.catalog import items
from ritornello.kinds.items import Track
from ritornello.serve import understanding
from ritornello.serve.service import Service
from ritornello.serve.understanding import understand
from ritornello.surfaces.search.chips import parse


def put(service: Service, item_id: str, **said: Any) -> None:
    new = Track(item_id=item_id, title="Something New", **said)
    service.writer.append([], changes=items.changes([new])).result()


def test_what_is_new_can_be_found_at_once_and_what_is_said_of_it_later(living: Service) -> None:
    meant = living.meant
    before = meant.refresh()
    put(living, "track:new", moods=("calm",), genres=("fado",))
    meant.follow()
    found = meant.latest
    view = found.stock.view
    row = view.number["track:new"]
    assert found.lexicon is before.lexicon
    assert found.postings.said.shape[1] == len(view) == len(before.stock.view) + 1
    assert found.stock.postings is found.postings
    assert not found.postings.says_any(["mood:calm"])[row]
    if found.space is not None:
        assert found.space.vectors.shape[0] == len(view)
        assert not found.space.vectors[row].any()
    meant.refresh()
    assert meant.latest.postings.says_any(["mood:calm"])[row]
    assert meant.latest.lexicon.knows(parse("genre:fado"))


def test_what_has_not_changed_is_not_made_again(living: Service) -> None:
    meant = living.meant
    before = meant.refresh()
    assert meant.refresh() is before
    meant.follow()
    assert meant.latest is before


def test_other_models_are_taken_up_whole(living: Service) -> None:
    meant = living.meant
    before = meant.refresh()
    assert before.stock.bundle is not None
    living.bundles.bundle = None
    meant.follow()
    assert meant.latest is before
    meant.refresh()
    assert meant.latest.stock.bundle is None
    assert not meant.latest.stock.popularity.any()


def test_rulings_are_those_of_the_instant_and_nothing_is_computed_again(living: Service) -> None:
    latest = living.meant.refresh()
    computed = latest.stock.has_playable
    stock = latest.under(latest.stock.rulings)
    assert stock is latest.stock
    blocked = type(latest.stock.rulings)(blocked=frozenset({"artist:a00"}))
    other = latest.under(blocked)
    assert other.rulings == blocked
    assert other.has_playable is computed
    assert np.array_equal(other.rows, latest.stock.rows)


def test_an_empty_home_is_understood(service: Service) -> None:
    ground = service.meant.latest.ground(service.names.index)
    assert ground.reading("anything at all").words == "anything at all"


def test_the_whole_text_is_a_name_wherever_in_the_catalogue_it_stands(living: Service) -> None:
    put(living, "track:jazz")
    titled = Track(item_id="track:calm", title="Calm Songs")
    living.writer.append([], changes=items.changes([titled])).result()
    living.names.refresh()
    latest = living.meant.refresh()
    reading = latest.ground(living.names.index).reading("calm songs")
    assert (reading.words, reading.chips) == ("calm songs", ())
    assert reading.doubts


def test_what_begins_a_name_is_text_rather_than_half_a_request(living: Service) -> None:
    titled = Track(item_id="track:begun", title="Songs Qwertz Asdf")
    living.writer.append([], changes=items.changes([titled])).result()
    living.names.refresh()
    ground = living.meant.refresh().ground(living.names.index)
    begun, other = ground.reading("songs qwer"), ground.reading("songs asdf")
    assert (begun.words, begun.chips) == ("songs qwer", ())
    assert [str(chip) for chip in begun.doubts[0].chips] == ["kind:track"]
    assert (other.words, [str(chip) for chip in other.chips]) == ("asdf", ["kind:track"])


def test_what_comes_in_while_all_is_made_anew_is_found_meanwhile_and_after(
    living: Service, monkeypatch: Any
) -> None:
    meant = living.meant
    before = meant.refresh()
    put(living, "track:early", moods=("calm",))
    meant.follow()

    def slowly(stock: Any, seed: int, known: Any) -> understanding.Understood:
        made = understand(stock, seed, known)
        put(living, "track:late")
        meant.follow()
        assert "track:late" in meant.latest.stock.view.number
        return made

    with monkeypatch.context() as patched:
        patched.setattr(understanding, "understand", slowly)
        meant.refresh()
    view = meant.latest.stock.view
    assert meant.latest is not before
    assert {"track:early", "track:late"} <= view.number.keys()
    assert meant.latest.postings.says_any(["mood:calm"])[view.number["track:early"]]


def test_what_was_stored_this_instant_is_no_unknown_item(living: Service) -> None:
    conn = living.readers.connection
    living.catalogue.view(conn)
    put(living, "track:instant")
    assert "track:instant" in living.catalogue.newest(conn).number
