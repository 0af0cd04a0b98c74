"""What a device shows of a list: the table ``visibility.toml`` as rows for the SQL of outcomes.

A slot nobody reported was either not seen or not reported. Where the client reports nothing, only what
fits every screen of its kind was surely in view; a speaker shows nothing at all.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Annotated, get_args

import msgspec

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.kinds.events import Device
from ritornello.store.home import Home

OWN_FILE = "visibility.toml"
_SLOTS = Annotated[int, msgspec.Meta(ge=0, le=1000)]
Row = tuple[str | None, str, bool, int, bool]


class Screen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one device shows: whether anything, how many slots for sure, whether one passes them in order."""

    screen: bool = True
    n_in_view: _SLOTS = 0
    passes: bool = False


class Visibility(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Screens by device, and by surface and device where a surface has its own."""

    devices: dict[str, Screen] = {}
    surfaces: dict[str, dict[str, Screen]] = {}

    def rows(self) -> Iterator[Row]:
        """Yield the relation ``screen``: ``surface, device, has_screen, n_in_view, passes``.

        A ``surface`` that is ``None`` stands for all that have no row of their own for that device.
        """
        for surface, screens in ((None, self.devices), *self.surfaces.items()):
            for device, each in screens.items():
                yield surface, device, each.screen, each.n_in_view, each.passes

    def over(self, other: "Visibility") -> "Visibility":
        """Return these screens laid over others, key by key."""
        surfaces = {
            name: other.surfaces.get(name, {}) | self.surfaces.get(name, {})
            for name in other.surfaces | self.surfaces
        }
        return Visibility(other.devices | self.devices, surfaces)


def read(text: str, file: str) -> Visibility:
    """Return the screens a TOML text spells.

    Raises
    ------
    BadValue : not TOML, an unknown key, or a value that cannot be meant; the message names the file.
    UnknownName : a device there is not.

    Examples
    --------
    >>> list(read("devices.car = { n_in_view = 1 }", "own.toml").rows())
    [(None, 'car', True, 1, False)]
    """
    try:
        found = msgspec.convert(tomllib.loads(text), Visibility)
    except tomllib.TOMLDecodeError as error:
        raise BadValue(f"{file} is not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise BadValue(f"{file}: {error}") from error
    for _, device, *_ in found.rows():
        if device not in get_args(Device):
            raise UnknownName.among(f"device in {file}", device, get_args(Device))
    return found


@cache
def defaults() -> Visibility:
    """Return the screens the package knows."""
    return read((files(__package__) / OWN_FILE).read_text(encoding="utf-8"), OWN_FILE)


def of_home(home: Home) -> Visibility:
    """Return the package's screens with the home's own ``visibility.toml`` laid over them.

    Raises
    ------
    BadValue, UnknownName : the home's file cannot be meant; see :func:`read`.
    """
    place = home.path / OWN_FILE
    if not place.is_file():
        return defaults()
    try:
        return read(place.read_text(encoding="utf-8"), str(place)).over(defaults())
    except UnicodeDecodeError as error:
        raise BadValue(f"{place} is not UTF-8: {error}") from error
