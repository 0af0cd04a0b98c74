"""``ritornello train``: train the models on everything known and put them in use."""

from typing import Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress


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
    import time
    from os import cpu_count

    from ritornello.cli.wiring import find_home, now, reading, settings_of
    from ritornello.kinds.errors import NotFound
    from ritornello.kinds.randomness import derive
    from ritornello.models import bundle
    from ritornello.models.extract import read_genres, read_interactions
    from ritornello.models.training import TrainingConfig
    from ritornello.models.training import train as train_bundle
    from ritornello.store import artefacts, lake

    found, at, began = find_home(home), now(), time.monotonic()
    rng = derive(settings_of(found)["seed"], "train", at.isoformat())
    with reading(found) as conn, lake.open_lake(found) as duck, progress("Training") as tell:
        tell("read who played what", 0.0)
        lake.relation(duck, found, "listen")
        interactions = read_interactions(duck, "listen", conn, now=at)
        if not interactions.n_items:
            raise NotFound("nothing was played yet; import something or let listeners play first")
        made = train_bundle(
            interactions,
            TrainingConfig(n_trials=trials, n_threads=threads or max(1, (cpu_count() or 1) // 2)),
            rng,
            trained_at=at,
            genres=read_genres(conn, interactions.vocabulary),
            progress=tell,
        )
        version = bundle.save(found, made)
        artefacts.switch(found, version)
        bundle.sweep(found)
    answer(
        Trained(
            version=version,
            n_listeners=interactions.n_listeners,
            n_items=interactions.n_items,
            n_pairs=len(interactions.columns),
            weights=dict(made.weights),
            took_s=round(time.monotonic() - began, 2),
        ),
        as_json=json,
        sentence=f"Model {version} is in use.",
    )
