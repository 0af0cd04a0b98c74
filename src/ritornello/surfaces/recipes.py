"""What a surface is made of: a TOML file beside this module, checked when it is loaded.

A recipe's ``hash`` is logged with every decision made by it. It covers the parsed values, so a
comment or the order of keys changes nothing, a length does.
"""

import hashlib
import tomllib
from functools import cached_property
from importlib.resources import files
from typing import Annotated, Any, Literal, get_args

import msgspec

from ritornello.kinds.errors import BadValue, UnknownName, did_you_mean
from ritornello.kinds.events import ShortText
from ritornello.policies.choice import Policy
from ritornello.policies.names import parse
from ritornello.policies.plackett_luce import PlackettLuce

SourceName = Literal[
    "jump_back_in", "made_for_you", "because_you_played", "new_for_you", "popular_now"
]
Surface = Literal["home", "discover_weekly", "daily_mix"]

Count = Annotated[int, msgspec.Meta(ge=1, le=100)]
ShortlistLength = Annotated[int, msgspec.Meta(ge=1, le=200)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class ShelfShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a shelf is drawn: how many slots, how many are shortlisted, by which policy.

    ``per_artist`` bounds the tracks of one artist within the shortlist, ``familiar_share`` the share
    of the slots that what was heard before may take. ``{about}`` in the title names the item a
    shelf is about.
    """

    name: ShortText
    title: str
    length: Count
    shortlist: ShortlistLength
    per_artist: Count
    policy: str = "greedy"
    familiar_share: Share = 1.0

    @property
    def n_familiar(self) -> int:
        """How many slots the familiar may take."""
        return round(self.familiar_share * self.length)

    def drawn_by(self, budget: float) -> Policy:
        """Return the shelf's policy; one that explores does so with the listener's ``budget``."""
        policy = parse(self.policy)
        if isinstance(policy, PlackettLuce):
            return msgspec.structs.replace(policy, budget=budget)
        return policy


class ShelfRecipe(ShelfShape, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A shelf and where its candidates come from; at most ``n_shelves``, each about another item."""

    source: SourceName
    n_shelves: Count = 1


class MixShape(ShelfShape, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a listener's tastes become mixes: the shape of each, and what a taste is.

    ``{artists}`` in the title names who leads a mix; ``shortlist`` are the new it is drawn from, and
    beside ``per_artist`` familiar tracks of an artist one new one may stand. A mix has at least
    ``least_familiar`` familiar tracks. Of a history the ``n_artists`` heaviest artists are looked at;
    what was heard ``half_life_days`` ago weighs half. A split into two tastes explains at least
    ``least_split`` of how far the artists lie apart, and parts centres ``least_apart``. ``genre_weight`` and ``memory`` say how far apart
    another genre, and another mix the day before, put two artists, where another direction in the
    models' space puts them at most 2. A taste becomes a mix from a share of ``enters_at`` of the listening
    and stays one until it falls below ``leaves_below``.
    """

    n_mixes: Annotated[int, msgspec.Meta(ge=1, le=6)]
    least_familiar: Count
    n_artists: Annotated[int, msgspec.Meta(ge=2, le=500)]
    half_life_days: Positive
    least_split: Share
    least_apart: Annotated[float, msgspec.Meta(ge=0)]
    genre_weight: Annotated[float, msgspec.Meta(ge=0)]
    memory: Annotated[float, msgspec.Meta(ge=0)]
    enters_at: Share
    leaves_below: Share


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """A surface: its shelves in order or its mixes, and the list that stands in on a lower rung.

    ``new_artist_share`` is the least share of tracks by artists the listener never heard.
    ``fallback_length`` and ``fallback_per_artist`` shape the answer of every lower rung.
    """

    surface: Surface
    version: Annotated[int, msgspec.Meta(ge=1)]
    shelves: tuple[ShelfRecipe, ...] = ()
    mixes: MixShape | None = None
    fallback_length: Count = 30
    fallback_per_artist: Count = 2
    new_artist_share: Share = 0.0

    @cached_property
    def hash(self) -> str:
        """16 hexadecimal digits of the SHA-256 of the recipe's canonical JSON."""
        canonical = msgspec.json.encode(self, order="deterministic")
        return hashlib.sha256(canonical).hexdigest()[:16]


def load(surface: Surface) -> Recipe:
    """Return the recipe the package ships for a surface.

    Raises
    ------
    UnknownName : no such surface.
    BadValue : the file is not a recipe; the message names file and key.
    """
    if surface not in get_args(Surface):
        raise UnknownName.among("surface", surface, get_args(Surface))
    name = f"{surface}.toml"
    return parse_recipe((files(__package__) / name).read_text(encoding="utf-8"), name)


def parse_recipe(text: str, file: str) -> Recipe:
    """Return the recipe a TOML text spells.

    Raises
    ------
    BadValue : not TOML, an unknown key or word, a value out of range, a shelf named twice, or a
        policy nobody defined. The message names the file and the key.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadValue(f"{file} is not TOML: {error}") from error
    _check_keys(values, Recipe, file, "")
    for place, shelf in enumerate(_tables(values.get("shelves"))):
        _check_keys(shelf, ShelfRecipe, file, f"shelves[{place}].")
    if isinstance(values.get("mixes"), dict):
        _check_keys(values["mixes"], MixShape, file, "mixes.")
    try:
        recipe = msgspec.convert(values, Recipe)
    except msgspec.ValidationError as error:
        raise BadValue(f"{file}: {error}{_nearest_word(values)}") from error
    _check_shelves(recipe, file)
    return recipe


def _tables(found: Any) -> list[dict[str, Any]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _check_keys(values: dict[str, Any], kind: type[msgspec.Struct], file: str, where: str) -> None:
    known = kind.__struct_fields__
    for key in values:
        if key not in known:
            raise BadValue(f"{file}: no key '{where}{key}'{did_you_mean(key, known)}")


def _nearest_word(values: dict[str, Any]) -> str:
    """Suggest the source a misspelt one may have meant."""
    known = get_args(SourceName)
    named = (str(shelf.get("source")) for shelf in _tables(values.get("shelves")))
    return next((did_you_mean(name, known) for name in named if name not in known), "")


def _check_shelves(recipe: Recipe, file: str) -> None:
    """Check what no single value shows: policies, names, shortlists as long as their shelves."""
    if (recipe.mixes is None) == (not recipe.shelves):
        raise BadValue(f"{file}: a recipe has either shelves or mixes")
    if recipe.mixes is not None:
        _check_mixes(recipe.mixes, file)
    seen: set[str] = set()
    for place, shelf in enumerate(recipe.shelves):
        if shelf.name in seen:
            raise BadValue(f"{file}: shelves[{place}].name {shelf.name!r} is taken already")
        seen.add(shelf.name)
        if shelf.shortlist < shelf.length:
            message = f"shelves[{place}].shortlist {shelf.shortlist} is below length {shelf.length}"
            raise BadValue(f"{file}: {message}")
        _check_policy(shelf.policy, f"{file}: shelves[{place}]")


def _check_mixes(mixes: MixShape, file: str) -> None:
    """Check that a mix's new fit its shortlist, and that a taste does not come and go at once."""
    n_new = mixes.length - mixes.n_familiar
    if mixes.shortlist < n_new:
        raise BadValue(
            f"{file}: mixes.shortlist {mixes.shortlist} is below {n_new}, the new of a mix"
        )
    if mixes.least_familiar > mixes.n_familiar:
        raise BadValue(f"{file}: mixes.least_familiar is above {mixes.n_familiar}, those of a mix")
    if mixes.leaves_below > mixes.enters_at:
        raise BadValue(f"{file}: mixes.leaves_below is above mixes.enters_at")
    _check_policy(mixes.policy, f"{file}: mixes")


def _check_policy(policy: str, where: str) -> None:
    try:
        parse(policy)
    except (BadValue, UnknownName) as error:
        raise BadValue(f"{where}.policy: {error}") from error
