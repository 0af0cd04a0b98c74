"""``ritornello policies rebuild``: learn everything anew from what is sealed, and keep what is believed then."""

from typing import TYPE_CHECKING

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import Tell, answer, progress
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.policies.relearning import Rebuilt


def rebuild(home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """Learn everything anew from one state of the lake, and keep it as a version; seals and builds first."""
    from ritornello.cli.wiring import find_home

    found = find_home(home)
    with progress("Learning") as tell:
        rebuilt = relearn(found, tell)
    sentence = (
        f"{rebuilt.version} holds {rebuilt.n_lessons:,} lessons; {rebuilt.n_changed:,} changed."
    )
    answer(rebuilt, as_json=json, sentence=sentence, table=False)


def relearn(home: Home, tell: Tell) -> "Rebuilt":
    """Seal, build the tables of signals as far as anything has changed, and make every lesson anew."""
    from contextlib import closing

    from ritornello.cli.policies_learn import teacher_of_choice
    from ritornello.cli.seal import seal_now
    from ritornello.cli.signals_build import ROWS_A_MB
    from ritornello.cli.wiring import beside, now, reading, settings_of, writing
    from ritornello.kinds.times import to_us
    from ritornello.policies import hearing, relearning
    from ritornello.signals import building
    from ritornello.store.engines import DuckEngine

    settings = settings_of(home)
    tell("seal", 0.0)
    seal_now(home)
    with reading(home) as conn:
        sealed = hearing.sealed(conn, to_us(now()))
    memory_mb = settings["signals_memory_mb"]
    wanted = building.Wanted(rows_a_window=memory_mb * ROWS_A_MB)
    with closing(DuckEngine(home, memory_mb=memory_mb)) as engine:
        building.build(
            home, engine, now=now(), beside=beside(settings), wanted=wanted,
            progress=lambda step, share: tell(step, 0.6 * share),
        )  # fmt: skip
    tell("what was looked at", 0.6)
    relearning.learn_looks(home)
    with writing(home) as writer:
        relearning.learn_receptivity(home, writer, now())
        return relearning.rebuild(
            home,
            writer,
            teacher_of_choice(home),
            sealed,
            progress=lambda share: tell("lessons", 0.6 + 0.4 * share),
        )
