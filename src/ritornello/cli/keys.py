"""``ritornello keys``: who may do what. A key is shown once, when it is made, and never again."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer
from ritornello.kinds.errors import BadValue

RoleName = Annotated[
    str, typer.Option("--role", help="What the key is for: listener, editor, scientist, service.")
]


class NewKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """A key just made; ``key`` is the secret, and this is the only time it is shown."""

    key_id: str
    key: str
    role: str
    listener_id: str | None = None


class RevokedKey(msgspec.Struct, frozen=True):
    """A key that is refused from now on."""

    key_id: str


def create(
    role: RoleName,
    listener: Annotated[
        str | None, typer.Option("--listener", help="Whose key it is; a listener's key needs it.")
    ] = None,
    label: Annotated[str, typer.Option("--label", help="A note to know it by.")] = "",
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Make a key and show it, once."""
    from ritornello.cli.wiring import find_home, now, writing
    from ritornello.kinds.ids import ListenerId
    from ritornello.store import keys

    wanted = _valid(role, keys.Role, f"a role; a key is for one of {', '.join(keys.ROLES)}")
    if listener is not None:
        _valid(listener, ListenerId, "a listener's id: up to 64 letters, digits and . : + - _")
    with writing(find_home(home)) as writer:
        key_id, secret = writer.run(
            lambda conn: keys.create(conn, now(), wanted, listener_id=listener, label=label)
        ).result()
    answer(
        NewKey(key_id, secret, role, listener),
        as_json=json,
        sentence="Write it down now; it is kept only as a hash and cannot be shown again.",
    )


def show(home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """List every key ever made, without its secret."""
    from ritornello.cli.wiring import find_home, reading
    from ritornello.store import keys

    with reading(find_home(home)) as conn:
        known = keys.known(conn)
    sentence = "" if known else "No keys yet; `ritornello keys create --role …` makes one."
    answer(known, as_json=json, sentence=sentence)


def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `keys list` shows it.")],
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Refuse a key, and end its sessions, from the next request on."""
    from ritornello.cli.wiring import find_home, now, writing
    from ritornello.store import keys

    with writing(find_home(home)) as writer:
        writer.run(lambda conn: keys.revoke(conn, now(), key_id)).result()
    sentence = f"Key {key_id} is refused from now on."
    answer(RevokedKey(key_id), as_json=json, sentence=sentence, table=False)


def _valid(text: str, kind: Any, what: str) -> Any:
    """Return a word of the command line as what it must be."""
    try:
        return msgspec.convert(text, kind)
    except msgspec.ValidationError as error:
        raise BadValue(f"{text!r} is not {what}") from error


VERBS: dict[str, Callable[..., None]] = {"create": create, "list": show, "revoke": revoke}
