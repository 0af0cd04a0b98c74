"""A chip as people read it: "from the 1990s", "not live", "for a rainy day"."""

from collections.abc import Callable
from datetime import date

from ritornello.surfaces.search.chips import Chip, bounds, period

_TOLD = {
    "kind": "{}s",
    "activity": "for {}",
    "instrument": "with {}",
    "language": "in {}",
    "new:item": "never heard",
    "new:artist": "by an artist never heard",
    "heard:ever": "heard before",
    "heard:often": "heard often",
    "heard:lately": "heard lately",
    "heard:loved": "loved",
    "explicit:yes": "explicit",
    "energy:lower": "calmer",
    "energy:higher": "more energetic",
    "said": "speaks of “{}”",
    "activity:rainy_day": "for a rainy day",
    "activity:sunday": "for a Sunday",
    "activity:party": "for a party",
    "activity:workout": "for a workout",
    "activity:wedding": "for a wedding",
    "activity:barbecue": "for a barbecue",
    "activity:bath": "for the bath",
    "activity:beach": "for the beach",
    "activity:waking": "for the morning",
    "activity:background": "for the background",
    "activity:winter": "for winter evenings",
    "activity:lullaby": "for a lullaby",
    "instrument:female voice": "with a female voice",
    "instrument:male voice": "with a male voice",
}
LANGUAGES = {
    "ar": "Arabic", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "fi": "Finnish",
    "fr": "French", "hi": "Hindi", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sv": "Swedish", "tr": "Turkish",
    "zh": "Chinese",
}  # fmt: skip


def words(chip: Chip, title: Callable[[str], str] = str) -> str:
    """Return a chip as people read it.

    Parameters
    ----------
    title : the name of an item, by its id.

    Examples
    --------
    >>> words(Chip("version", "live", is_not=True)), words(Chip("era", "1990..1999")), words(Chip("new", "item"))
    ('not live', 'from the 1990s', 'never heard')
    """
    told = _told(chip, title)
    return f"not {told}" if chip.is_not else told


def _told(chip: Chip, title: Callable[[str], str]) -> str:
    kind, value = chip.kind, chip.value
    if kind in ("by", "like"):
        return f"{kind} {title(value) or value}"
    if kind == "era":
        return _told_era(value)
    told = _TOLD.get(f"{kind}:{value}")
    if told is not None:
        return told
    if kind in ("tempo", "energy", "length"):
        return _told_measured(kind, value)
    if kind == "language":
        value = LANGUAGES.get(value, value)
    return _TOLD.get(kind, "{}").format(value.replace("_", " "))


def _told_era(value: str) -> str:
    found = period(value)
    if found is None:
        return value.replace("_", " ")
    first, last = found
    if first is None or last is None:
        return f"since {_told_day(first, 1)}" if first else f"up to {_told_day(last, 12)}"
    if (first.month, first.day, last.month, last.day) != (1, 1, 12, 31):
        return f"from {first} to {last}"
    if first.year == last.year:
        return f"from {first.year}"
    is_decade = first.year % 10 == 0 and last.year == first.year + 9
    return f"from the {first.year}s" if is_decade else f"from {first.year} to {last.year}"


def _told_day(day: date | None, whole_year: int) -> str:
    """Return a day, or its year alone where it begins or ends one."""
    if day is None:
        return "any time"
    is_whole = day.month == whole_year and day.day in (1, 31)
    return str(day.year) if is_whole else str(day)


def _told_measured(kind: str, value: str) -> str:
    found = bounds(value)
    if found is None:
        return f"{value} energy" if kind == "energy" else value
    per = 60 if kind == "length" else 1
    low, high = (None if end is None else f"{end / per:g}" for end in found)
    before = "energy " if kind == "energy" else ""
    return before + _told_ends(low, high, {"tempo": " bpm", "length": " min"}.get(kind, ""))


def _told_ends(low: str | None, high: str | None, unit: str) -> str:
    if low is None or high is None:
        return f"at most {high}{unit}" if low is None else f"at least {low}{unit}"
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"
