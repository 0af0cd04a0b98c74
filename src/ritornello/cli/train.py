"""``ritornello train``: train the models on everything known and put them in use."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import Tell, answer, progress
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.models.training import TrainingConfig


class Trained(msgspec.Struct, frozen=True):
    """The model now in use."""

    version: str
    n_listeners: int
    n_items: int
    n_pairs: int
    weights: dict[str, float]
    took_s: float


def train(
    trials: Annotated[
        int, typer.Option("--trials", min=0, help="Settings to try for each model; 0 keeps them.")
    ] = 0,
    threads: Annotated[
        int, typer.Option("--threads", min=0, help="Threads to use; 0 is half the cores.")
    ] = 0,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Train on everything heard so far; a running server takes the new model up by itself."""
    from os import cpu_count

    from ritornello.cli.wiring import find_home
    from ritornello.models import bundle
    from ritornello.models.training import TrainingConfig
    from ritornello.store import artefacts

    found = find_home(home)
    n_threads = threads or max(1, (cpu_count() or 1) // 2)
    with progress("Training") as tell, artefacts.training(found):
        trained = train_on_all(found, TrainingConfig(n_trials=trials, n_threads=n_threads), tell)
        bundle.sweep(found)
    answer(trained, as_json=json, sentence=f"Model {trained.version} is in use.")


def train_on_all(home: Home, config: "TrainingConfig", tell: Tell) -> Trained:
    """Train on everything heard so far, and switch to what came of it. Needs the training lock.

    The setting ``train_also`` says what is trained beside the usual scorers.

    Raises
    ------
    UnknownName : the setting names what cannot be trained.
    NotFound : nothing was played.
    """
    import time

    from ritornello.cli.wiring import now, reading, settings_of
    from ritornello.kinds.errors import NotFound
    from ritornello.kinds.randomness import derive
    from ritornello.models import bundle, optional
    from ritornello.models.extract import read_genres, read_interactions
    from ritornello.models.training import train as train_bundle
    from ritornello.store import artefacts, lake

    at, began, settings = now(), time.monotonic(), settings_of(home)
    config = msgspec.structs.replace(config, optional=optional.wanted(settings["train_also"]))
    rng = derive(settings["seed"], "train", at.isoformat())
    with reading(home) as conn, lake.open_lake(home) as duck:
        tell("read who played what", 0.0)
        lake.relation(duck, home, "listen")
        interactions = read_interactions(duck, "listen", conn, now=at)
        if not interactions.n_items:
            raise NotFound("nothing was played yet; import something or let listeners play first")
        genres = read_genres(conn, interactions.vocabulary)
    made = train_bundle(interactions, config, rng, trained_at=at, genres=genres, progress=tell)
    version = bundle.save(home, made)
    artefacts.switch(home, version)
    return Trained(
        version=version,
        n_listeners=interactions.n_listeners,
        n_items=interactions.n_items,
        n_pairs=len(interactions.columns),
        weights=dict(made.weights),
        took_s=round(time.monotonic() - began, 2),
    )
