"""``ritornello init``."""


def test_a_home_is_made_and_stays_as_it_is(cli, tmp_path):
    first = cli("init", "--json", home=tmp_path / "home")
    assert first.json == {"home": str(tmp_path / "home"), "new": True}
    (tmp_path / "home" / "ritornello.toml").write_text("port = 1\n", encoding="utf-8")
    second = cli("init", "--json", home=tmp_path / "home")
    assert second.json["new"] is False
    assert (tmp_path / "home" / "ritornello.toml").read_text(encoding="utf-8") == "port = 1\n"


def test_the_default_home_lies_where_one_stands(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli("init").code == 0
    assert (tmp_path / "home" / "ritornello.sqlite").is_file()
