"""The verbs put together, and how an error is told: one line, what to do, no traceback."""

import os
import sqlite3
import sys
from collections.abc import Callable, Sequence

import typer

from ritornello.cli import (
    build,
    config,
    doctor,
    exporting,
    importing,
    init,
    keys,
    listener,
    merge,
    rebuild,
    recommend,
    seal,
    serve,
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
    "build": build.build,
    "recommend": recommend.recommend,
    "serve": serve.serve,
    "doctor": doctor.doctor,
}
GROUPS: dict[str, tuple[str, dict[str, Callable[..., None]]]] = {
    "import": ("Bring in catalogues, histories, podcasts, events and counts.", importing.VERBS),
    "export": ("Take out the catalogue, the events and lists.", exporting.VERBS),
    "listener": ("Take a listener's records along, erase them, let them in anew.", listener.VERBS),
    "keys": ("Make, list and revoke keys.", keys.VERBS),
    "config": ("Look at the settings.", config.VERBS),
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
    for name, (purpose, verbs) in GROUPS.items():
        group = typer.Typer(help=purpose, no_args_is_help=True)
        for verb_name, verb in verbs.items():
            group.command(verb_name)(verb)
        app.add_typer(group, name=name)
    return app


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when done, 1 when not, 2 when not asked properly, 130 on Ctrl-C."""
    app = put_together()
    try:
        app(args=None if arguments is None else list(arguments), prog_name="ritornello")
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
