"""A parcel appears whole or not at all, counts what it holds, and is its owner's alone."""

import hashlib
import stat
import zipfile

import pytest

from ritornello.kinds.errors import Conflict, NotFound
from ritornello.store import parcels

FILES = {"README.txt": b"hello\n", "tables/plays.jsonl": b'{"n": 1}\n{"n": 2}\n', "empty": b""}


def fill(place, now, files=FILES):
    with parcels.parcel(place, now) as parcel:
        for name, content in files.items():
            middle = len(content) // 2
            parcel.write(name, iter([content[:middle], content[middle:]]))
    return parcel.files


def held(place):
    if place.is_dir():
        files = (path for path in place.rglob("*") if path.is_file())
        return {path.relative_to(place).as_posix(): path.read_bytes() for path in files}
    with zipfile.ZipFile(place) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(params=["mine.zip", "mine"])
def place(request, tmp_path):
    return tmp_path / request.param


def test_it_holds_what_was_written_and_says_how_much(place, now):
    packed = fill(place, now)
    assert held(place) == FILES
    assert [(p.name, p.n_rows, p.n_bytes) for p in packed] == [
        (name, content.count(b"\n"), len(content)) for name, content in FILES.items()
    ]
    assert [p.sha256 for p in packed] == [hashlib.sha256(c).hexdigest() for c in FILES.values()]
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_nobody_else_may_read_it(place, now):
    fill(place, now)
    for path in (place, *place.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    if place.suffix == ".zip":
        with zipfile.ZipFile(place) as archive:
            modes = {entry.external_attr >> 16 for entry in archive.infolist()}
        assert modes == {0o600}


def test_one_that_fails_half_way_leaves_what_was_there(place, now):
    def broken():
        yield b"half"
        raise OSError("disk")

    def write_two():
        with parcels.parcel(place, now) as parcel:
            parcel.write("a", iter([b"whole"]))
            parcel.write("b", broken())

    for before in ([], [place.name]):
        with pytest.raises(OSError, match="disk"):
            write_two()
        assert [path.name for path in place.parent.iterdir()] == before
        if not before:
            place.mkdir() if place.suffix == "" else fill(place, now)
    assert not place.is_dir() or not any(place.iterdir())
    assert place.is_dir() or held(place) == FILES


def test_what_an_earlier_try_left_behind_is_cleared(place, now):
    scratch = place.with_name(f".{place.name}.part")
    scratch.mkdir()
    (scratch / "old").write_text("old")
    fill(place, now)
    assert held(place) == FILES
    assert not scratch.exists()


def test_a_zip_takes_the_place_of_the_one_before_and_a_full_folder_stays(tmp_path, now):
    fill(tmp_path / "a.zip", now)
    fill(tmp_path / "a.zip", now, {"other": b"x"})
    assert held(tmp_path / "a.zip") == {"other": b"x"}
    fill(tmp_path / "a", now)
    with pytest.raises(Conflict, match="holds something already"):
        fill(tmp_path / "a", now, {"other": b"x"})
    assert held(tmp_path / "a") == FILES


def test_there_must_be_a_folder_to_put_it_in(tmp_path, now):
    with pytest.raises(NotFound, match="no folder"):
        fill(tmp_path / "none" / "a.zip", now)


def test_a_clock_before_zips_were_invented_stops_nothing(tmp_path, now):
    fill(tmp_path / "a.zip", now.replace(year=1970))
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
