"""Folders made aside, switched atomically, swept when nobody reads them."""

import os

import msgspec
import pytest

from ritornello.kinds.errors import Conflict
from ritornello.store.home import Home
from ritornello.surfaces.search import versions


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).create()


class Facts(msgspec.Struct, frozen=True):
    """What these versions say of themselves."""

    n: int


def make(home, n=1, kind="catalogue"):
    folder = versions.begin(home, kind)
    (folder / "inside").mkdir()
    (folder / "inside" / "file").write_text("text")
    versions.write_facts(folder, Facts(n))
    return versions.switch(home, kind, folder)


def test_nothing_is_current_before_the_first_version(home):
    assert versions.current(home, "catalogue") is None


def test_what_is_begun_is_not_current_until_it_is_switched_to(home):
    folder = versions.begin(home, "catalogue")
    assert versions.current(home, "catalogue") is None
    version = versions.switch(home, "catalogue", folder)
    assert versions.current(home, "catalogue") == version
    assert not folder.exists()


def test_each_kind_has_its_own_pointer(home):
    names, passages = make(home), make(home, kind="passages")
    assert versions.current(home, "catalogue") == names
    assert versions.current(home, "passages") == passages


def test_facts_are_read_back_and_anything_else_is_no_facts(home):
    folder = make(home, n=7)
    assert versions.read_facts(folder, Facts) == Facts(7)
    for text in ("", "{", '{"n": "seven"}', "[" * 100_000):
        (folder / versions.FACTS).write_text(text)
        assert versions.read_facts(folder, Facts) is None


@pytest.mark.parametrize(
    "text", ["", "{}", '{"current": "../../etc"}', '{"current": "0123456789abcdef"}', "[" * 100_000]
)
def test_a_garbled_pointer_points_nowhere(home, text):
    make(home)
    (home.path / "search" / "catalogue" / versions.POINTER).write_text(text)
    assert versions.current(home, "catalogue") is None


def test_a_crash_before_the_pointer_leaves_the_version_before(home, monkeypatch):
    first = make(home)

    def crash(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(versions, "sync_file", crash)
    with pytest.raises(KeyboardInterrupt):
        make(home)
    assert versions.current(home, "catalogue") == first


def test_sweeping_spares_what_is_current_and_what_is_held(home):
    held, old, current = make(home), make(home), make(home)
    left = versions.begin(home, "catalogue")
    descriptor = versions.hold(held)
    assert set(versions.sweep(home, "catalogue")) == {old.name, left.name}
    assert held.is_dir()
    assert current.is_dir()
    os.close(descriptor)
    assert versions.sweep(home, "catalogue") == [held.name]
    assert versions.current(home, "catalogue") == current


def test_two_do_not_build_at_once(home):
    with versions.locked(home, "catalogue"):
        with pytest.raises(Conflict), versions.locked(home, "catalogue"):
            pass
        with versions.locked(home, "passages"):
            pass
