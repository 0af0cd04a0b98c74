"""Names and wishes understood from what a recogniser heard, in a small catalogue of invented names."""

import json
from contextlib import closing
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.catalog import items
from ritornello.catalog.postings import postings_of
from ritornello.catalog.view import EMPTY
from ritornello.cli.wiring import make_home
from ritornello.kinds.items import Album, Artist, Show, Track
from ritornello.store.database import connect, execute_rows, transaction
from ritornello.surfaces.search import building, versions
from ritornello.surfaces.search import lexicon as lexicons
from ritornello.surfaces.search.documents import Document
from ritornello.surfaces.search.hypotheses import Heard, of_texts, read
from ritornello.surfaces.search.index import Index
from ritornello.surfaces.search.spoken import confidence_of, understand

NAMES = {
    "artist:quiet": ("The Quiet Machines", ""),
    "artist:queens": ("Velvet Queens", ""),
    "artist:ros": ("Sigur Harbour", ""),
    "track:moon": ("Moonlight Harbour", "The Quiet Machines"),
    "track:stand": ("Stand by the River", "Velvet Queens"),
    "track:river": ("River", "The Quiet Machines"),
    "track:river2": ("River", "Velvet Queens"),
    "album:year": ("1975", "Velvet Queens"),
    "show:talk": ("Harbour Talk", ""),
    "track:photo": ("Photograph", "Sigur Harbour"),
    "track:welt": ("Schöne Zeit", "Velvet Queens"),
    "track:hiver": ("Les eaux d'hiver", "Velvet Queens"),
}
"""Item → its name and who made it."""


LANGUAGES = {"track:welt": "de", "track:hiver": "fr-FR"}
KINDS = {"artist": Artist, "track": Track, "album": Album, "show": Show}


def catalogue():
    """Yield the items of the names."""
    for item_id, (name, maker) in NAMES.items():
        kind = KINDS[item_id.partition(":")[0]]
        made = {"artist_name": maker} if kind in (Track, Album) else {}
        yield kind(item_id=item_id, title=name, language=LANGUAGES.get(item_id), **made)


@pytest.fixture(scope="module")
def home(tmp_path_factory, moment):
    made = make_home(tmp_path_factory.mktemp("spoken") / "home")
    with closing(connect(made)) as conn:
        with transaction(conn):
            for sql, rows in items.changes(catalogue()):
                execute_rows(conn, sql, rows)
        building.build(made, conn, now=moment)
    return made


@pytest.fixture(scope="module")
def moment():
    return datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def index(home):
    return Index(versions.current(home, "catalogue"))


LEXICON = lexicons.of(EMPTY, postings_of(EMPTY))


def told(item_id):
    return NAMES.get(item_id, ("", ""))


def meant(heard, index, **how):
    heard = of_texts(heard) if isinstance(heard, list) else heard
    return understand(heard, index, LEXICON, told=told, **how)


@pytest.mark.parametrize(
    ("heard", "item_id"),
    [
        (["play moonlight harbour"], "track:moon"),
        (["put on some music by the quiet machines please"], "artist:quiet"),
        (["moon light arbor"], "track:moon"),
        (["play fotograf"], "track:photo"),
        (["play the album nineteen seventy five"], "album:year"),
        (["play river by velvet queens"], "track:river2"),
        (["play river by the quite machine"], "track:river"),
        (["play stand by the river"], "track:stand"),
        (["the latest episode of harbor talk"], "show:talk"),
        (["play shane a tsite"], "track:welt"),
        (["play lay so deevay"], "track:hiver"),
        (["play seeger harper", "play sick your harbour", "play cigar harbour"], "artist:ros"),
    ],
)
def test_a_name_is_found_however_it_was_heard(heard, item_id, index):
    assert meant(heard, index).candidates[0].item_id == item_id


def test_what_the_best_hypothesis_lost_a_later_one_brings_back(index):
    heard, _ = read(json.dumps({"alternatives": [
        {"text": "play felt with beans", "confidence": 0.5},
        {"text": "play velvet queens", "confidence": 0.3},
    ]}))  # fmt: skip
    found = meant(heard, index)
    assert found.candidates[0].item_id == "artist:queens"
    assert found.reading.text == "play velvet queens"


def test_a_prior_decides_among_names_alike_and_makes_none_of_what_was_not_said(index):
    def prior(loved):
        return lambda ids: np.array([float(item_id == loved) for item_id in ids])

    for loved in ("track:river", "track:river2"):
        assert meant(["play river"], index, prior=prior(loved)).candidates[0].item_id == loved
    other = meant(["play moonlight harbour"], index, prior=prior("track:photo"))
    assert other.candidates[0].item_id == "track:moon"


def test_a_wish_is_read_where_no_name_is_near(index):
    found = meant(["play something calm from the nineties"], index)
    assert [str(chip) for chip in found.reading.chips] == ["mood:calm", "era:1990..1999"]
    assert found.candidates == ()
    assert "calm" in found.read_back.sentence


def test_what_is_spoken_in_an_episode_is_no_name(index):
    found = meant(["find me the episode where they talk about harbour talk"], index)
    assert [str(c) for c in found.reading.chips] == ["kind:episode", "said:harbour talk"]


def test_the_surer_it_is_the_less_is_asked(index):
    sure = meant(["play moonlight harbour"], index)
    unsure = meant(["play moo like a parlour"], index)
    assert sure.confidence > 0.85 > unsure.confidence
    assert sure.read_back.how == "act"
    assert sure.read_back.sentence == "Playing “Moonlight Harbour” by The Quiet Machines."
    assert unsure.read_back.how in ("confirm", "ask")
    assert confidence_of(()) == 0.0


def test_nothing_heard_is_said_to_be_nothing(index):
    assert meant(Heard(), index).read_back.how == "nothing"
    assert meant(["!!!"], Index()).candidates == ()
    assert meant(["xyzzy plugh"], Index()).read_back.how == "nothing"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(texts=st.lists(st.text(max_size=80), max_size=6))
def test_whatever_is_heard_is_answered(index, texts):
    found = meant(texts, index)
    assert 0 <= found.confidence <= 1
    assert found.read_back.sentence
    assert len({each.item_id for each in found.candidates}) == len(found.candidates)


def test_changes_since_the_version_are_found_by_their_letters(index):
    index.put(
        [Document("track:new", "track", ("paper lanterns",), "velvet queens")], [], index.mark
    )
    assert meant(["play paper lantern"], index).candidates[0].item_id == "track:new"
