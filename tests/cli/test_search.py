"""The search verb: a look that says how it was read, and writes nothing down."""

import json
from pathlib import Path

import pytest

from ritornello.catalog import items, transcripts
from ritornello.cli import main
from ritornello.cli.wiring import make_home, reading, writing
from ritornello.kinds.items import Artist, Episode, Show, Track
from ritornello.kinds.transcripts import Segment


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "home"
    made = make_home(path)
    quay = Artist(item_id="artist:quay", title="The Quay")
    track = Track(item_id="track:rope", title="Rope", artist_ids=("artist:quay",),
                  artist_name="The Quay", moods=("calm",), duration_ms=1000)  # fmt: skip
    show = Show(item_id="show:s", title="The Show")
    episode = Episode(item_id="episode:e", title="One", show_id="show:s", show_title="The Show")
    said = [Segment(text="The lighthouse was dark that night.", start_ms=65_000)]
    changes = [
        *items.changes([quay, track, show, episode]),
        *transcripts.changes("episode:e", said),
    ]
    with writing(made) as writer:
        writer.append([], changes=changes).result()
    assert main(["index", "--home", str(path), "--json"]) == 0
    return path


def run(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(["search", *words, "--home", str(home)]) == 0
    return capsys.readouterr().out


def test_it_says_what_was_found_and_how_it_was_read(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    looked = json.loads(run(home, capsys, "the quay", "--json"))
    assert "artist:quay" in [slot["item_id"] for slot in looked["slots"]]
    told = run(home, capsys, "songs", "--chip", "mood:calm")
    assert "Read as" in told
    assert "calm" in told
    assert "Rope" in told
    with reading(make_home(home)) as conn:
        assert conn.execute("SELECT count(*) FROM decisions").fetchone() == (0,)
        assert conn.execute("SELECT count(*) FROM events").fetchone() == (0,)


def test_places_in_episodes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place,) = json.loads(run(home, capsys, "dark lighthouse", "--passages", "--json"))
    assert place["episode_id"] == "episode:e"
    assert place["at"] in {"1:04", "1:05"}
    assert "Nobody says that." in run(home, capsys, "zeppelin", "--passages")


def test_what_was_heard(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    heard = tmp_path / "heard.json"
    heard.write_text('{"alternatives": [{"text": "play the key"}, {"text": "play the quay"}]}')
    looked = json.loads(run(home, capsys, "--voice", str(heard), "--json"))
    assert looked["read_back"]
    assert "artist:quay" in [slot["item_id"] for slot in looked["slots"]]


@pytest.mark.parametrize(
    ("words", "told"),
    [([], "nothing to search for"), (["x", "--chip", "nonsense"], "kind:value"),
     (["--voice", "/nowhere.json"], "No such file")],
)  # fmt: skip
def test_what_cannot_be_asked_says_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert main(["search", *words, "--home", str(home)]) == 1
    assert told in capsys.readouterr().err
