"""What the pages say: greetings, times, counts and probabilities in plain words.

Short, second person, sentence case. A time is relative while it is recent and exact in its
tooltip; a number has the precision it deserves.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ritornello.kinds.events import ActKind

_GREETINGS = (
    (5, "Good evening"),
    (12, "Good morning"),
    (18, "Good afternoon"),
    (24, "Good evening"),
)

RUNGS: dict[str, str] = {
    "personal": "made for you",
    "last_good": "your last good page, because the model could not answer",
    "segment": "what people like you play, because little is known of you yet",
    "popular": "what many people play, because nothing is known of you yet",
    "editorial": "chosen by editors, because there was nothing else to go by",
}

SAID: dict[ActKind, str] = {
    "love": "You love {about}.",
    "unlove": "{about} is no longer among what you love.",
    "hate": "You will not meet {about} again.",
    "unhate": "{about} may come back.",
    "ban": "You will not meet {about} again.",
    "unban": "{about} may come back.",
    "snooze": "{about} rests for 30 days.",
    "unsnooze": "{about} is awake again.",
    "save": "{about} is saved.",
    "unsave": "{about} is no longer saved.",
    "follow": "You follow {about}.",
    "unfollow": "You no longer follow {about}.",
    "disown": "Plays of {about} no longer count as yours.",
    "own": "Plays of {about} count as yours again.",
    "exclude": "Nothing is recommended because of {about} any more.",
    "include": "{about} may lead to recommendations again.",
}


def greeting(at: datetime, tz: ZoneInfo) -> str:
    """Return the greeting of the local time of day.

    Examples
    --------
    >>> from datetime import UTC
    >>> greeting(datetime(2026, 11, 21, 19, tzinfo=UTC), ZoneInfo("UTC"))
    'Good evening'
    """
    hour = at.astimezone(tz).hour
    return next(words for until, words in _GREETINGS if hour < until)


def ago(at: datetime, now: datetime, tz: ZoneInfo) -> str:
    """Return how long ago something was, or its date once that is a week.

    Examples
    --------
    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    >>> ago(now - timedelta(minutes=5), now, ZoneInfo("UTC"))
    '5 minutes ago'
    >>> ago(now - timedelta(days=40), now, ZoneInfo("UTC")).split()
    ['12', 'October', '2026']
    """
    seconds = (now - at).total_seconds()
    for limit, size, unit in (
        (60, 1, ""),
        (3600, 60, "minute"),
        (86_400, 3600, "hour"),
        (7 * 86_400, 86_400, "day"),
    ):
        if seconds < limit:
            return f"{counted(int(seconds // size), unit)} ago" if unit else "just now"
    return on_day(at, tz)


def on_day(at: datetime, tz: ZoneInfo) -> str:
    """Return a date such as ``12 October 2026``."""
    local = at.astimezone(tz)
    return f"{local.day}\N{NO-BREAK SPACE}{local:%B} {local.year}"


def on_weekday(at: datetime, tz: ZoneInfo) -> str:
    """Return a coming date such as ``Monday, 23 November``."""
    local = at.astimezone(tz)
    return f"{local:%A}, {local.day}\N{NO-BREAK SPACE}{local:%B}"


def exactly(at: datetime, tz: ZoneInfo) -> str:
    """Return an instant to the second, with its zone, for a tooltip."""
    return f"{at.astimezone(tz):%Y-%m-%d %H:%M:%S %Z}"


def counted(n: int, noun: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> counted(1, "track"), counted(1892, "play")
    ('1 track', '1,892 plays')
    """
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def clock(ms: int | None) -> str:
    """Return a duration as a player shows it.

    Examples
    --------
    >>> clock(215_000), clock(3_725_000), clock(None)
    ('3:35', '1:02:05', '')
    """
    if ms is None:
        return ""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def percent(share: float) -> str:
    """Return a share in [0, 1] as a percentage that never claims a false 0 or 100.

    Examples
    --------
    >>> percent(1.0), percent(0.304), percent(0.0021), percent(0.999)
    ('100 %', '30 %', '0.2 %', '99.9 %')
    """
    if share in (0.0, 1.0) or 0.01 <= share <= 0.99:
        return f"{100 * share:.0f} %"
    return f"{min(max(100 * share, 0.1), 99.9):.1f} %"


def total(milliseconds: int) -> str:
    """Return how long a whole list lasts.

    Examples
    --------
    >>> total(6_300_000), total(1_200_000)
    ('1 h 45 min', '20 min')
    """
    hours, minutes = divmod(round(timedelta(milliseconds=milliseconds).total_seconds() / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
