"""A few episodes that speak of known things at known seconds."""

from ritornello.kinds.transcripts import Chapter, Segment
from ritornello.surfaces.search.passage_index import Spoken

SEA = "We sailed out of the old harbour and the boat was full of nets."
BREAD = "You knead the flour and the salt and then the oven bakes the bread."
STARS = "A telescope gathers the light of stars that died long ago."
LAW = "The court heard the appeal and the judge gave no reasons at all."
TREES = "Under the oaks and the birches the forest keeps its water."
GREETING = "Welcome back, everyone, and thank you for being here."
PLUM = "My grandmother hid a silver spoon beneath the crooked plum tree."
PLUM_MS = 5_000 * 40


def talk(*runs, ms=5_000):
    """Return segments: each run is a sentence and how often it is said."""
    said = [text for text, n in runs for _ in range(n)]
    return [
        Segment(text=text, start_ms=row * ms, end_ms=row * ms + ms - 200)
        for row, text in enumerate(said)
    ]


SPOKEN = (
    Spoken(
        episode_id="episode:sea", title="Nets and tides", show_title="Afloat",
        segments=talk((GREETING, 1), (SEA, 39), (PLUM, 1), (SEA, 20)),
        chapters=(Chapter(title="Harbour days", start_ms=0), Chapter(title="Plums", start_ms=PLUM_MS)),
    ),
    Spoken(
        episode_id="episode:bread", title="Flour and patience", show_title="Kitchen",
        segments=talk((GREETING, 1), (BREAD, 60)),
    ),
    Spoken(
        episode_id="episode:stars", title="Old light", show_title="Sky",
        description="About nebulae and parallax.", segments=talk((GREETING, 1), (STARS, 60), (SEA, 1)),
    ),
    Spoken(
        episode_id="episode:law", title="The verdict", show_title="Court",
        segments=talk((GREETING, 1), (LAW, 60)),
    ),
    Spoken(
        episode_id="episode:trees", title="Roots", show_title="Green",
        segments=[Segment(text=" ".join([TREES] * 12), speaker="Speaker 1") for _ in range(5)],
    ),
)  # fmt: skip
