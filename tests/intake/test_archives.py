"""A zip, a folder and a file give the same members; nothing hostile gets further than a fault."""

import io
import os
import stat
import struct
import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake import archives
from ritornello.intake.refusal import Refused
from ritornello.kinds.errors import NotFound
from ritornello.kinds.faults import Fault


def zipped(path, entries, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, body in entries:
            archive.writestr(name, body)
    return path


def names(found):
    return [member.name for member in found[0]]


def rules(found):
    return [fault.rule for fault in found[1]]


def content(member):
    with member.open() as file:
        return file.read()


@pytest.fixture
def export(tmp_path):
    entries = [("My Data/b.json", b"[2]"), ("My Data/a.json", b"[1]"), ("My Data/ReadMe.pdf", b"%")]
    folder = tmp_path / "folder"
    for name, body in entries:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    return folder, zipped(tmp_path / "export.zip", entries)


def test_a_zip_and_a_folder_give_the_same_members_in_order_of_names(export):
    for path in export:
        found, faults = archives.members(path, "spotify")
        assert [(m.name, m.n_bytes, content(m)) for m in found] == [
            ("My Data/a.json", 3, b"[1]"),
            ("My Data/b.json", 3, b"[2]"),
        ]
        assert faults == []


def test_a_file_is_its_own_only_member(export):
    folder, archive = export
    (member,), faults = archives.members(folder / "My Data" / "ReadMe.pdf", "spotify")
    assert (member.name, content(member), faults) == ("ReadMe.pdf", b"%", [])
    unnamed = archive.rename(archive.with_suffix(".download"))
    assert names(archives.members(unnamed, "spotify")) == ["My Data/a.json", "My Data/b.json"]


def test_a_member_can_be_opened_again(export):
    member = archives.members(export[1], "spotify")[0][0]
    assert content(member) == content(member)


def test_nothing_there_is_an_error(tmp_path):
    with pytest.raises(NotFound):
        archives.members(tmp_path / "absent.zip", "spotify")


def test_ten_thousand_entries_are_one_fault_with_a_count(tmp_path):
    path = zipped(tmp_path / "a.zip", ((f"{i:05}.json", b"[]") for i in range(10_000)))
    found, (fault,) = archives.members(path, "spotify")
    assert len(found) == archives.MAX_MEMBERS
    assert (fault.rule, fault.position) == ("too_many", 1_001)
    assert "and 8,999 more" in fault.message


def test_a_folder_without_end_is_not_walked_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_ENTRIES", 5)
    for number in range(9):
        (tmp_path / f"{number}.json").write_bytes(b"[]")
    found = archives.members(tmp_path, "spotify")
    assert names(found) == [f"{number}.json" for number in range(5)]
    assert rules(found) == ["too_many"]


@pytest.mark.parametrize(
    "name",
    ["../a.json", "a/../../b.json", "/etc/a.json", "C:\\a.json", "..\\a.json", "\\\\host\\a.json"],
)
def test_a_path_that_leads_out_is_a_fault(tmp_path, name):
    found = archives.members(zipped(tmp_path / "a.zip", [(name, b"[]"), ("b.json", b"[]")]), "s")
    assert (names(found), rules(found)) == (["b.json"], ["path_outside"])


def test_an_archive_inside_is_not_opened(tmp_path):
    inner = zipped(tmp_path / "inner.zip", [("a.json", b"[]")]).read_bytes()
    found = archives.members(zipped(tmp_path / "a.zip", [("i.zip", inner), ("j.ZIP", inner)]), "s")
    assert (names(found), rules(found)) == ([], ["nested_archive"])
    assert "and 1 more" in found[1][0].message


def test_links_are_not_followed(tmp_path):
    outside = tmp_path / "secret.json"
    outside.write_bytes(b"[]")
    folder = tmp_path / "folder"
    (folder / "real").mkdir(parents=True)
    (folder / "real" / "a.json").write_bytes(b"[]")
    (folder / "link.json").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.json")
    found = archives.members(folder, "s")
    assert (names(found), rules(found)) == (["real/a.json"], ["link", "not_a_file"])
    link = zipfile.ZipInfo("link.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    found = archives.members(zipped(tmp_path / "a.zip", [(link, str(outside))]), "s")
    assert (names(found), rules(found)) == ([], ["link"])


def test_of_two_entries_of_one_name_the_first_is_taken(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path / "a.zip", [("a.json", b"[1]"), ("a.json", b"[2]")])
    found = archives.members(path, "s")
    assert [content(member) for member in found[0]] == [b"[1]"]
    assert rules(found) == ["duplicate_name"]


def test_encrypted_and_unknown_compression_are_faults(tmp_path):
    path = zipped(tmp_path / "a.zip", [("a.json", b"[]")])
    body = path.read_bytes()
    central = body.index(b"PK\x01\x02")
    path.write_bytes(body[: central + 8] + b"\x01" + body[central + 9 :])
    assert rules(archives.members(path, "s")) == ["encrypted"]
    path = zipped(tmp_path / "b.zip", [("a.json", b"[]")], zipfile.ZIP_LZMA)
    assert rules(archives.members(path, "s")) == ["unknown_compression"]


def test_what_comes_out_is_counted_whatever_the_header_says(tmp_path):
    path = zipped(tmp_path / "bomb.zip", [("a.json", bytes(50 << 20))])
    for stated in (50 << 20, 4):
        body = bytearray(path.read_bytes())
        struct.pack_into("<I", body, body.index(b"PK\x01\x02") + 24, stated)
        path.write_bytes(body)
        ((member,), _) = archives.members(path, "s")
        tracemalloc.start()
        with member.open() as file, pytest.raises(Refused) as refused:
            sum(map(len, iter(lambda: file.read(1 << 16), b"")))
        assert refused.value.rule == ("too_large" if stated > 4 else "broken_member")
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
        tracemalloc.stop()


def test_entries_that_lie_inside_one_another_are_faults(tmp_path):
    """The list names one compressed body many times over, as David Fifield's bomb does."""
    path = zipped(tmp_path / "a.zip", [("a.json", bytes(100_000)), ("b.json", b"[]")])
    body = bytearray(path.read_bytes())
    second = body.index(b"PK\x01\x02", body.index(b"PK\x01\x02") + 1)
    struct.pack_into("<I", body, second + 42, 0)
    path.write_bytes(body)
    assert rules(archives.members(path, "s")) == ["overlapping"]


def test_a_zip_that_breaks_off_is_one_fault(tmp_path):
    body = zipped(tmp_path / "a.zip", [("a.json", b"[1, 2, 3]" * 1000)]).read_bytes()
    for n_left in (4, 30, len(body) // 2, len(body) - 30, len(body) - 1):
        path = tmp_path / "torn.zip"
        path.write_bytes(body[:n_left])
        assert rules(archives.members(path, "s")) == ["broken_zip"]
    path.write_bytes(b"<html>not found</html>")
    assert rules(archives.members(path, "s")) == ["broken_zip"]


def test_a_list_of_entries_without_end_is_not_read(tmp_path, monkeypatch):
    path = zipped(tmp_path / "a.zip", ((f"{number:08}.json", b"") for number in range(3_000)))
    monkeypatch.setattr(archives, "MAX_LISTING_BYTES", 100_000)
    found = archives.members(path, "s")
    assert (names(found), rules(found)) == ([], ["broken_zip"])


def test_a_file_gone_since_it_was_listed_is_refused(export):
    folder, archive = export
    for path, file in ((folder, folder / "My Data" / "a.json"), (archive, archive)):
        member = archives.members(path, "s")[0][0]
        file.unlink()
        with pytest.raises(Refused):
            content(member)


@given(data=st.data())
def test_any_mutation_of_a_zip_gets_an_answer(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("zip") / "a.zip"
    body = bytearray(zipped(path, [("a.json", b"[1]" * 50), ("b/c.csv", b"x,y")]).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        body[start : start + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    path.write_bytes(body)
    found, faults = archives.members(path, "s")
    assert all(isinstance(fault, Fault) for fault in faults)
    for member in found:
        with suppress(Refused):
            assert len(content(member)) < 1_000


def test_members_stream_in_pieces_of_any_size(tmp_path):
    body = bytes(range(256)) * 4_000
    path = zipped(tmp_path / "a.zip", [("a.json", body)])
    with archives.members(path, "s")[0][0].open() as file:
        assert b"".join(iter(lambda: file.read(777), b"")) == body
    with io.TextIOWrapper(archives.members(path, "s")[0][0].open(), "latin-1") as text:
        assert len(text.read()) == len(body)
