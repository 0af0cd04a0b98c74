"""Every setting: one table that the command line, the environment, the file and the docs read.

Order: default < ``ritornello.toml`` in the home < ``RITORNELLO_…`` in the environment < flag.
``ritornello config show --origin`` prints where each value came from.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ritornello.kinds.errors import BadValue, UnknownName

Value = str | int | float | bool


class Setting(msgspec.Struct, frozen=True):
    """One setting: its name, its default (which fixes its type), its unit and what it does.

    What is secret is never printed.
    """

    name: str
    default: Value
    unit: str
    help: str
    is_secret: bool = False

    @property
    def env(self) -> str:
        """The environment variable that sets it."""
        return f"RITORNELLO_{self.name.upper()}"


SETTINGS: tuple[Setting, ...] = (
    Setting("host", "127.0.0.1", "address", "Address the server listens on."),
    Setting("port", 8765, "port", "Port the server listens on."),
    Setting("time_zone", "UTC", "IANA name", "Zone of listeners who have not said theirs."),
    Setting("seed", 20261116, "integer", "Seed every random generator is derived from."),
    Setting("exploration_budget", 0.1, "share", "Expected share of slots that differ from greedy."),
    Setting(
        "home_deadline_ms", 300, "ms", "Time the personal rung has before a lower one answers."
    ),
    Setting("radio_deadline_ms", 100, "ms", "The same for the next track of a radio."),
    Setting("search_deadline_ms", 100, "ms", "The same for a search."),
    Setting("visit_gap_s", 1800, "s", "Silence that ends a visit."),
    Setting("body_limit_bytes", 10_240_000, "bytes", "Largest request body, after decompression."),
    Setting("upload_limit_bytes", 1_000_000_000, "bytes", "Largest export a listener may upload."),
    Setting("rate_limit_per_minute", 600, "requests", "Requests one listener's key may make."),
    Setting("service_rate_limit_per_minute", 6_000_000, "requests", "The same for service keys."),
    Setting("login_limit_per_minute", 10, "attempts", "Sign-ins one address may attempt."),
    Setting("live_decision_h", 24, "h", "How long a play may still join a decision by inference."),
    Setting("keep_event_ids_days", 35, "days", "How long sealed event ids stay in the log."),
    Setting("seal_every_s", 3600, "s", "How often serve seals the log into the lake; 0 never."),
    Setting("train_every_s", 86_400, "s", "How often serve trains anew; 0 never."),
    Setting(
        "train_also",
        "",
        "names",
        "Scorers trained and blended beside the usual ones: markov, sequence_rules, transitions.",
    ),
    Setting("build_every_s", 900, "s", "How often serve looks for lists that are due; 0 never."),
    Setting("index_every_s", 86_400, "s", "How often serve indexes the catalogue anew; 0 never."),
    Setting("learn_every_s", 2, "s", "How often serve learns from what was heard; 0 never."),
    Setting("relearn_every_s", 86_400, "s", "How often serve learns all of it anew; 0 never."),
    Setting(
        "learn_from",
        "declared returned_7d",
        "names",
        "What success is; surfaces choose by the first, the others are learned beside it.",
    ),
    Setting("signals_memory_mb", 3000, "MB", "Memory a build of signals takes before it spills."),
    Setting("feed_hosts", "", "hosts", "Hosts feeds may be fetched from; none unless named."),
    Setting("feed_limit_bytes", 50_000_000, "bytes", "Largest feed, after decompression."),
    Setting("feed_deadline_s", 30, "s", "Time one document of a feed may take to come."),
    Setting(
        "language_model_url", "", "address", "Chat completions of a language model; none is asked."
    ),
    Setting("language_model", "", "name", "Which of its models reads what the grammar cannot."),
    Setting("language_model_key", "", "text", "What it wants to be shown.", is_secret=True),
    Setting(
        "language_model_deadline_ms", 1500, "ms", "Time it has before the grammar answers alone."
    ),
    Setting(
        "recogniser",
        "",
        "command",
        "Speech recogniser that is given a WAV file ({wav}) and prints JSON; none unless named.",
    ),
    Setting("recogniser_deadline_ms", 10_000, "ms", "Time a recogniser may take."),
    Setting("min_plays_for_weekly", 5, "plays", "Plays a new listener needs for a first Weekly."),
    Setting("min_plays_for_mixes", 20, "plays", "Plays a new listener needs for Daily Mixes."),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


class Settings(msgspec.Struct, frozen=True):
    """The values in force, and the origin of each (``default``, ``file``, ``env`` or ``flag``)."""

    values: dict[str, Value]
    origins: dict[str, str]

    def __getitem__(self, name: str) -> Any:
        """Return a setting's value; its type is that of its default."""
        if name not in self.values:
            raise UnknownName.among("setting", name, self.values)
        return self.values[name]


def resolve(
    file: Path | None = None,
    env: Mapping[str, str] = os.environ,
    flags: Mapping[str, Value | None] | None = None,
) -> Settings:
    """Resolve every setting from its four places.

    Raises
    ------
    UnknownName : the file or a flag names a setting nobody defined.
    BadValue : a value of the wrong type, naming where it stands.
    """
    values: dict[str, Value] = {s.name: s.default for s in SETTINGS}
    origins = dict.fromkeys(values, "default")
    for origin, found in (
        ("file", _from_file(file)),
        ("env", {s.name: env[s.env] for s in SETTINGS if s.env in env}),
        ("flag", {k: v for k, v in (flags or {}).items() if v is not None}),
    ):
        for name, value in found.items():
            if name not in _BY_NAME:
                raise UnknownName.among(f"setting in the {origin}", name, _BY_NAME)
            values[name] = _typed(_BY_NAME[name], value, origin)
            origins[name] = origin
    return Settings(values, origins)


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None or not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadValue(f"{file.name} is not TOML: {error}") from error


def _typed(setting: Setting, value: Any, origin: str) -> Value:
    wanted = type(setting.default)
    try:
        return msgspec.convert(value, wanted, strict=False)
    except msgspec.ValidationError as error:
        message = (
            f"setting {setting.name!r} from {origin} must be {wanted.__name__} "
            f"({setting.unit}), not {value!r}"
        )
        raise BadValue(message) from error
