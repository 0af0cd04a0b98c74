"""The digest that names an import: of the content, and of all that decides how it is read."""

from ritornello.intake.digests import digest_of


def test_a_folder_has_the_digest_of_its_files(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "a.json").write_text("[1]")
    before = digest_of([folder])
    (folder / "unread.pdf").write_text("%")
    assert digest_of([folder]) == before
    (folder / "a.json").write_text("[2]")
    assert digest_of([folder]) != before


def test_a_digest_is_of_content_and_of_what_decides_the_reading(tmp_path):
    one, other = tmp_path / "a", tmp_path / "b"
    one.write_text("x")
    other.write_text("x")
    assert digest_of([one]) == digest_of([other])
    assert digest_of([one], "unix_s") != digest_of([one], "unix_ms")
    other.write_text("y")
    assert digest_of([one]) != digest_of([other])
