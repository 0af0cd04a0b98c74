"""Why a listen was read as it was, in a sentence: the rule that decided and the figures it saw.

The rules are those of ``plays`` and of ``readings.sql``; here they are only told.
"""

from collections.abc import Mapping

from ritornello.signals.plays import PLAY_FROM_MS, PLAY_FROM_SHARE

SKIPS: Mapping[str, str] = {
    "forward": "by the forward button",
    "back": "by the back button",
    "chosen": "for something else the listener chose",
}
ENDS: Mapping[str, str] = {
    "stopped": "the listener stopped it",
    "left": "it broke off and nothing followed",
    "error": "playback failed",
    "crossfade": "it faded into the next near its end, which is no skip",
}
LEFT_OUT: Mapping[str, str] = {
    "private": "private listening",
    "error": "playback failed",
    "same_play": "another source reported the same play",
    "disowned": "the listener said it was not them",
    "excluded": "the listener does not want it used",
}
GRADES: Mapping[str, str] = {
    "early": "before 10 s",
    "middle": "before half and before 4:00, where a play begins",
    "late": "after most of it was heard",
}


def because(
    reading: str, ms_played: int | None, duration_ms: int | None, ended_because: str
) -> str:
    """Say which rule made a listen a play, a skip, a glance or nothing.

    Examples
    --------
    >>> because("skip", 9_000, 200_000, "skipped_forward")
    'the button was pressed after 0:09 of 3:20 (4 %), before half and before 4:00'
    >>> because("play", None, 200_000, "unknown")
    'nobody says how long it played, and no button ended it'
    """
    if reading == "nothing":
        return "private, or playback failed: it says nothing about taste"
    if ms_played is None:
        button = "a button ended it" if reading == "skip" else "no button ended it"
        return f"nobody says how long it played, and {button}"
    heard = _of(ms_played, duration_ms)
    if duration_ms is None or _enough(ms_played, duration_ms) != (reading == "play"):
        return _of_unstated_length(reading, heard)  # the catalogue may know it; the listen decides
    if reading == "skip":
        return f"the button was pressed after {heard}, before half and before 4:00"
    if reading == "glance":
        return f"over after {heard}, within 0:30 and by no button"
    by_button = ended_because in {"skipped_forward", "skipped_back"}
    return f"played {heard}, at least half or 4:00" + ("; the button came later" * by_button)


def _of_unstated_length(reading: str, heard: str) -> str:
    """Say what 30 seconds decided."""
    if reading == "skip":
        return f"the button was pressed after {heard}, before 0:30, its length not being stated"
    if reading == "glance":
        return f"over after {heard}, within 0:30 and by no button"
    return f"played {heard}: no glance, and no button ended it early"


def ended(skip_because: str | None, skip_grade: str | None) -> str:
    """Say how a listen ended before its end, and how early; empty where it did not or nobody knows."""
    if skip_because is None:
        return ""
    if skip_because in SKIPS:
        grade = f", {skip_grade}: {GRADES[skip_grade]}" if skip_grade else ""
        return f"left {SKIPS[skip_because]}{grade}"
    return ENDS.get(skip_because, skip_because)


def clock(ms: int) -> str:
    """Return minutes and seconds.

    Examples
    --------
    >>> clock(200_400)
    '3:20'
    """
    return f"{ms // 60_000}:{ms // 1000 % 60:02}"


def _of(ms_played: int, duration_ms: int | None) -> str:
    if not duration_ms:
        return clock(ms_played)
    share = min(ms_played / duration_ms, 1.0)
    return f"{clock(ms_played)} of {clock(duration_ms)} ({100 * share:.0f} %)"


def _enough(ms_played: int, duration_ms: int) -> bool:
    return ms_played >= min(PLAY_FROM_SHARE * duration_ms, PLAY_FROM_MS)
