"""The words that can be meant: the catalogue's own, what is declared, and what stands in for what is lacking."""

import numpy as np
import pytest

from ritornello.catalog import items
from ritornello.catalog.postings import postings_of
from ritornello.catalog.view import EMPTY, View
from ritornello.kinds.items import Artist, Track
from ritornello.models import space as spaces
from ritornello.surfaces.search import chips, lexicon
from ritornello.surfaces.search.chips import CHIP_KINDS
from ritornello.surfaces.search.lexicon import declared
from ritornello.surfaces.search.tokens import words_of
from ritornello.testing.shelf import Shelf


def view_of(*listed):
    shelf = Shelf()
    shelf.put(items.changes(listed))
    return View.read(shelf.conn)


def tracks(n, **known):
    return [Track(item_id=f"track:{key}{len(known)}", title=str(key), **known) for key in range(n)]


@pytest.fixture(scope="module")
def known():
    view = view_of(
        *(Track(item_id=f"track:a{n}", title=f"A{n}", genres=("Trip-Hop", "new wave"), tags=("mellow", "Trip-Hop")) for n in range(3)),
        *(Track(item_id=f"track:b{n}", title=f"B{n}", moods=("wistful",), tags=("chillout", "for", "x", "1984", "夜")) for n in range(3)),
        Track(item_id="track:c", title="C", tags=("only once",)),
        Artist(item_id="artist:a", title="The Artist"),
    )  # fmt: skip
    return view, postings_of(view), lexicon.of(view, postings_of(view))


def meant(words, text):
    n, found = words.meant(words_of(text))
    return n, [str(chip) for chip in found]


def test_the_words_of_the_catalogue_can_be_said_however_they_are_spelt(known):
    *_, words = known
    assert meant(words, "Trip Hop songs") == (2, ["genre:trip hop"])
    assert meant(words, "triphop") == (1, ["genre:trip hop"])
    assert meant(words, "wistful") == (1, ["mood:melancholic"]), "what is declared goes first"
    assert meant(words, "only once") == (0, [])
    assert meant(words, "for") == meant(words, "x") == meant(words, "1984") == (0, [])


def test_the_longest_phrase_is_taken(known):
    *_, words = known
    assert meant(words, "new wave") == (2, ["genre:new wave"])
    assert meant(words, "new songs") == (1, ["era:latest"])


def test_what_the_catalogue_lacks_is_told_with_what_stands_in(known):
    *_, words = known
    calm = chips.parse("mood:calm")
    assert words.words_for(calm) == ("tag:chillout", "tag:mellow")
    assert words.told(calm) == "calm (here: chillout, mellow)"
    assert words.told(chips.parse("genre:trip hop")) == "trip hop"
    assert words.told(chips.parse("-mood:calm")) == "not calm (here: chillout, mellow)"
    assert words.told(chips.parse("activity:yoga")) == "for yoga"


def test_what_stands_in_is_ordered_by_the_space(known):
    view, postings, _ = known
    axes = spaces.train(
        view, postings, None, np.random.default_rng(1), spaces.SpaceConfig(n_axes=2)
    )
    words = lexicon.of(view, postings, spaces.lay(axes, view, postings, None))
    assert set(words.stand_ins(chips.parse("mood:calm"))) == {"chillout", "mellow"}


def test_only_what_exists_is_known(known):
    *_, words = known
    assert all(
        words.knows(chips.parse(t))
        for t in ("genre:trip hop", "mood:calm", "tempo:slow", "activity:party")
    )
    assert not any(words.knows(chips.parse(t)) for t in ("genre:polka", "mood:grumpy", "tag:mellow yellow", "activity:skydiving", "language:xx"))  # fmt: skip


def test_a_rare_phrase_of_two_words_that_can_be_said_is_taken_apart():
    often = [Track(item_id=f"track:o{n}", title=f"{n}", genres=("new wave",)) for n in range(450)]
    rare = [Track(item_id=f"track:r{n}", title=f"{n}", genres=("80s new wave",)) for n in range(2)]
    view = view_of(*often, *rare)
    assert meant(lexicon.of(view, postings_of(view)), "80s new wave") == (0, [])
    few = view_of(*often[:20], *rare)
    assert meant(lexicon.of(few, postings_of(few)), "80s new wave") == (3, ["genre:80s new wave"])


def test_names_are_taken_over_where_no_artist_changed(known):
    view, postings, words = known
    assert lexicon.of(view, postings, None, words).makers is words.makers
    grown = view_of(Artist(item_id="artist:b", title="Another"))
    assert lexicon.of(grown, postings_of(grown), None, words).makers is not words.makers


def test_the_table_holds_together():
    table = declared()
    for found in table.said.values():
        for text in found:
            assert str(chips.parse(text)) == text
    kinds = {chip.partition(":")[0] for chip in table.means}
    assert kinds <= set(CHIP_KINDS)
    said = {chip for found in table.said.values() for chip in found}
    assert {c for c in said if c.startswith(("mood:", "activity:", "instrument:"))} <= set(
        table.means
    )
    for meaning in table.means.values():
        assert meaning.words or meaning.energy or meaning.bpm
        for low, high in filter(None, (meaning.energy, meaning.bpm)):
            assert low <= high


def test_one_phrase_means_one_thing():
    assert all(len(found) == 1 for found in declared().said.values())


def test_an_empty_catalogue_still_knows_what_is_declared():
    words = lexicon.of(EMPTY, postings_of(EMPTY))
    assert meant(words, "calm") == (1, ["mood:calm"])
    assert words.told(chips.parse("mood:calm")) == "calm"


def test_the_name_of_an_artist_is_a_name_and_no_tag_until_many_carry_it():
    tagged = [
        Track(item_id=f"track:t{n}", title=f"{n}", tags=("the artist", "jazz")) for n in range(30)
    ]
    names = [
        Artist(item_id="artist:a", title="The Artist"),
        Artist(item_id="artist:j", title="Jazz"),
    ]
    few, many = view_of(*tagged[:5], *names), view_of(*tagged, *names)
    assert meant(lexicon.of(few, postings_of(few)), "the artist") == (0, [])
    assert meant(lexicon.of(many, postings_of(many)), "jazz") == (1, ["tag:jazz"])


def test_a_kind_behind_a_word_is_the_kind_and_the_word():
    view = view_of(*(Track(item_id=f"track:{n}", title=f"{n}", tags=("zither", "zither music")) for n in range(5)))  # fmt: skip
    assert meant(lexicon.of(view, postings_of(view)), "zither music") == (1, ["tag:zither"])
