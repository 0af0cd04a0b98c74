import re
from datetime import timedelta

import pytest

from ritornello.kinds.errors import BadValue, NotFound
from ritornello.store import keys
from ritornello.store.keys import Principal


def test_a_key_opens_with_its_role_and_listener(conn, now):
    key_id, secret = keys.create(conn, now, "listener", listener_id="listener-1", label="phone")
    assert keys.check(conn, secret) == Principal("listener", "listener-1", key_id)
    (known,) = keys.known(conn)
    assert (known.label, known.made_at, known.revoked_at) == ("phone", now, None)


def test_secrets_have_256_random_bits_and_are_never_kept(conn, home, now):
    secrets = [keys.create(conn, now, "service")[1] for _ in range(50)]
    for secret in secrets:
        assert re.fullmatch(r"rit_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", secret)
    assert len(set(secrets)) == 50
    principal = keys.check(conn, secrets[0])
    token = keys.open_session(conn, now, principal, timedelta(hours=1))
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = b"".join(file.read_bytes() for file in home.path.glob("ritornello.sqlite*"))
    canaries = [secret.split("_", 2)[2].encode() for secret in secrets] + [token.encode()]
    assert not [canary for canary in canaries if canary in data]


@pytest.mark.parametrize(
    "presented",
    ["", "rit", "rit__", "rit_x_y", "_", "rit_000000000000_", "Bearer x", "é", "rit_" + "a" * 9999],
)
def test_anything_else_opens_nothing(conn, now, presented):
    keys.create(conn, now, "service")
    assert keys.check(conn, presented) is None


def test_the_right_id_with_a_wrong_secret_opens_nothing(conn, now):
    key_id, secret = keys.create(conn, now, "editor")
    for wrong in (secret[:-1], secret + "a", secret.replace("rit", "tir"), f"rit_{key_id}_"):
        assert keys.check(conn, wrong) is None


def test_secrets_are_compared_in_constant_time(conn, now, monkeypatch):
    compared = []
    monkeypatch.setattr(keys.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or a == b)
    _, secret = keys.create(conn, now, "service")
    keys.check(conn, secret)
    keys.check(conn, "rit_unknown_unknown")
    assert [len(a) == len(b) == 32 for a, b in compared] == [True, True]


def test_a_revoked_key_is_refused_at_once_and_takes_its_sessions_along(conn, now):
    key_id, secret = keys.create(conn, now, "scientist")
    token = keys.open_session(conn, now, keys.check(conn, secret), timedelta(hours=1))
    assert keys.check_session(conn, now, token) == Principal("scientist", None, key_id)
    keys.revoke(conn, now, key_id)
    assert keys.check(conn, secret) is None
    assert keys.check_session(conn, now, token) is None
    (known,) = keys.known(conn)
    assert known.revoked_at == now


def test_a_session_dies_with_its_key_even_where_its_row_was_left(conn, now):
    key_id, secret = keys.create(conn, now, "editor")
    token = keys.open_session(conn, now, keys.check(conn, secret), timedelta(hours=1))
    conn.execute("UPDATE keys SET revoked_at_us = 1 WHERE key_id = ?", (key_id,))
    assert keys.check_session(conn, now, token) is None
    conn.execute("DELETE FROM keys")
    assert keys.check_session(conn, now, token) is None


def test_a_session_expires_and_can_be_closed(conn, now):
    picked = Principal("listener", "listener-7")
    token = keys.open_session(conn, now, picked, timedelta(hours=1))
    assert keys.check_session(conn, now + timedelta(minutes=59), token) == picked
    assert keys.check_session(conn, now + timedelta(hours=1), token) is None
    keys.close_session(conn, token)
    assert keys.check_session(conn, now, token) is None


def test_expired_sessions_do_not_pile_up(conn, now):
    picked = Principal("listener", "listener-7")
    for hour in range(5):
        keys.open_session(conn, now + timedelta(hours=2 * hour), picked, timedelta(hours=1))
    assert conn.execute("SELECT count(*) FROM sessions").fetchone() == (1,)


def test_refuses_what_cannot_be_a_key(conn, now):
    with pytest.raises(BadValue, match="listener, editor, scientist, service"):
        keys.create(conn, now, "admin")
    with pytest.raises(BadValue, match="listener's id"):
        keys.create(conn, now, "listener")
    with pytest.raises(NotFound, match="nope"):
        keys.revoke(conn, now, "nope")
