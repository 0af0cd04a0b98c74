"""The verbs put together, and how an error is told: one line, what to do, no traceback."""

import os
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import typer

from ritornello.cli import (
    build,
    config,
    doctor,
    evaluate_collection,
    evaluate_compare,
    evaluate_counterfactual,
    evaluate_estimators,
    evaluate_export,
    evaluate_import,
    evaluate_known_items,
    evaluate_leaderboard,
    evaluate_offline,
    evaluate_replicate,
    evaluate_run,
    evaluate_score,
    evaluate_search,
    exporting,
    importing,
    index,
    init,
    keys,
    listener,
    listener_show,
    merge,
    moments,
    policies_learn,
    policies_rebuild,
    policies_roll_back,
    policies_show,
    rebuild,
    recommend,
    reporting,
    seal,
    search,
    serve,
    signals_build,
    signals_explain,
    signals_intents,
    signals_measure,
    signals_shift,
    signals_success,
    terminal,
    train,
)
from ritornello.kinds.errors import Error

INTERRUPTED = 130
VERBS: dict[str, Callable[..., None]] = {
    "init": init.init,
    "merge": merge.merge,
    "seal": seal.seal,
    "rebuild": rebuild.rebuild,
    "train": train.train,
    "index": index.index,
    "build": build.build,
    "search": search.search,
    "recommend": recommend.recommend,
    "serve": serve.serve,
    "doctor": doctor.doctor,
}


class Group(NamedTuple):
    """Verbs that belong together; one of them may be a group again."""

    purpose: str
    verbs: "Mapping[str, Callable[..., None] | Group]"


GROUPS: dict[str, Group] = {
    "import": Group(
        "Bring in catalogues, histories, podcasts, events and counts.", importing.VERBS
    ),
    "export": Group("Take out the catalogue, the events and lists.", exporting.VERBS),
    "listener": Group(
        "Look at a listener, take their records along, erase them, let them in anew.",
        {"show": listener_show.show, **listener.VERBS},
    ),
    "moments": Group(
        "Editors' pools: list, write, check, try as anybody, see what became of them.",
        moments.VERBS,
    ),
    "signals": Group(
        "What listening meant.",
        {
            "build": signals_build.build,
            "explain": signals_explain.explain,
            "intents": Group("What visits are for.", signals_intents.VERBS),
            "measure": signals_measure.measure,
            "shift": signals_shift.shift,
            "success": Group("How well it served them.", signals_success.VERBS),
        },
    ),
    "policies": Group(
        "What policies learn from.",
        {
            "show": policies_show.show,
            "learn": policies_learn.learn,
            "rebuild": policies_rebuild.rebuild,
            "roll-back": policies_roll_back.roll_back,
        },
    ),
    "evaluate": Group(
        "How sure are we? Runs judged before anybody is served.",
        {
            "collection": evaluate_collection.collection,
            "run": evaluate_run.run,
            "score": evaluate_score.score,
            "known-items": evaluate_known_items.known_items,
            "search": evaluate_search.search,
            "leaderboard": evaluate_leaderboard.leaderboard,
            "offline": evaluate_offline.offline,
            "counterfactual": evaluate_counterfactual.counterfactual,
            "estimators": evaluate_estimators.estimators,
            "import": Group("Bring in judgements and runs.", evaluate_import.VERBS),
            "export": Group("Take out judgements and runs.", evaluate_export.VERBS),
            "compare": evaluate_compare.compare,
            "replicate": evaluate_replicate.replicate,
        },
    ),
    "keys": Group("Make, list and revoke keys.", keys.VERBS),
    "config": Group("Look at the settings.", config.VERBS),
}


def put_together() -> typer.Typer:
    """Return the command line with all its verbs."""
    app = typer.Typer(
        help="Personalization for an audio service that knows whether it worked.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(_version)
    for name, verb in VERBS.items():
        app.command(name)(verb)
    for name, group in GROUPS.items():
        app.add_typer(_grouped(group), name=name)
    return app


def _grouped(group: Group) -> typer.Typer:
    app = typer.Typer(help=group.purpose, no_args_is_help=True)
    for name, verb in group.verbs.items():
        if isinstance(verb, Group):
            app.add_typer(_grouped(verb), name=name)
        else:
            app.command(name)(verb)
    return app


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when done, 1 when not, 2 when not asked properly, 130 on Ctrl-C."""
    app = put_together()
    typed = tuple(sys.argv[1:] if arguments is None else arguments)
    reporting.TYPED.set(typed)
    try:
        app(args=list(typed), prog_name="ritornello")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if code == INTERRUPTED:
            terminal.say("ritornello: stopped; what was finished is kept")
        return code
    except Error as error:
        terminal.say(f"ritornello: {error}")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except sqlite3.Error as error:
        terminal.say(f"ritornello: the database: {error}; `ritornello doctor` looks at it")
    except OSError as error:
        terminal.say(f"ritornello: {error.filename or 'the system'}: {error.strerror or error}")
    return 1


def _version(
    version: bool = typer.Option(False, "--version", is_eager=True, help="Print the version."),
) -> None:
    """Personalization for an audio service that knows whether it worked."""
    if version:
        from ritornello import __version__

        sys.stdout.write(f"ritornello {__version__}\n")
        raise typer.Exit
