"""``ritornello policies learn``: turn what was heard of listeners into lessons, once or beside a server."""

import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress, say
from ritornello.kinds.errors import Conflict, StorageUnavailable
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
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on until whoever started it is gone.")
    ] = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Learn from what was heard of listeners since the last look."""
    from ritornello.cli.wiring import find_home, ground_of, now, reading, settings_of, writing
    from ritornello.policies import learning

    found = find_home(home)
    settings, teacher = settings_of(found), teacher_of_choice(found)
    with writing(found) as writer, reading(found) as conn:
        ground = ground_of(found, settings)

        def look(teacher: "Teacher") -> "Learned":
            return learning.look(conn, writer, teacher, ground, now=now())

        if follow:
            _follow(found, teacher, look, settings["learn_every_s"])
            return
        learned = look(teacher)
    sentence = f"{learned.n_lessons:,} lessons changed, of {learned.n_decisions:,} decisions."
    answer(learned, as_json=json, sentence=sentence, table=False)


def teacher_of_choice(home: Home) -> "Teacher":
    """Return the teacher that the home's settings name."""
    from ritornello.cli.wiring import settings_of
    from ritornello.policies.teaching import teacher_of

    return teacher_of(home, settings_of(home)["learn_from"])


def _follow(
    home: Home, teacher: "Teacher", look: "Callable[[Teacher], Learned]", every_s: float
) -> None:
    """Look every so often; never more than a quarter of the time. Learn all of it anew where that must be."""
    from ritornello.cli.policies_rebuild import relearn

    parent, asked_at = os.getppid(), time.monotonic()
    while os.getppid() == parent:
        began = time.monotonic()
        if began - asked_at > TEACHER_EVERY_S:
            teacher, asked_at = teacher_of_choice(home), began
        try:
            look(teacher)
        except Conflict as error:
            say(f"learning all of it anew: {error}")
            with progress("Learning") as tell:
                relearn(home, teacher, tell)
        except StorageUnavailable as error:
            say(f"nothing was learned, which is tried again: {error}")
        time.sleep(max(every_s, REST_PER_WORK * (time.monotonic() - began)))
