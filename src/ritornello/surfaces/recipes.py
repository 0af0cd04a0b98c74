"""What a surface is made of: a TOML file beside this module, checked when it is loaded.

A recipe's ``hash`` is logged with every decision made by it. It covers the parsed values, so a
comment or the order of keys changes nothing, a length does.
"""

import hashlib
import tomllib
from collections.abc import Sequence
from functools import cached_property
from importlib.resources import files
from typing import Annotated, Any, Literal, get_args

import msgspec

from ritornello.kinds.errors import BadValue, UnknownName, did_you_mean
from ritornello.kinds.events import ShortText
from ritornello.policies import objectives
from ritornello.policies.choice import Policy
from ritornello.policies.mixing import Mixture
from ritornello.policies.names import parse
from ritornello.surfaces.needs import Need

SourceName = Literal[
    "continue_listening", "jump_back_in", "made_for_you", "because_you_played", "from_chosen",
    "new_for_you", "popular_near_you", "popular_now",
]  # fmt: skip
Surface = Literal["home", "discover_weekly", "daily_mix", "radio", "search"]
FoundKind = Literal["track", "artist", "album", "show", "episode", "playlist", "moment", "passage"]

Count = Annotated[int, msgspec.Meta(ge=1, le=100)]
ShortlistLength = Annotated[int, msgspec.Meta(ge=1, le=200)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Weight = Annotated[float, msgspec.Meta(ge=0)]


class ShelfShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a shelf is drawn: how many slots, how many are shortlisted, by which policy.

    ``per_artist`` bounds the tracks of one artist within the shortlist, ``familiar_share`` the share
    of the slots that what was heard before may take. ``{about}`` in the title names the item a
    shelf is about. ``objective`` is what a shelf is to be as a whole; mixes and stations have none.
    """

    name: ShortText
    title: str
    length: Count
    shortlist: ShortlistLength
    per_artist: Count
    policy: str = "greedy"
    objective: str = ""
    familiar_share: Share = 1.0

    @property
    def n_familiar(self) -> int:
        """How many slots the familiar may take."""
        return round(self.familiar_share * self.length)

    def drawn_by(self, budget: float) -> Policy:
        """Return the shelf's policy; one that explores does so with the listener's ``budget``."""
        policy = parse(self.policy)
        if isinstance(policy, Mixture):
            return msgspec.structs.replace(policy, budget=budget)
        return policy

    def greedy(self) -> "ShelfShape":
        """Return the same shelf, best first."""
        return msgspec.structs.replace(self, policy="greedy")


class ShelfRecipe(ShelfShape, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A shelf and where its candidates come from; at most ``n_shelves``, each about another item.

    ``serves`` is the need it is for. ``discount`` is how much what was shown on the days before and
    passed over loses, in standard deviations of the shortlist's scores.
    """

    source: SourceName
    n_shelves: Count = 1
    serves: Need = "familiar"
    discount: Annotated[float, msgspec.Meta(ge=0)] = 0.0


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


class StationShape(ShelfShape, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a radio goes on: ``length`` tracks an answer at most, drawn from what is near and what is new.

    For each track asked for, and ``spare`` more, one that fits best and ``n_new`` by artists never heard
    are shortlisted. A track is not offered again for ``repeat_after_h`` hours, an artist not within
    ``artist_spacing`` tracks. ``own_share`` of a score is what fits the listener at all times, the rest
    what fits the station; what happened ``half_life`` tracks ago weighs half.

    For sleep: the energy asked for falls to 0 in ``settle_min`` minutes since the last touch; after
    ``quiet_after_min`` nothing new comes and an end is proposed; after ``stops_after_h`` hours it ends.
    """

    spare: Count
    n_new: Count
    repeat_after_h: Positive
    artist_spacing: Count
    own_share: Share
    half_life: Positive
    settle_min: Positive
    quiet_after_min: Positive
    stops_after_h: Positive


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What each part of a found item's score weighs; the parts are in [0, 1].

    ``text``: how near what was asked for comes to its name. ``meaning``: how near it is to what was meant. ``popularity``: how
    widely it is heard. ``own``: how often and how lately the listener played it. ``maker``: the same of who made it.
    ``taste``: what the models make of their history. ``freshness``: how lately it came out.
    """

    text: Weight
    meaning: Weight
    popularity: Weight
    own: Weight
    maker: Weight
    taste: Weight
    freshness: Weight


class FoundShelf(ShelfShape, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A shelf of what was found: of which ``kinds``."""

    kinds: tuple[FoundKind, ...]


class SearchShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a search is answered: its shelves in order, and what parts of a score weigh.

    The weights are those of somebody who looks for one thing they know and of somebody who explores; in between they are
    mixed by how likely each is; those of somebody still ``typing`` stand apart, for a name that was only begun says less.
    ``exploring_budget`` is how much of their budget somebody spends who surely explores, as a
    multiple; who surely knows what they look for spends nothing. ``kinds`` is what a kind weighs beside others of its name.
    A part that has no upper end counts ``x / (x + half)``: ``own_half`` of an activation, ``taste_half`` of the models'
    score. What came out ``fresh_half_life_days`` ago is half as fresh. Of the best ``n_ranked`` the models are asked.
    """

    shelves: tuple[FoundShelf, ...]
    known_item: Weights
    exploring: Weights
    typing: Weights
    exploring_budget: Weight
    kinds: dict[str, float]
    own_half: Positive
    taste_half: Positive
    fresh_half_life_days: Positive
    n_ranked: Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """A surface: its shelves in order, its mixes, its stations or its search, and the list that stands in on a lower rung.

    ``order`` is the policy that draws the order of the shelves; empty, they stand as they are written. What it asks is believed
    by segment, each a cell that borrows from the others (``posteriors.Betas``), or by context, where the parts of a segment
    add up (``contexts.Contexts``: with few visits and many segments). ``segment_shelves``
    are those of whom too little is known for the others, and of everybody where no model answers.
    ``new_artist_share`` is the least share of tracks by artists the listener never heard.
    ``fallback_length`` and ``fallback_per_artist`` shape the answer of every lower rung.
    """

    surface: Surface
    version: Annotated[int, msgspec.Meta(ge=1)]
    order: str = ""
    order_by: Literal["segment", "context"] = "segment"
    shelves: tuple[ShelfRecipe, ...] = ()
    segment_shelves: tuple[ShelfRecipe, ...] = ()
    mixes: MixShape | None = None
    stations: StationShape | None = None
    searching: SearchShape | None = None
    fallback_length: Count = 30
    fallback_per_artist: Count = 2
    new_artist_share: Share = 0.0

    @cached_property
    def hash(self) -> str:
        """16 hexadecimal digits of the SHA-256 of the recipe's canonical JSON."""
        canonical = msgspec.json.encode(self, order="deterministic")
        return hashlib.sha256(canonical).hexdigest()[:16]


def drawn_by(policy: str, budget: float) -> Policy:
    """Return the policy of a text; one that explores does so with the listener's ``budget``."""
    found = parse(policy)
    if isinstance(found, Mixture):
        return msgspec.structs.replace(found, budget=budget)
    return found


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
    for key in ("shelves", "segment_shelves"):
        for place, shelf in enumerate(_tables(values.get(key))):
            _check_keys(shelf, ShelfRecipe, file, f"{key}[{place}].")
    parts = (("mixes", MixShape), ("stations", StationShape), ("searching", SearchShape))
    for key, shape in parts:
        if isinstance(values.get(key), dict):
            _check_keys(values[key], shape, file, f"{key}.")
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
    shelves = _tables(values.get("shelves")) + _tables(values.get("segment_shelves"))
    named = (str(shelf.get("source")) for shelf in shelves)
    return next((did_you_mean(name, known) for name in named if name not in known), "")


def _check_shelves(recipe: Recipe, file: str) -> None:
    """Check what no single value shows: policies, names, shortlists as long as their shelves."""
    parts = (recipe.shelves, recipe.mixes, recipe.stations, recipe.searching)
    if sum(bool(part) for part in parts) != 1:
        raise BadValue(f"{file}: a recipe has either shelves or mixes or stations or searching")
    if recipe.mixes is not None:
        _check_mixes(recipe.mixes, file)
    if recipe.stations is not None:
        _check_stations(recipe.stations, file)
    if recipe.searching is not None:
        _check_named(recipe.searching.shelves, f"{file}: searching.shelves")
    if recipe.order:
        _check_policy(recipe.order, f"{file}: order")
    for key in ("mixes", "stations"):
        if (shape := getattr(recipe, key)) is not None and shape.objective:
            raise BadValue(f"{file}: {key} has an objective; shelves alone do")
    for key in ("shelves", "segment_shelves"):
        _check_named(getattr(recipe, key), f"{file}: {key}")


def _check_named(shelves: Sequence[ShelfShape], where: str) -> None:
    seen: set[str] = set()
    for place, shelf in enumerate(shelves):
        at = f"{where}[{place}]"
        if shelf.name in seen:
            raise BadValue(f"{at}.name {shelf.name!r} is taken already")
        seen.add(shelf.name)
        if shelf.shortlist < shelf.length:
            raise BadValue(f"{at}.shortlist {shelf.shortlist} is below length {shelf.length}")
        _check_policy(shelf.policy, at)
        _check_objective(shelf.objective, at)


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


def _check_stations(stations: StationShape, file: str) -> None:
    """Check that a station's longest answer fits its shortlist, and that it ends after it is quiet."""
    most = (stations.length + stations.spare) * (1 + stations.n_new)
    if stations.shortlist < most:
        raise BadValue(f"{file}: stations.shortlist {stations.shortlist} is below {most}")
    if stations.stops_after_h * 60 < stations.quiet_after_min:
        raise BadValue(f"{file}: stations.stops_after_h is before stations.quiet_after_min")
    _check_policy(stations.policy, f"{file}: stations")


def _check_objective(objective: str, where: str) -> None:
    if not objective:
        return
    try:
        objectives.parse(objective)
    except (BadValue, UnknownName) as error:
        raise BadValue(f"{where}.objective: {error}") from error


def _check_policy(policy: str, where: str) -> None:
    try:
        parse(policy)
    except (BadValue, UnknownName) as error:
        raise BadValue(f"{where}.policy: {error}") from error
