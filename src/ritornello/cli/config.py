"""``ritornello config show``: every setting, its value, and where the value came from."""

from collections.abc import Callable
from typing import Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer
from ritornello.kinds.settings import SETTINGS, Setting, Value, resolve


class InForce(msgspec.Struct, frozen=True, omit_defaults=True):
    """A setting as it is in force."""

    name: str
    value: Value
    unit: str
    origin: str = ""


def show(
    origin: Annotated[
        bool, typer.Option("--origin", help="Say where each value came from.")
    ] = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Print every setting in force."""
    from ritornello.store.home import Home

    settings = resolve(Home(home).settings_file)
    answer(
        [
            InForce(
                s.name,
                shown(s, settings[s.name]),
                s.unit,
                settings.origins[s.name] if origin else "",
            )
            for s in SETTINGS
        ],
        as_json=json,
    )


def shown(setting: Setting, value: Value) -> Value:
    """Return a setting's value as it may be printed: of a secret only whether there is one."""
    return ("set" if value else "") if setting.is_secret else value


VERBS: dict[str, Callable[..., None]] = {"show": show}
