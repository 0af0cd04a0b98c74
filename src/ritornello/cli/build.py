"""``ritornello build``: make the lists that are due, and draft those that will be soon."""

import subprocess
import sys
from collections import Counter
from typing import Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress
from ritornello.kinds.errors import BadValue, Error

DRAFT_AHEAD_H = 36
"""How long before a listener's Monday their next list is drafted."""


class Made(msgspec.Struct, frozen=True):
    """Listeners looked at, lists made and how many fell short, by rung and surface; drafts."""

    n_listeners: int
    n_lists: int
    n_short: int
    by_rung: dict[str, int]
    by_surface: dict[str, int]
    n_drafts: int


def build(
    home: HomePath = DEFAULT_HOME,
    part: Annotated[str, typer.Option(help="Only for the i-th of n parts of all, as i/n.")] = "1/1",
    processes: Annotated[int, typer.Option(min=1, max=64, help="Parts made at once.")] = 1,
    json: AsJson = False,
) -> None:
    """Make this week's Discover Weekly and today's Daily Mixes for everyone who has none."""
    made = _in_parts(home, processes) if processes > 1 else _build(home, _part(part))
    answer(made, as_json=json, sentence=f"Made {made.n_lists:,} lists.")


def _build(home: HomePath, part: tuple[int, int]) -> Made:
    """Build one part in this process."""
    from datetime import timedelta

    from ritornello.cli.situations import situations, terms
    from ritornello.cli.wiring import find_home, now, reading, settings_of, writing
    from ritornello.surfaces import list_build

    found, at = find_home(home), now()
    settings = settings_of(found)
    wanted = {surface: terms(settings, surface) for surface in list_build.KINDS}
    weekly = wanted[list_build.WEEKLY]
    with (
        reading(found) as conn,
        writing(found, rows_a_group=list_build.A_TRANSACTION) as writer,
        progress("Building") as tell,
    ):
        situation_of = situations(found, conn, settings, at, "home")
        listeners = list_build.everybody(conn, part)
        when = {"now": at, "time_zone": settings["time_zone"]}
        built = list_build.build(
            conn,
            writer,
            listeners,
            situation_of,
            wanted,
            progress=lambda done, total: tell(f"{done:,} listeners", done / max(total, 1)),
            **when,
        )
        ahead = timedelta(hours=DRAFT_AHEAD_H)
        n_drafts = list_build.draft(
            conn, writer, listeners, situation_of, weekly, ahead=ahead, **when
        )
    return Made(**msgspec.structs.asdict(built), n_drafts=n_drafts)


def _in_parts(home: HomePath, n: int) -> Made:
    """Build every part in a process of its own, and add up what they did.

    Raises
    ------
    Error : a part failed; what the others made stands.
    """
    words = [sys.executable, "-m", "ritornello", "build", "--home", str(home), "--json"]
    children = [
        subprocess.Popen([*words, "--part", f"{i}/{n}"], stdout=subprocess.PIPE)
        for i in range(1, n + 1)
    ]
    said = [child.communicate()[0] for child in children]
    if failed := [child.returncode for child in children if child.returncode]:
        raise Error(f"{len(failed)} of {n} parts failed; run build again, it goes on where it was")
    parts = [msgspec.json.decode(each, type=Made) for each in said]
    rungs: Counter[str] = Counter()
    surfaces: Counter[str] = Counter()
    for each in parts:
        rungs.update(each.by_rung)
        surfaces.update(each.by_surface)
    return Made(
        sum(each.n_listeners for each in parts),
        sum(each.n_lists for each in parts),
        sum(each.n_short for each in parts),
        dict(rungs),
        dict(surfaces),
        sum(each.n_drafts for each in parts),
    )


def _part(text: str) -> tuple[int, int]:
    """Read ``i/n``.

    Raises
    ------
    BadValue : something else.

    Examples
    --------
    >>> _part("1/2")
    (1, 2)
    """
    number, _, n = text.partition("/")
    if number.isdecimal() and n.isdecimal() and 1 <= int(number) <= int(n):
        return int(number), int(n)
    raise BadValue(f"--part must be i/n with 1 ≤ i ≤ n, such as 1/2, not {text!r}")
