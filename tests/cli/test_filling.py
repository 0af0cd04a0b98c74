"""Filling an empty home: marked before anything is in, the same world however often it is stopped."""

import pytest

from ritornello.cli.filling import fill, is_empty, is_simulated, is_unfinished
from ritornello.cli.wiring import make_home, reading, schemas
from ritornello.store.rebuild import derived_tables, digest
from ritornello.worlds.toy import Size

TINY = Size(n_artists=12, n_tracks=60, n_shows=1, n_episodes=8, n_listeners=6, n_weeks=3)


class Stop(Exception):
    pass


def fill_home(home, now, tell=lambda step, share: None):
    with reading(home) as conn:
        return fill(home, conn, seed=1, now=now, tell=tell, size=TINY)


def state_of(home):
    with reading(home) as conn:
        return digest(conn, [*derived_tables(schemas()), "items", "preferences"])


def test_an_empty_home_is_empty_until_it_is_filled(tmp_path, now):
    home = make_home(tmp_path / "home")
    with reading(home) as conn:
        assert is_empty(conn)
        assert not is_simulated(conn)
    world = fill_home(home, now)
    with reading(home) as conn:
        assert not is_empty(conn)
        assert is_simulated(conn)
        assert not is_unfinished(conn)
        (n_events,) = conn.execute("SELECT count(*) FROM events").fetchone()
        (n_zones,) = conn.execute("SELECT count(*) FROM preferences").fetchone()
    assert n_events == len(world.listens) + len(world.acts)
    assert n_zones == TINY.n_listeners


@pytest.mark.parametrize("stopped_at", ["storing the catalogue", "storing what they played"])
def test_a_filling_that_was_stopped_goes_on_as_the_same_world(stopped_at, tmp_path, now):
    def stop(step, share):
        if step == stopped_at:
            raise Stop

    whole = make_home(tmp_path / "whole")
    fill_home(whole, now)
    halted = make_home(tmp_path / "halted")
    with pytest.raises(Stop):
        fill_home(halted, now, stop)
    with reading(halted) as conn:
        assert is_simulated(conn)
        assert is_unfinished(conn)
    fill_home(halted, now.replace(year=2030))
    assert state_of(halted) == state_of(whole)
