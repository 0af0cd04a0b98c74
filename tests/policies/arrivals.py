"""A few days of two listeners as they reach a home, one by one: decisions, and what became of them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ritornello.catalog import items
from ritornello.kinds.decisions import Decision, Shelf, ShelfOrder, Slot
from ritornello.kinds.events import Act, Answer, Context, Impression, Listen, Query, SlotAddress
from ritornello.kinds.items import Track

BEGAN_AT = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
LISTENERS = ("listener-1", "listener-2", "listener-3")
N_TRACKS = 12
MINUTE = timedelta(minutes=1)


def catalogue():
    """Tracks by three artists."""
    return items.changes(
        Track(
            item_id=f"track:{i}", title=f"Track {i:02d}", artist_ids=(f"artist:{i % 3}",),
            artist_name=f"Artist {i % 3:04d}", duration_ms=200_000,
        )
        for i in range(N_TRACKS)
    )  # fmt: skip


def id_at(at, rng):
    """A UUID of version 7, drawn."""
    ms = int(at.timestamp() * 1000)
    return UUID(int=(ms << 80) | (7 << 76) | int(rng.integers(1 << 60)) | (0b10 << 62))


def home_decision(at, rng, who):
    """Two or three shelves of four cards, the shelves drawn."""
    names = ["jump_back_in", "because_you_played", "because_you_played_2"][: rng.integers(2, 4)]
    slots = [
        Slot(name, place, f"track:{rng.integers(N_TRACKS)}", 0.5, "blend", 1.0)
        for name in names
        for place in range(4)
    ]
    order = ShelfOrder(
        "thompson", tuple(names), (0.5,) * len(names), (0.5,) * len(names),
        segment=str(rng.choice(["morning", "evening"])),
    )  # fmt: skip
    shelves = tuple(Shelf(name, name, "greedy", ()) for name in names)
    return _decision(at, rng, who, "home", shelves, tuple(slots), shelf_order=order)


def flat_decision(at, rng, who):
    """A pool of six, or a week's list of six."""
    weekly = rng.random() < 0.4
    surface, name = ("discover_weekly",) * 2 if weekly else ("moments", "falling-asleep")
    slots = tuple(
        Slot(name, place, f"track:{rng.integers(N_TRACKS)}", 0.5, "pool", 1.0) for place in range(6)
    )
    shelf = Shelf(name, name, "greedy", (), segment=str(rng.choice(["young", "old"])))
    lasts = {"period": f"{at:%G-W%V}-{who}", "expires_at": at + timedelta(days=7)} if weekly else {}
    return _decision(at, rng, who, surface, (shelf,), slots, **lasts)


def _decision(at, rng, who, surface, shelves, slots, **more):
    device = str(rng.choice(["mobile", "web", "tv"]))
    return Decision(
        decision_id=id_at(at, rng), listener_id=who, surface=surface, made_at=at, shelves=shelves,
        slots=slots, rung="personal", policy_version="1", model_version="m", recipe_hash="h",
        device=device, **more,
    )  # fmt: skip


def follow(decision, rng):
    """What a listener does with a decision, and beside it."""
    at, who, device = decision.made_at, decision.listener_id, decision.device
    at += timedelta(seconds=float(rng.exponential(600)) + 1)
    if rng.random() < 0.1:
        at += timedelta(days=float(rng.random() * 6))
    for _ in range(rng.integers(0, 6)):
        slot = decision.slots[rng.integers(len(decision.slots))]
        stated = {
            "decision_id": decision.decision_id,
            "slot": SlotAddress(slot.shelf, slot.position),
        }
        same = {"event_id": id_at(at, rng), "listener_id": who, "happened_at": at, "device": device,
                "surface": decision.surface}  # fmt: skip
        kind = rng.choice(["listen", "listen", "listen", "seen", "seen", "act", "other", "query"])
        if kind == "seen":
            yield Impression(**same, **stated, seen_at=at, visible_ms=int(rng.integers(100, 3000)))
        elif kind == "act":
            act = str(rng.choice(["save", "love", "ban", "unsave", "disown", "exclude", "own"]))
            yield Act(
                **same, act=act, about_id=slot.item_id, **(stated if rng.random() < 0.3 else {})
            )
        elif kind == "query":
            yield Query(**same, text="calmer")
        elif kind == "other":
            yield Answer(**same, question="intent", value=str(rng.choice(["sleep", "discover"])))
        else:
            yield _listen(same, at, slot, stated, rng)
        at += timedelta(seconds=float(rng.choice([5, 200, 240, 1500, 2400, 40_000])))


def _listen(same, at, slot, stated, rng):
    item = slot.item_id if rng.random() < 0.8 else f"track:{rng.integers(N_TRACKS)}"
    ms = int(rng.choice([3_000, 40_000, 120_000, 200_000]))
    ended = str(rng.choice(["finished", "skipped_forward", "stopped", "unknown", "error"]))
    says = (
        {**stated, "attribution": "stated"}
        if rng.random() < 0.5
        else {"context": Context("playlist", "playlist:p")}
    )
    return Listen(
        **{**same, "happened_at": at + timedelta(milliseconds=ms)}, item_id=item, started_at=at,
        ms_played=ms, duration_ms=200_000, ended_because=ended, private=bool(rng.random() < 0.05),
        source=str(rng.choice(["api", "listenbrainz"])), **says,
    )  # fmt: skip


def finished(same, at, slot, stated):
    """A listen of a slot, to its end."""
    return Listen(
        **same, **stated, happened_at=at + 3 * MINUTE, item_id=slot.item_id, started_at=at,
        ms_played=180_000, duration_ms=180_000, ended_because="finished", attribution="stated",
        device="web", surface="home",
    )  # fmt: skip


def days(rng, n_decisions=14, n_days=12):
    """Decisions and events; the last tells that weeks have gone by."""
    made = []
    for _ in range(n_decisions):
        at = BEGAN_AT + timedelta(days=float(rng.random() * n_days))
        who = str(rng.choice(LISTENERS))
        decision = (home_decision if rng.random() < 0.5 else flat_decision)(at, rng, who)
        made += [decision, *follow(decision, rng)]
    at = BEGAN_AT + timedelta(days=n_days + 12)
    return [*made, Query(event_id=id_at(at, rng), listener_id=LISTENERS[0], happened_at=at)]
