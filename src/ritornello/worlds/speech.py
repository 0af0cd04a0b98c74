"""What is said in the toy world's podcasts: plain sentences about a show's topic, timed as they would be spoken.

An episode goes from subject to subject of its show's topic, some minutes on each, in two voices. Every second episode has
chapters, named by subject; the others leave them to be made. Enough that searching for the minute finds something, and no
more: quality is judged on real transcripts, sizes on ``talks``.
"""

import msgspec
import numpy as np

from ritornello.kinds.items import Episode
from ritornello.kinds.transcripts import Chapter, Segment

N_SPOKEN = 3
"""So many of the newest episodes of each show have a transcript."""
CHARACTER_MS = 66
PAUSE_MS = 350
P_TURN = 0.2
STRETCH_MS = (150_000, 420_000)
VOICES = ("Voice 1", "Voice 2")

SUBJECTS: dict[str, dict[str, tuple[str, ...]]] = {
    "history": {
        "The stone bridge": ("bridge", "arch", "toll keeper", "ferry", "flood"),
        "Salt roads": ("salt", "caravan", "desert well", "tax", "market town"),
        "The clockmaker's guild": ("clock", "guild", "apprentice", "bell tower", "pendulum"),
        "Letters by pigeon": ("pigeon", "letter", "siege", "message", "roof"),
        "The first railway": ("railway", "steam engine", "tunnel", "timetable", "station"),
    },
    "nature": {
        "How owls hear": ("owl", "feather", "mouse", "silence", "night flight"),
        "The river in spring": ("river", "meltwater", "trout", "willow", "flood plain"),
        "Moss and lichen": ("moss", "lichen", "north side", "stone", "rain"),
        "Bees before a storm": ("bee", "hive", "storm", "pollen", "pressure"),
        "Glaciers that sing": ("glacier", "crevasse", "ice", "echo", "moraine"),
    },
    "science": {
        "Measuring a second": ("second", "atom", "caesium clock", "frequency", "leap second"),
        "Why glass breaks": ("glass", "crack", "stress", "furnace", "tempering"),
        "Sleep and memory": ("sleep", "memory", "dream", "hippocampus", "nap"),
        "Maps of the sea floor": ("sea floor", "sonar", "trench", "sediment", "submarine"),
        "The colour blue": ("blue", "pigment", "indigo", "scattering", "sky"),
    },
    "stories": {
        "The lighthouse without a keeper": ("lighthouse", "keeper", "lamp", "fog", "island"),
        "A letter found in a wall": ("letter", "wall", "bricklayer", "secret", "attic"),
        "The last night train": ("night train", "conductor", "sleeping car", "border", "platform"),
        "The baker and the well": ("baker", "well", "bread", "village", "wish"),
        "Two brothers and a boat": ("boat", "brother", "harbour", "oar", "winter"),
    },
    "cities": {
        "Rooftop gardens": ("rooftop", "garden", "tomato", "rainwater", "neighbour"),
        "A tram comes back": ("tram", "track", "line seven", "square", "timetable"),
        "Where the markets went": ("market", "stall", "arcade", "fishmonger", "rent"),
        "Streets without cars": ("street", "car", "bicycle", "bench", "shade"),
        "The sound of a city": ("noise", "siren", "courtyard", "fountain", "quiet hour"),
    },
    "food": {
        "Sourdough on a cold day": ("sourdough", "starter", "flour", "oven", "crust"),
        "Saffron": ("saffron", "crocus", "harvest", "thread", "rice"),
        "Pickles of the north": ("pickle", "cabbage", "brine", "barrel", "cellar"),
        "Coffee and altitude": ("coffee", "altitude", "cherry", "roast", "cup"),
        "Soup for many": ("soup", "ladle", "onion", "kitchen", "stock pot"),
    },
}
"""What episodes of a topic speak of: subjects, and the things that belong to each."""
SENTENCES = (
    "So what does the {a} have to do with the {b}?",
    "People forget that without the {a} there would be no {b}.",
    "I went there last winter to see the {a}, and what I found was the {b}.",
    "The {a} came first, and the {b} much later.",
    "They told me that every {a} has its {b}.",
    "Nobody had looked at the {a} for a hundred years.",
    "And then somebody asked about the {b}.",
    "If you listen closely, the {a} tells you how the {b} was made.",
    "There is a simple reason, and it is the {a}.",
    "It depends on the weather, and on the {b}.",
    "We have a recording of the {a}, made early in the morning.",
    "That is the part about the {b} that I like most.",
    "Let me come back to the {a} for a moment.",
    "You can still see the {b} if you know where to stand.",
    "Before we go on, one more thing about the {a}.",
    "The {b} was there all the time, right beside the {a}.",
)


class Speech(msgspec.Struct, frozen=True):
    """What is said in one episode, and what its parts are called."""

    episode_id: str
    segments: tuple[Segment, ...]
    chapters: tuple[Chapter, ...]


def speech(episode: Episode, topic: str, rng: np.random.Generator) -> Speech:
    """Return what is said in an episode about a topic, from its first second to its last.

    Examples
    --------
    >>> episode = Episode(item_id="episode:a", title="Episode 02", show_id="show:a", number=2, duration_ms=600_000)
    >>> said = speech(episode, "food", np.random.default_rng(1))
    >>> said.segments[0].text, said.chapters[0].title
    ('You can still see the kitchen if you know where to stand.', 'Soup for many')
    """
    subjects = [list(SUBJECTS[topic].items())[n] for n in rng.permutation(len(SUBJECTS[topic]))]
    segments: list[Segment] = []
    chapters: list[Chapter] = []
    at_ms, place, voice = 0, 0, 0
    while at_ms < (episode.duration_ms or 0):
        title, things = subjects[place % len(subjects)]
        chapters.append(Chapter(title=title, start_ms=at_ms))
        until_ms = min(at_ms + int(rng.integers(*STRETCH_MS)), episode.duration_ms or 0)
        while at_ms < until_ms:
            a, b = rng.choice(len(things), 2, replace=False)
            text = SENTENCES[rng.integers(len(SENTENCES))].format(a=things[a], b=things[b])
            voice = (voice + int(rng.random() < P_TURN)) % len(VOICES)
            end_ms = at_ms + CHARACTER_MS * len(text)
            said = Segment(text=text, start_ms=at_ms, end_ms=end_ms, speaker=VOICES[voice])
            segments.append(said)
            at_ms = end_ms + PAUSE_MS
        place += 1
    named = tuple(chapters) if (episode.number or 0) % 2 == 0 else ()
    return Speech(episode.item_id, tuple(segments), named)
