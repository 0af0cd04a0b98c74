import hashlib
import json
import zipfile
from collections import Counter
from datetime import timedelta

import msgspec
import pytest

from ritornello.kinds.errors import Conflict, NotFound, StorageUnavailable
from ritornello.kinds.events import Act, AnyEvent
from ritornello.kinds.faults import Fault
from ritornello.kinds.ids import uuid7
from ritornello.store import faults, keys, leaving
from ritornello.store.seal import seal

LINES = msgspec.json.Decoder(AnyEvent)


def catalogue(conn, ids):
    del conn
    return iter([json.dumps({"item_id": each}).encode() + b"\n" for each in sorted(ids)])


@pytest.fixture
def full(writer, home, conn, listen, now):
    """A home in which listener-1 left traces everywhere, sealed and not; listener-12 too."""
    for listener in ("listener-1", "listener-12"):
        sealed = [listen(f"track:{i % 3}", listener, at=now - timedelta(days=i)) for i in range(9)]
        writer.append(sealed).result()
    seal(home, now)
    for listener in ("listener-1", "listener-12"):
        act = Act(
            event_id=uuid7(now),
            listener_id=listener,
            happened_at=now,
            act="love",
            about_id="artist:x",
        )
        writer.append([listen("track:new", listener), act]).result()
        writer.run(
            lambda conn, who=listener: keys.create(
                conn, now, "listener", listener_id=who, label="phone"
            )
        ).result()
        fault = Fault.at("spotify", 7, "too_long", "a very long title")
        writer.append([], changes=faults.changes([fault], 5, listener)).result()
    return home


def take(home, place, now, **options):
    return leaving.take_along(home, "listener-1", place, now=now, items=catalogue, **options)


def test_holds_exactly_ones_own(full, now, tmp_path):
    contents = take(full, tmp_path / "mine", now)
    lines = (tmp_path / "mine" / "events.jsonl").read_bytes().splitlines()
    events = [LINES.decode(line) for line in lines]
    assert Counter(type(event).__name__ for event in events) == {"Listen": 10, "Act": 1}
    assert {event.listener_id for event in events} == {"listener-1"}
    assert contents.counted_again == {"listen": 10, "act": 1, "counts": 4, "faults": 1, "keys": 1}
    everything = b"".join(p.read_bytes() for p in (tmp_path / "mine").rglob("*") if p.is_file())
    assert b"listener-12" not in everything
    assert {json.loads(line)["item_id"] for line in (tmp_path / "mine/catalogue.jsonl").read_text().splitlines()} == {
        "track:0", "track:1", "track:2", "track:new", "artist:x",
    }  # fmt: skip


def test_a_zip_and_a_folder_hold_the_same_and_the_manifest_is_true(full, now, tmp_path):
    take(full, tmp_path / "mine", now)
    take(full, tmp_path / "mine.zip", now)
    files = {
        str(p.relative_to(tmp_path / "mine")): p.read_bytes()
        for p in (tmp_path / "mine").rglob("*")
        if p.is_file()
    }
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
    manifest = json.loads(files["manifest.json"])
    assert {each["name"] for each in manifest["files"]} == files.keys() - {"manifest.json"}
    for each in manifest["files"]:
        content = files[each["name"]]
        assert (each["n_bytes"], each["sha256"]) == (
            len(content),
            hashlib.sha256(content).hexdigest(),
        )
    assert b"listener-1" in files["README.txt"]
    for path in (tmp_path / "mine.zip", tmp_path / "mine", tmp_path / "mine" / "events.jsonl"):
        assert path.stat().st_mode & 0o077 == 0


def test_secrets_stay_even_as_hashes(full, conn, now, tmp_path):
    take(full, tmp_path / "mine", now)
    (row,) = map(json.loads, (tmp_path / "mine/tables/keys.jsonl").read_text().splitlines())
    assert row["label"] == "phone"
    assert not {"secret_hash"} & row.keys()


def test_appears_whole_or_not_at_all(full, now, tmp_path, monkeypatch):
    monkeypatch.setattr(leaving, "count", lambda *_: {"listen": 9})
    for name in ("mine", "mine.zip"):
        with pytest.raises(StorageUnavailable, match="nothing was kept"):
            take(full, tmp_path / name, now)
    assert {p.name for p in tmp_path.iterdir()} == {"home"}


def test_overwrites_no_folder_and_makes_none_above(full, now, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")
    with pytest.raises(Conflict, match="holds something"):
        take(full, tmp_path / "mine", now)
    with pytest.raises(NotFound, match="no folder"):
        take(full, tmp_path / "nowhere" / "mine.zip", now)


def test_is_one_snapshot_whatever_arrives_meanwhile(full, writer, listen, now, tmp_path):
    def arrive(step, share):
        del step, share
        writer.append([listen("track:late")]).result()
        seal(full, now)

    contents = take(full, tmp_path / "mine", now, progress=arrive)
    assert contents.counted_again["listen"] == 10


def test_of_nobody_there_is_nothing(home, conn):
    assert leaving.count(conn, home, "nobody") == {}
