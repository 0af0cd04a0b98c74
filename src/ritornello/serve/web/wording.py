"""What the pages say: greetings, times, counts and probabilities in plain words.

Short, second person, sentence case. A time is relative while it is recent and exact in its
tooltip; a number has the precision it deserves.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ritornello.kinds.events import ActKind

ALL_OF_IT = 0.97
"""Share of an item from which a play reads as all of it."""

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

_NEEDS = {
    "now": "going on where you were",
    "familiar": "what you know",
    "new": "something new",
}
_PLACES = {"hand": "in the hand", "desk": "at a desk", "room": "in the room", "road": "on the road"}

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
    "disown": "Not you: {about}. It no longer counts as yours.",
    "own": "Yours again: {about}.",
    "exclude": "Nothing is recommended because of {about} any more.",
    "include": "{about} may lead to recommendations again.",
}

LEFT_OUT: dict[str, str] = {
    "same_play": "Also reported by another source; counted once",
    "disowned": "Not you; not counted",
    "excluded": "Not used for recommendations",
}

SOURCES: dict[str, str] = {
    "api": "reported here",
    "listenbrainz": "ListenBrainz",
    "spotify": "Spotify export",
    "spotify_basic": "Spotify account data",
    "lastfm": "Last.fm export",
    "scrobbler_log": "portable player",
    "feed": "feed",
    "toy": "",
}
"""What people call where a listen came from."""

CLIENTS: dict[str, str] = {
    "ritornello-web": "this site",
    "simulated": "a simulated player",
    "unknown": "",
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


def on_date(dt: str) -> str:
    """Return an ISO date such as ``12 October 2026``."""
    on = date.fromisoformat(dt)
    return f"{on.day}\N{NO-BREAK SPACE}{on:%B} {on.year}"


def on_weekday(at: datetime, tz: ZoneInfo) -> str:
    """Return a coming date such as ``Monday, 23 November``."""
    local = at.astimezone(tz)
    return f"{local:%A}, {local.day}\N{NO-BREAK SPACE}{local:%B}"


def exactly(at: datetime, tz: ZoneInfo) -> str:
    """Return an instant to the second, with its zone, for a tooltip."""
    return f"{at.astimezone(tz):%Y-%m-%d %H:%M:%S %Z}"


def about(about_id: str, title: str | None = None) -> str:
    """Name what an act is about; what only its id says is named by its kind.

    Examples
    --------
    >>> about("track:a1", "Night drive"), about("listen:01a1"), about("context:playlist:x")
    ('Night drive', 'this play', 'everything from that playlist')
    >>> about("hours:22-06@Europe/Berlin")
    'everything between 22:00 and 06:00'
    """
    kind, _, rest = about_id.partition(":")
    if kind == "hours":
        return f"everything between {rest[:2]}:00 and {rest[3:5]}:00"
    if kind == "context":
        return f"everything from that {rest.partition(':')[0]}"
    if kind == "genre":
        return f"the genre {title or rest}"
    return title or ("this play" if kind == "listen" else "this")


def corrected(act: ActKind, about_id: str, title: str | None = None) -> str:
    """Say why a listen counts less: what was said, and about what unless about this very play.

    Examples
    --------
    >>> corrected("disown", "listen:01a1"), corrected("exclude", "genre:sleep")
    ('Not you; not counted', 'Not used for recommendations: the genre sleep')
    """
    if about_id.startswith("listen:"):
        return LEFT_OUT["disowned" if act == "disown" else "excluded"]
    said = "Not you" if act == "disown" else LEFT_OUT["excluded"]
    return f"{said}: {about(about_id, title)}"


def how_it_went(reading: str, ms_played: int | None, duration_ms: int | None) -> str:
    """Say how a listen went.

    Examples
    --------
    >>> how_it_went("skip", 12_000, 200_000), how_it_went("play", 200_000, 201_000)
    ('skipped after 0:12', 'all of 3:21')
    >>> how_it_went("play", 150_000, 200_000), how_it_went("play", None, None)
    ('2:30 of 3:20', 'played')
    """
    if reading == "skip":
        return f"skipped after {clock(ms_played)}" if ms_played is not None else "skipped"
    if ms_played is None:
        return "played" if reading == "play" else "looked in"
    if reading == "glance":
        return f"left after {clock(ms_played)}"
    if duration_ms and ms_played >= ALL_OF_IT * duration_ms:
        return f"all of {clock(duration_ms)}"
    return f"{clock(ms_played)} of {clock(duration_ms)}" if duration_ms else clock(ms_played)


def origin(source: str, client: str) -> str:
    """Say which player reported a listen, and through what.

    Examples
    --------
    >>> origin("api", "ritornello-web"), origin("listenbrainz", "navidrome")
    ('this site', 'navidrome, ListenBrainz')
    """
    player = CLIENTS.get(client, client)
    through = SOURCES.get(source, source)
    if player and (source == "api" or not through):
        return player
    return f"{player}, {through}" if player else through


def sentence_case(text: str) -> str:
    """Return the text with its first letter in capitals and nothing else changed."""
    return text[:1].upper() + text[1:]


def moment_of(segment: str) -> str:
    """Say whose beliefs an order of shelves went by.

    Examples
    --------
    >>> moment_of("now/road")
    'going on where you were, on the road'
    """
    need, _, where = segment.partition("/")
    return f"{_NEEDS[need]}, {_PLACES[where]}"


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence.

    Examples
    --------
    >>> listed(["folk"]), listed(["folk", "jazz", "soul"])
    ('folk', 'folk, jazz and soul')
    """
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def megabytes(n_bytes: int) -> str:
    """Return a size as people read it.

    Examples
    --------
    >>> megabytes(1_000_000_000), megabytes(2_345_000), megabytes(900)
    ('1 GB', '2.3 MB', '1 kB')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if n_bytes >= size:
            return f"{n_bytes / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{max(1, round(n_bytes / 1e3))} kB"


def named_day(on: date, today: date) -> str:
    """Return a day's heading.

    Examples
    --------
    >>> named_day(date(2026, 11, 20), date(2026, 11, 21)).replace(chr(160), " ")
    'Yesterday, 20 November'
    """
    n_days = (today - on).days
    weekday = {0: "Today", 1: "Yesterday"}.get(n_days, f"{on:%A}")
    year = "" if on.year == today.year else f" {on.year}"
    return f"{weekday}, {on.day}\N{NO-BREAK SPACE}{on:%B}{year}"


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
