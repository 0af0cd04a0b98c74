"""``ritornello signals intents``: train what visits look like, show it, call it by intents."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress, say
from ritornello.kinds.errors import ArtefactUnusable
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.signals.components import Component, Trained, Trait

N_VISITS = 20_000
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NUMBERS = (2, 3, 4, 5, 6, 8, 10, 12, 14, 16)


class TrainedIntents(msgspec.Struct, frozen=True):
    """The mixture now in use."""

    version: str
    n_components: int
    n_visits: int
    n_listeners: int
    n_named: int


class Look(msgspec.Struct, frozen=True):
    """One component for a person: what its visits were known to be, and what stands out in them."""

    component: int
    intent: str
    share_of_visits: str
    known: str
    stands_out: str


def train(
    visits: Annotated[
        int, typer.Option("--visits", min=1, help="Visits to draw a beginning of, at most.")
    ] = N_VISITS,
    components: Annotated[
        list[int] | None,
        typer.Option("--components", min=1, help="Try this number of kinds; may be repeated."),
    ] = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Find which kinds of visit there are; names are kept where a kind stays what it was."""
    from ritornello.cli.wiring import find_home
    from ritornello.store import artefacts

    found = find_home(home)
    with progress("Training intents"), artefacts.training(found):
        trained = train_and_keep(found, visits, components or NUMBERS)
    said = TrainedIntents(
        trained.version,
        trained.mixture.n_components,
        trained.facts.n_visits,
        trained.facts.n_listeners,
        len(trained.names),
    )
    sentence = (
        f"{said.n_components} kinds of visit, {said.n_named} of them named. "
        "Look at them with `ritornello signals intents show`."
    )
    answer(said, as_json=json, sentence=sentence)


def show(
    traits: Annotated[
        int, typer.Option("--traits", min=1, help="What stands out most, so many features.")
    ] = 5,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Print what each kind of visit looks like, by the features that stand out."""
    from ritornello.cli.wiring import find_home
    from ritornello.signals import kept_intents
    from ritornello.signals.components import profile

    trained = kept_intents.load(find_home(home))
    found = profile(trained, traits)
    sentence = (
        f"Trained {trained.facts.trained_at:%Y-%m-%d} on {trained.facts.n_visits:,} visits of "
        f"{trained.facts.n_listeners:,} listeners:"
    )
    answer(found if json else [_look(each) for each in found], as_json=json, sentence=sentence)


def name(
    component: Annotated[int, typer.Argument(help="Number of the component, as shown.")],
    intent: Annotated[str, typer.Argument(help="What to call it; unknown takes a name away.")],
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Call kind of visit COMPONENT by INTENT, for everything that is read from now on."""
    from ritornello.cli.wiring import find_home
    from ritornello.signals import kept_intents
    from ritornello.signals.components import profile

    found = profile(kept_intents.name(find_home(home), component, intent))[component]
    sentence = f"Component {component} is now {found.intent or 'without a name'}."
    answer(found, as_json=json, sentence=sentence, table=False)


def train_and_keep(
    home: Home, n_visits: int = N_VISITS, numbers: Sequence[int] = NUMBERS
) -> "Trained":
    """Train on the beginnings of the home and put what came of it in use. Needs the training lock.

    Raises
    ------
    NotFound : too little was built to train on.
    """
    from ritornello.cli.wiring import now, settings_of
    from ritornello.kinds.randomness import derive
    from ritornello.signals import intent_training, intents, kept_intents
    from ritornello.signals.building import open_tables
    from ritornello.store import lake

    at, seed = now(), settings_of(home)["seed"]
    with lake.open_lake(home) as duck:
        open_tables(duck, home, ["beginnings"])
        beginnings = intent_training.draw(duck, n_visits, seed)
    try:
        old = kept_intents.find(home)
    except ArtefactUnusable as error:
        say(f"the names given before are not kept: {error}")
        old = None
    rng = derive(seed, "intents")
    trained = intent_training.train(
        beginnings, intents.of_home(home), rng, at, old=old, numbers=numbers
    )
    return msgspec.structs.replace(trained, version=kept_intents.save(home, trained))


def _look(component: "Component") -> Look:
    """Put a component in words."""
    known = [f"{n:,.0f} {word}" for word, n in component.known.items() if n >= 0.5]
    return Look(
        component.number,
        component.intent or "",
        f"{component.share:.0%}",
        ", ".join(known[:3]),
        ", ".join(map(_trait, component.traits)),
    )


def _trait(trait: "Trait") -> str:
    """Say a feature's value here, and the usual one in brackets."""
    word = f" {trait.word}" if trait.word else ""
    return f"{trait.feature}{word} {_value(trait, trait.here)} ({_value(trait, trait.usually)})"


def _value(trait: "Trait", value: float) -> str:
    if trait.feature == "weekday":
        return WEEKDAYS[round(value) % 7]
    return f"{value:.0%}" if trait.unit == "share" else f"{value:.0f} {trait.unit}"


VERBS: dict[str, Callable[..., None]] = {"train": train, "show": show, "name": name}
