"""``ritornello keys``: a secret is seen once and rests nowhere."""

import pytest

from ritornello.cli.wiring import find_home, reading
from ritornello.store import keys


def test_a_key_is_shown_once_and_works_until_revoked(cli, home):
    made = cli("keys", "create", "--role", "service", "--label", "player", "--json", home=home).json
    with reading(find_home(home)) as conn:
        assert keys.check(conn, made["key"]).role == "service"
    listed = cli("keys", "list", "--json", home=home)
    assert [key["key_id"] for key in listed.json] == [made["key_id"]]
    secret = made["key"].rpartition("_")[2]
    assert secret not in listed.out
    for file in home.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes()
    assert cli("keys", "revoke", made["key_id"], home=home).code == 0
    with reading(find_home(home)) as conn:
        assert keys.check(conn, made["key"]) is None


def test_a_person_is_told_that_it_is_shown_once(cli, home):
    said = cli("keys", "create", "--role", "editor", home=home)
    assert "cannot be shown again" in said.out
    assert "rit_" in said.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--role", "king"], "listener, editor, scientist, service"),
        (["--role", "listener"], "listener's id"),
        (["--role", "listener", "--listener", "a b"], "not a listener's id"),
    ],
)
def test_a_key_nobody_could_use_is_not_made(words, told, cli, home):
    said = cli("keys", "create", *words, home=home)
    assert said.code == 1
    assert told in said.err
    assert cli("keys", "list", "--json", home=home).json == []


def test_a_key_nobody_has_cannot_be_revoked(cli, home):
    said = cli("keys", "revoke", "nobody", home=home)
    assert said.code == 1
    assert "keys list" in said.err
