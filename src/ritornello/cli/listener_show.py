"""``ritornello listener show``: what is believed of a listener, and what each belief rests on."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, say
from ritornello.kinds.errors import ArtefactUnusable
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.listeners.beliefs import Beliefs, Known
    from ritornello.listeners.breadth import Breadth, Space
    from ritornello.listeners.receptivity import Receptivity
    from ritornello.signals.components import Trained

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
N_BELIEFS = 5


class Row(msgspec.Struct, frozen=True):
    """One belief in words, with what it rests on."""

    what: str
    belief: str
    rests_on: str


def show(
    listener_id: Annotated[str, typer.Argument(help="The listener's id.", metavar="ID")],
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Print what is believed of a listener, and the evidence of each belief."""
    from ritornello.cli.wiring import find_home

    found = _gather(find_home(home), listener_id)
    if json:
        answer(found, as_json=True)
        return
    tables = (
        f"the tables of signals reach to {found.through:%Y-%m-%d %H:%M} UTC"
        if found.through
        else "no tables of signals are built: run `ritornello signals build`"
    )
    answer(
        list(_in_words(found)),
        as_json=False,
        sentence=f"{listener_id}: {found.portrait.n_plays:,} plays; {tables}.",
    )


def _gather(home: Home, listener_id: str) -> "Beliefs":
    from ritornello.catalog.view import View
    from ritornello.cli.wiring import now, reading, settings_of
    from ritornello.kinds.times import zone
    from ritornello.listeners import beliefs
    from ritornello.listeners.profile import read_profile
    from ritornello.signals.building import open_tables
    from ritornello.store import lake

    with reading(home) as conn, lake.open_lake(home) as duck:
        open_tables(duck, home, beliefs.TABLES)
        profile = read_profile(conn, listener_id, now())
        tz = zone(profile.preferences.time_zone or settings_of(home)["time_zone"])
        return beliefs.of(conn, duck, profile, View.read(conn), tz, known=_known(home))


def _known(home: Home) -> "Known":
    """Return the models' item vectors and the mixture of intents, as far as there are any; say what is broken."""
    from ritornello.listeners.beliefs import Known
    from ritornello.signals import intents

    return Known(_space(home), intents.of_home(home), _mixture(home))


def _space(home: Home) -> "Space | None":
    from ritornello.listeners.breadth import Space
    from ritornello.models.bundle import load
    from ritornello.store.artefacts import current_version

    version = current_version(home)
    if version is None:
        return None
    try:
        bundle = load(home, version)
        return Space.of(bundle.vocabulary.columns, bundle.ials.factors)
    except ArtefactUnusable as error:
        say(f"nothing is said of breadth: {error}")
        return None


def _mixture(home: Home) -> "Trained | None":
    from ritornello.signals import kept_intents

    try:
        return kept_intents.find(home)
    except ArtefactUnusable as error:
        say(f"no intents are inferred: {error}")
        return None


def _in_words(found: "Beliefs") -> Iterator[Row]:
    yield from _plays(found)
    if found.breadth is not None:
        yield Row("breadth", *_breadth(found.breadth))
    yield from (
        Row(f"breadth from {c.before} to {c.after}", *_change(c.difference, c.low, c.high))
        for c in found.changes
    )
    yield from _habits(found)
    yield from (Row("receptivity", *_receptivity(each)) for each in found.receptivity)
    for purpose in found.intents[:N_BELIEFS]:
        said = f"{purpose.n_said} visits said so" if purpose.n_said else "inferred"
        yield Row("intent of the last 28 days", f"{purpose.intent} {purpose.share:.0%}", said)
    for state, n in found.states.items():
        yield Row("artists and shows", f"{n:,} {state}", "")
    for each in found.relationships[:N_BELIEFS]:
        plays = f"{each.n_plays:,} plays on {each.n_active_days:,} days"
        yield Row("relationship", f"{each.name}: {each.state} since {each.since:%Y-%m-%d}", plays)
    for flag in found.flags:
        value = f"{flag.value:.4g} {flag.unit}, flagged from {flag.threshold:.4g}"
        yield Row("looks artificial", flag.reason.replace("_", " "), f"{flag.active_on}: {value}")


def _plays(found: "Beliefs") -> Iterator[Row]:
    for what, beliefs in (("artist", found.portrait.artists), ("genre", found.portrait.genres)):
        for each in beliefs[:N_BELIEFS]:
            yield Row(what, f"{each.name} {each.share:.0%}", f"{each.n_plays:,} plays")
    if found.portrait.share_new is not None:
        n_plays = f"{found.portrait.n_plays_lately:,} plays of the last 28 days"
        yield Row("new to them", f"{found.portrait.share_new:.0%}", n_plays)


def _breadth(each: "Breadth") -> Sequence[Any]:
    own = f"{each.n_items:,} items with a vector, {each.share_placed:.0%} of plays"
    score = each.centred.corrected
    if score is None:
        return "too few items to say", own
    belief = f"GS {score:.2f} ({each.centred.low:.2f} to {each.centred.high:.2f})"
    if each.share_wider is not None:
        belief += f", narrower than {each.share_wider:.0%} of listeners"
    plain = "" if each.plain.gs is None else f"; as published, not corrected: {each.plain.gs:.2f}"
    return belief, own + plain


def _change(difference: float, low: float, high: float) -> Sequence[Any]:
    word = "unchanged" if low <= 0 <= high else "narrower" if difference > 0 else "wider"
    return word, f"GS {difference:+.2f} ({low:+.2f} to {high:+.2f})"


def _habits(found: "Beliefs") -> Iterator[Row]:
    own = f"{found.habits.n_hours:,.0f} hours of visits, {found.habits.share_own:.0%} their own"
    for cell in found.habits.likeliest:
        intent = f" for {cell.intent}" if cell.intent else ""
        when = f"{WEEKDAYS[cell.weekday]} {cell.local_hour:02d}:00 on {cell.device}{intent}"
        yield Row("habit", f"{when} {cell.p:.1%}", own)


def _receptivity(each: "Receptivity") -> Sequence[Any]:
    of_what = "new artists chance offered" if each.basis == "randomised" else "new artists tried"
    open_ = f", {each.n_censored:,} not over yet" if each.n_censored else ""
    return (
        f"keeps {each.share:.0%} ({each.low:.0%} to {each.high:.0%}) of {of_what}",
        f"{each.basis}: {each.n_kept:,} of {each.n_trials:,}{open_}; all listeners {each.crowd:.0%}",
    )
