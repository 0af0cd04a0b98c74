"""A folder of transcripts: every file to the episode it is called as, or a fault that says why not."""

import pytest

from ritornello.catalog import items, transcripts
from ritornello.intake import transcript_files
from ritornello.kinds.errors import NotFound
from ritornello.kinds.items import Episode, Show
from ritornello.testing.shelf import Shelf

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nHello there.\n"
MARKDOWN = "**Speaker One:** \\[04:06\\] Hello.\n\n**Speaker Two:** Yes. \\[05:10\\] And on.\n"


@pytest.fixture
def shelf():
    shelf = Shelf()
    shelf.put(items.changes([
        Show(item_id="show:a", title="Afloat"),
        Episode(item_id="episode:tides", title="Tides & Nets", show_id="show:a", number=7),
        Episode(item_id="episode:one", title="Hello", show_id="show:a", number=8),
        Episode(item_id="episode:two", title="Hello", show_id="show:b", number=8),
    ]))  # fmt: skip
    return shelf


def bring(shelf, folder, **how):
    """Read a folder as an import does; return the rules of the faults."""
    rules = []
    for chunk in transcript_files.read(folder, shelf.conn, **how):
        shelf.put(items.changes(chunk.items, override=chunk.override))
        shelf.put(chunk.changes)
        rules += [fault.rule for fault in chunk.faults]
    return rules


@pytest.mark.parametrize(
    "name",
    ["tides-and-nets.vtt", "Tides & Nets.vtt", "007-tides_and_nets.vtt", "TIDES  AND NETS.VTT"],
)
def test_a_file_is_of_the_episode_it_is_called_as(shelf, tmp_path, name):
    (tmp_path / name).write_text(VTT)
    assert bring(shelf, tmp_path) == []
    assert [s.start_ms for s in transcripts.of(shelf.conn, "episode:tides")] == [1000]


def test_a_number_is_enough_within_a_show(shelf, tmp_path):
    (tmp_path / "afloat-7.vtt").write_text(VTT)
    assert bring(shelf, tmp_path) == ["unknown_episode"]
    assert bring(shelf, tmp_path, show="AFLOAT") == []
    assert transcripts.transcribed(shelf.conn) == {"episode:tides"}


def test_a_name_that_two_shows_have_needs_the_show(shelf, tmp_path):
    (tmp_path / "hello.vtt").write_text(VTT)
    assert bring(shelf, tmp_path) == ["several_episodes"]
    assert bring(shelf, tmp_path, show="Afloat") == []
    assert transcripts.transcribed(shelf.conn) == {"episode:one"}


def test_a_show_that_is_named_gets_the_episodes_it_lacks(shelf, tmp_path):
    (tmp_path / "301-deep-water.vtt").write_text(VTT)
    (tmp_path / "notes.pdf").write_text("no transcript")
    assert bring(shelf, tmp_path, show="Harbour") == []
    (made,) = transcripts.transcribed(shelf.conn)
    episode = items.get(shelf.conn, made)
    assert (episode.title, episode.number, episode.show_title) == ("Deep water", 301, "Harbour")
    assert items.get(shelf.conn, episode.show_id).title == "Harbour"
    assert bring(shelf, tmp_path, show="Harbour") == []
    assert transcripts.transcribed(shelf.conn) == {made}


def test_timed_markdown_keeps_speakers_and_the_times_it_states(shelf, tmp_path):
    (tmp_path / "tides and nets.md").write_text(MARKDOWN)
    assert bring(shelf, tmp_path) == []
    said = transcripts.of(shelf.conn, "episode:tides")
    assert [(s.speaker, s.start_ms, s.text) for s in said] == [
        ("Speaker One", 246_000, "Hello."),
        ("Speaker Two", None, "Yes."),
        ("Speaker Two", 310_000, "And on."),
    ]


def test_what_cannot_be_read_is_a_fault_and_changes_nothing(shelf, tmp_path):
    (tmp_path / "hello there.vtt").write_text("WEBVTT\n")
    assert bring(shelf, tmp_path, show="Afloat") == ["empty"]
    assert transcripts.transcribed(shelf.conn) == set()


def test_an_import_goes_on_after_a_position(shelf, tmp_path):
    for number in (1, 2, 3):
        (tmp_path / f"{number} part.vtt").write_text(VTT)
    chunks = list(transcript_files.read(tmp_path, shelf.conn, show="Parts", after=2))
    assert [(chunk.position, chunk.share) for chunk in chunks] == [(3, 1.0)]


def test_a_folder_without_transcripts_says_what_they_look_like(shelf, tmp_path):
    with pytest.raises(NotFound, match=r"\.vtt"):
        bring(shelf, tmp_path)
    with pytest.raises(NotFound, match="no folder"):
        bring(shelf, tmp_path / "nowhere")
