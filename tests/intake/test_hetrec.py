"""HetRec: every count, tags by number of taggers, and every flaw named."""

import pytest

from ritornello.intake import hetrec
from ritornello.kinds.errors import NotFound
from ritornello.kinds.items import Artist

ARTISTS = "id\tname\turl\tpictureURL\n1\tArtist One\tu\tp\n2\tArt\u2028ist Two\tu\tp\n"
TAGS = "tagID\ttagValue\n1\tRock\n2\tpop\n3\tcalm\n4\t" + "long " * 30 + "\n"
PLAYS = "userID\tartistID\tweight\n2\t1\t13883\n2\t2\t11690\n3\t1\t7\n"
TAGGED = (
    "userID\tartistID\ttagID\tday\tmonth\tyear\n"
    "2\t1\t1\t1\t4\t2009\n3\t1\t1\t1\t4\t2009\n2\t1\t2\t1\t4\t2009\n2\t1\t2\t2\t4\t2009\n"
    "2\t1\t3\t1\t4\t2009\n2\t1\t4\t1\t4\t2009\n"
)


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        wanted = {"artists": ARTISTS, "tags": TAGS, "user_artists": PLAYS,
                  "user_taggedartists": TAGGED} | files  # fmt: skip
        for name, text in wanted.items():
            path = tmp_path / f"{name}.dat"
            if text is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path

    return write


def read(path, after=0):
    chunks = list(hetrec.read(path, after))
    return (
        [item for chunk in chunks for item in chunk.items],
        [tally for chunk in chunks for tally in chunk.tallies],
        [fault for chunk in chunks for fault in chunk.faults],
    )


def test_a_small_folder(folder):
    items, tallies, faults = read(folder())
    assert faults == []
    assert [item.title for item in items] == ["Artist One"] * 2 + ["Art\u2028ist Two"] * 2
    artist, stand_in = items[:2]
    assert artist.tags == ("rock", "calm", ("long " * 30)[:64].rstrip(), "pop")
    assert artist.genres == artist.tags[:3]
    assert stand_in.artist_ids == (artist.item_id,)
    assert [(t.listener_id, t.item_id, t.n_plays, t.source) for t in tallies] == [
        ("hetrec-2", stand_in.item_id, 13883, "hetrec"),
        ("hetrec-2", items[3].item_id, 11690, "hetrec"),
        ("hetrec-3", stand_in.item_id, 7, "hetrec"),
    ]


def test_carriage_returns_and_latin_1_are_read(folder):
    artists = ARTISTS.replace("\n", "\r\n").encode() + b"3\tTropic\xe1lia\tu\tp\r\n"
    items, tallies, faults = read(
        folder(artists=artists, user_artists=PLAYS.replace("\n", "\r\n") + "2\t3\t5\r\n")
    )
    assert faults == []
    assert items[-1].title == "Tropicália"
    assert len(tallies) == 4


@pytest.mark.parametrize(
    ("name", "line", "rule", "number"),
    [
        ("user_artists", "2\t9\t5", "unknown_item", 5),
        ("user_artists", "2\t1\t0", "out_of_range", 5),
        ("user_artists", "2\t1\t-5", "wrong_type", 5),
        ("user_artists", "2\t1", "wrong_columns", 5),
        ("user_artists", "2\t1\t5\t5", "wrong_columns", 5),
        ("artists", "9\t \tu\tp", "empty", 4),
        ("artists", "9\t" + "x" * 2000 + "\tu\tp", "too_long", 4),
        ("artists", "nine\tN\tu\tp", "wrong_type", 4),
        ("tags", "9\t", "empty", 6),
        ("user_taggedartists", "2\t1\t99\t1\t1\t2009", "unknown_tag", 8),
    ],
)
def test_a_flaw_is_named_by_file_and_line_and_the_rest_is_kept(folder, name, line, rule, number):
    whole = {"artists": ARTISTS, "tags": TAGS, "user_artists": PLAYS, "user_taggedartists": TAGGED}
    items, tallies, faults = read(folder(**{name: whole[name] + line + "\n"}))
    assert [(f.source, f.position, f.rule) for f in faults] == [
        (f"hetrec/{name}.dat", number, rule)
    ]
    assert (len(items), len(tallies)) == (4, 3)


def test_a_torn_last_line_is_named(folder):
    _, tallies, faults = read(folder(user_artists=PLAYS + "3\t2"))
    assert len(tallies) == 3
    assert [fault.rule for fault in faults] == ["wrong_columns"]


def test_without_tags_the_artists_still_come(folder):
    items, tallies, faults = read(folder(tags=None, user_taggedartists=None))
    assert (len(items), len(tallies)) == (4, 3)
    assert [fault.rule for fault in faults] == ["missing_file"]
    assert items[0].tags == ()


@pytest.mark.parametrize("name", ["artists", "user_artists"])
def test_another_folder_is_refused_by_name(folder, name):
    with pytest.raises(NotFound, match=rf"{name}\.dat"):
        hetrec.read(folder(**{name: None}))


def test_taken_up_anywhere_the_rest_is_the_rest(folder):
    path = folder()
    items, tallies, _ = read(path)
    for after in range(8):
        later_items, later_tallies, _ = read(path, after)
        assert items[len(items) - len(later_items) :] == later_items
        assert tallies[len(tallies) - len(later_tallies) :] == later_tallies
    assert read(path, 6) == ([], [], [])


@pytest.mark.data
@pytest.mark.slow
def test_the_published_numbers(shared):
    items, tallies, faults = read(shared / "data" / "hetrec_lastfm")
    assert faults == []
    assert len(tallies) == 92_834
    assert len({tally.listener_id for tally in tallies}) == 1_892
    assert len({tally.item_id for tally in tallies}) == 17_632
    assert sum(tally.n_plays for tally in tallies) == 69_183_975
    tagged = sum(bool(item.tags) for item in items if isinstance(item, Artist))
    assert tagged > 11_000
