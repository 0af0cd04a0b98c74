"""``ritornello policies learn``: turn what was heard of listeners into lessons, once or beside a server."""

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress, say
from ritornello.kinds.errors import ArtefactUnusable, Conflict, Error, StorageUnavailable
from ritornello.store.home import Home

if TYPE_CHECKING:
    from collections.abc import Callable

    from ritornello.policies.learning import Learned
    from ritornello.policies.teaching import Teacher

TEACHER_EVERY_S = 60.0
"""How long a teacher teaches before it is asked whether it is still the one of choice."""
REST_PER_WORK = 3


def learn(
    *,
    beside: Annotated[
        int | None,
        typer.Option(
            help="Go on until the process of this number, which started this one, is gone."
        ),
    ] = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Learn from what was heard of listeners since the last round."""
    from ritornello.cli.wiring import find_home, ground_of, now, reading, settings_of, writing
    from ritornello.policies import learning

    found = find_home(home)
    settings = settings_of(found)
    with writing(found) as writer, reading(found) as conn:
        ground = ground_of(found, settings)

        def catch_up(teacher: "Teacher") -> "Learned":
            return learning.catch_up(conn, writer, teacher, ground, now=now())

        if beside is not None:
            _follow(found, catch_up, settings["learn_every_s"], parent=beside)
            return
        learned = catch_up(teacher_of_choice(found))
    sentence = f"{learned.n_lessons:,} lessons changed, of {learned.n_decisions:,} decisions."
    answer(learned, as_json=json, sentence=sentence, table=False)


def teacher_of_choice(home: Home) -> "Teacher":
    """Return the teacher that the home's settings name."""
    from ritornello.cli.wiring import settings_of
    from ritornello.policies.teaching import teacher_of

    return teacher_of(home, settings_of(home)["learn_from"])


def _follow(
    home: Home, catch_up: "Callable[[Teacher], Learned]", every_s: float, *, parent: int
) -> None:
    """Catch up every so often, never more than a quarter of the time; ends when the parent is gone.

    The parent says its own number: one that died while this process was starting would never be missed.
    """
    teacher, asked_at = None, 0.0
    while os.getppid() == parent:
        began = time.monotonic()
        rest_s = every_s
        try:
            if teacher is None or began - asked_at > TEACHER_EVERY_S:
                teacher, asked_at = teacher_of_choice(home), began
            catch_up(teacher)
            rest_s = max(every_s, REST_PER_WORK * (time.monotonic() - began))
        except StorageUnavailable as error:
            say(f"nothing was learned, which is tried again: {error}")
        except (ArtefactUnusable, Conflict) as error:
            rest_s = _anew(home, teacher, error)
            teacher = None
        time.sleep(rest_s)


def _anew(home: Home, teacher: "Teacher | None", error: Error) -> float:
    """Learn all of it anew, unless only the teacher is another by now; return how long to rest."""
    from ritornello.cli.policies_rebuild import relearn

    with suppress(ArtefactUnusable):
        if teacher is not None and teacher_of_choice(home).version != teacher.version:
            return 0.0
    say(f"learning all of it anew: {error}")
    try:
        with progress("Learning") as tell:
            relearn(home, tell)
    except (Conflict, StorageUnavailable) as in_the_way:
        say(f"not now: {in_the_way}")
        return TEACHER_EVERY_S
    return 0.0
