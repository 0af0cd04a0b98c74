import os

from ritornello.store.home import Home, make_folder, sync_file


def test_names_every_place(tmp_path):
    home = Home(tmp_path)
    assert home.database == tmp_path / "ritornello.sqlite"
    assert home.lake == tmp_path / "lake"
    assert home.models == tmp_path / "models"
    assert home.settings_file == tmp_path / "ritornello.toml"


def test_creates_folders_with_parents_and_again(tmp_path):
    home = Home(tmp_path / "a" / "b").create()
    (home.lake / "kept").write_text("x")
    assert home.create().models.is_dir()
    assert (home.lake / "kept").read_text() == "x"
    assert not home.exists


def test_syncs_every_folder_that_gained_an_entry(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("ritornello.store.home.sync_folder", synced.append)
    make_folder(tmp_path / "a" / "b")
    assert synced == [tmp_path, tmp_path / "a"]
    make_folder(tmp_path / "a" / "b")
    assert len(synced) == 2


def test_syncs_a_file(tmp_path, monkeypatch):
    (tmp_path / "x").write_text("x")
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    sync_file(tmp_path / "x")
    assert len(synced) == 1
