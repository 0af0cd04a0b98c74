"""``ritornello serve``: answer over HTTP until told to stop.

An empty home is offered the toy world first, so that a newcomer sees a living Home at once; such a
home says on every page that it is simulated.
"""

import sys
from typing import Annotated, Literal, get_args

import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress, say
from ritornello.store.home import Home

WorldName = Literal["ask", "none", "toy"]
AFTER_FILLING = {
    "train": "Training the models",
    "index": "Indexing what can be found",
    "build": "Making this week's playlists",
}


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port to listen on.")] = None,
    world: Annotated[
        str, typer.Option("--world", help="For an empty home: toy, none, or ask.")
    ] = "ask",
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Serve the home at http://127.0.0.1:8765, or where the settings say, until Ctrl-C."""
    from ritornello.cli.filling import is_simulated
    from ritornello.cli.wiring import REDUCERS, make_home, reading, settings_of
    from ritornello.kinds.errors import UnknownName
    from ritornello.serve.run import is_loopback
    from ritornello.serve.run import serve as serve_home

    if world not in get_args(WorldName):
        raise UnknownName.among("world", world, get_args(WorldName))
    found = make_home(home)
    settings = settings_of(found, host=host, port=port)
    _check_free(settings["host"], settings["port"])
    if world == "toy" or is_loopback(settings["host"]):
        _fill_if_empty(found, settings["seed"], world)
    with reading(found) as conn:
        simulated = is_simulated(conn)
    address = f"http://{settings['host']}:{settings['port']}"
    about = " Everything in it is simulated." if simulated else ""
    answer(
        {"address": address, "home": str(home), "simulated": simulated},
        as_json=json,
        sentence=f"Serving {home} at {address}.{about} Stop with Ctrl-C.",
        table=False,
    )
    sys.stdout.flush()
    serve_home(found, settings, REDUCERS, simulated=simulated)


def _check_free(host: str, port: int) -> None:
    """Make sure that nobody else listens there, before anything takes long.

    Raises
    ------
    Conflict : somebody does.
    BadValue : no such address on this machine.
    """
    import errno
    import socket

    from ritornello.kinds.errors import BadValue, Conflict

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} is in use; serve at another one with --port {port + 1}"
            raise Conflict(message) from error
        message = f"cannot listen on {host}:{port}: {error.strerror}"
        raise BadValue(message) from error


def _fill_if_empty(home: Home, seed: int, world: str) -> None:
    """Fill an empty home if that is wanted; go on where an earlier filling stopped."""
    from ritornello.cli.filling import fill, is_empty, is_unfinished
    from ritornello.cli.wiring import now, reading

    with reading(home) as conn:
        if not (is_unfinished(conn) or (is_empty(conn) and _wanted(home, world))):
            return
        say("Filling the home with a simulated service of numbered artists and listeners …")
        with progress("Filling") as tell:
            made = fill(home, conn, seed=seed, now=now(), tell=tell)
    say(f"{len(made.listener_ids)} simulated listeners played {len(made.listens):,} times.")
    for verb, in_words in AFTER_FILLING.items():
        say(f"{in_words} …")
        _run(home, verb)


def _wanted(home: Home, world: str) -> bool:
    """Whether to fill: as told, else as answered, else yes, said plainly."""
    if world != "ask":
        return world == "toy"
    if sys.stdin.isatty():
        question = f"{home.path} is empty. Fill it with a simulated service?"
        return typer.confirm(question, default=True, err=True)
    say(f"{home.path} is empty and nobody is there to ask; `--world none` would keep it empty.")
    return True


def _run(home: Home, verb: str) -> None:
    """Run a verb in a process of its own, as the server does, with its progress on our terminal."""
    import asyncio

    from ritornello.serve.children import run_child

    asyncio.run(run_child((verb, "--home", str(home.path))))
