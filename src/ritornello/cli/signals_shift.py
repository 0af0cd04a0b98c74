"""``ritornello signals shift``: what of the population's signals moved, where, by how much and since when."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer
from ritornello.kinds.errors import NotFound
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.listeners.daily import Daily
    from ritornello.listeners.shift import Alarm


class AlarmInWords(msgspec.Struct, frozen=True):
    """One alarm for a person."""

    signal: str
    since: str
    moved: str
    where: str
    told: str


def shift(
    false_a_year: Annotated[
        float,
        typer.Option("--false-a-year", min=0.1, max=100.0, help="False alarms a year to accept."),
    ] = 4.0,
    standing: Annotated[
        bool, typer.Option("--standing", help="Leave out what is as usual again.")
    ] = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Print which signals of all listeners are not what they used to be."""
    from ritornello.cli.wiring import find_home
    from ritornello.listeners.shift import alarms

    daily = _read(find_home(home))
    if not len(daily.total):
        raise NotFound(
            f"no whole day of listening is built in {home}; run `ritornello signals build`"
        )
    found = [
        alarm
        for alarm in alarms(daily, false_a_year=false_a_year)
        if alarm.until is None or not standing
    ]
    n_days = len(daily.total)
    sentence = f"{len(found)} alarms in {n_days} days; nothing is told in the first nine weeks."
    answer(
        found if json else [_in_words(alarm) for alarm in found], as_json=json, sentence=sentence
    )


def _read(home: Home) -> "Daily":
    """Sum up the days of a home, with the clients its listens name."""
    from ritornello.listeners import daily
    from ritornello.signals.building import open_tables
    from ritornello.store import lake

    with lake.open_lake(home) as duck:
        open_tables(duck, home, ["readings", "encounters"])
        lake.relation(duck, home, "listen")
        return daily.read(
            duck, clients="SELECT CAST(event_id AS VARCHAR) AS event_id, client FROM listen"
        )


def _in_words(alarm: "Alarm") -> AlarmInWords:
    form = ",.0f" if alarm.signal == "listens" else ".1%"
    group = alarm.moved_in
    return AlarmInWords(
        signal=f"{alarm.signal.replace('_', ' ')} {alarm.subject}".strip(),
        since=alarm.since if alarm.until is None else f"{alarm.since} to {alarm.until}",
        moved=f"{alarm.before:{form}} to {alarm.after:{form}}",
        where="everywhere" if group is None else f"{group.dimension} {group.word}",
        told=f"{alarm.told_on}, {alarm.deviations:+.1f} deviations",
    )
