"""What is believed of somebody in kind words: flags on their days, whom they are compared with, what an hour is for."""

from ritornello.listeners.artificial import Flag

_SEEN = {
    "no_pause": "{day}: listening went on for {value:.0f} hours without a pause of half an hour. A device may have played to nobody.",
    "constant_length": "{day}: {share:.0f} % of the plays broken off ended after the same second. A player may report its plays wrongly.",
    "one_track": "{day}: one item was played {value:.0f} times. It may have been on repeat.",
    "at_once": "{day}: {value:.1f} plays ran at the same time on average. Somebody may share your account.",
    "regular_gaps": "{day}: one play followed another as regularly as by a clock. A program may have been playing.",
}


def flag(found: Flag) -> str:
    """Say what a flag saw.

    Examples
    --------
    >>> flag(Flag("listener-1", "2026-11-20", "one_track", 640.0, 500.0, "plays", 9.0, 12.0))
    '2026-11-20: one item was played 640 times. It may have been on repeat.'
    """
    seen = _SEEN.get(found.reason, "{day}: something looked unusual.")
    return seen.format(day=found.active_on, value=found.value, share=100 * found.value)


NEEDS = {
    "now": "going on where you were",
    "familiar": "what you know",
    "new": "what you do not know",
}
_ACTIVITIES = {
    "light": "listeners who play little",
    "regular": "listeners who play as much as most",
    "heavy": "listeners who play much",
}


def segment(name: str) -> str:
    """Say whom a listener is compared with.

    Examples
    --------
    >>> segment("genre:country"), segment("activity:heavy")
    ('listeners of country', 'listeners who play much')
    """
    kind, _, word = name.partition(":")
    return f"listeners of {word}" if kind == "genre" else _ACTIVITIES.get(word, word)
