"""What planted visits did, and the flat relations a reading of them starts from.

``Acted`` holds the doings of visits, one row a visit and one column a slot; ``relations_of`` writes them down
as the events and decisions a service would have kept.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Column = npt.NDArray[Any]
Columns = dict[str, Column]

DAY_US = 86_400_000_000
BEGAN_US = 20_454 * DAY_US  # 2026-01-01
SHELF = "list"
LISTS_AN_INTENT = 3
TRACKS_AN_ARTIST = 8
N_OTHER = 2
PAUSE_MS = 1_000
_OF_VISIT = ("listener_id", "decision_id", "surface", "device")
_PLACED = (*_OF_VISIT, "shelf")
SURFACES = {"playlist": "playlist", "shelf": "home", "search": "search"}


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """What visits did; rows are visits, the second axis slots.

    ``item``, ``ms_played``, ``ms_again`` (the replay, 0 where none) and the flags ``played``, ``skipped``, ``kept``,
    ``again`` are (n, slots); everything else is (n,). ``list_of`` is the intent of the list, −1 for anybody's;
    ``stopped`` says that the last play was ended before its end; ``ms_other`` (n, 2) is other content they left for.
    """

    started_us: IntArray
    ended_us: IntArray
    device: Column
    place: Column
    list_of: IntArray
    n_seen: IntArray
    item: IntArray
    played: BoolArray
    skipped: BoolArray
    kept: BoolArray
    again: BoolArray
    ms_played: IntArray
    ms_again: IntArray
    wait_s: FloatArray
    stopped: BoolArray
    leaves: BoolArray
    ms_other: IntArray
    shuffle: BoolArray

    @classmethod
    def drawn(
        cls, *, wait_s: FloatArray, n_items: int, rng: np.random.Generator, **did: Any
    ) -> "Acted":
        """Draw which items stood there and how long each was played, beginning at time 0."""
        played, skipped, again = did["played"], did["skipped"], did["again"]
        n, n_slots = played.shape
        item = (rng.integers(n_items, size=n)[:, None] + 7 * np.arange(n_slots)) % n_items
        duration = duration_ms(item)
        last = played & (played[:, ::-1].cumsum(axis=1)[:, ::-1] == 1)
        stops = rng.random(n) < 0.5
        cut = last & stops[:, None] & ~skipped & ~again
        share = np.where(cut, rng.uniform(0.3, 0.95, played.shape), 1.0)
        ms = np.where(skipped, rng.uniform(2_000, 40_000, played.shape), duration * share)
        ms_other = rng.uniform(60_000, 240_000, (n, N_OTHER)) * did["leaves"][:, None]
        acted = cls(
            **did,
            started_us=np.zeros(n, dtype=np.int64),
            ended_us=np.zeros(n, dtype=np.int64),
            item=item,
            ms_played=np.where(played, ms, 0).astype(np.int64),
            ms_again=np.where(again, duration, 0).astype(np.int64),
            wait_s=np.clip(wait_s, 1 + 0.3 * did["n_seen"], 1_200.0),
            stopped=cut.any(axis=1),
            ms_other=ms_other.astype(np.int64),
        )  # fmt: skip
        return msgspec.structs.replace(acted, ended_us=acted.list_ended_us() + acted._other_us())

    @classmethod
    def joined(cls, parts: Sequence["Acted"]) -> "Acted":
        """Return the visits of all parts, in order."""
        names = cls.__struct_fields__
        return cls(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})

    def of(self, rows: IntArray) -> "Acted":
        """Return some visits."""
        return Acted(**{name: getattr(self, name)[rows] for name in self.__struct_fields__})

    def shifted(self, by_us: IntArray) -> "Acted":
        """Return the same visits, later."""
        return msgspec.structs.replace(
            self, started_us=self.started_us + by_us, ended_us=self.ended_us + by_us
        )

    def passed_over(self) -> BoolArray:
        """Return which slots were in view and not played, (n, slots)."""
        return (np.arange(self.played.shape[1]) < self.n_seen[:, None]) & ~self.played

    def ms_on_list(self) -> IntArray:
        """Return how long each slot was played in all, (n, slots)."""
        return self.ms_played + self.ms_again

    def began_us(self) -> IntArray:
        """Return when the first event of each visit happened: a query, an impression or a play."""
        silent = (self.n_seen == 0) & (self.place != "search")
        first_play = self.started_us + (self.wait_s * 1e6).astype(np.int64)
        return np.asarray(np.where(silent, first_play, self.started_us), dtype=np.int64)

    def play_us(self) -> IntArray:
        """Return when each slot's play began, (n, slots); meaningless where it was not played."""
        taken = np.where(self.played, self.ms_played + PAUSE_MS, 0)
        taken = taken + np.where(self.again, self.ms_again + PAUSE_MS, 0)
        before = (taken.cumsum(axis=1) - taken) * 1_000
        first = self.started_us + (self.wait_s * 1e6).astype(np.int64)
        return np.asarray(first[:, None] + before, dtype=np.int64)

    def decision_id(self) -> Column:
        """Return an id for each visit's decision, by its place among these visits."""
        return _ids("d", len(self.started_us))

    def visit_id(self, listener: IntArray) -> Column:
        """Return the id a visit has in the signals' tables."""
        pairs = zip(_listeners(listener), self.began_us().tolist(), strict=True)
        return np.array([f"{who}/{us}" for who, us in pairs], dtype=object)

    def list_ended_us(self) -> IntArray:
        """Return when the list's last play, or else the looking, was over."""
        looked = self.started_us + (1 + 0.3 * self.n_seen) * 1e6
        over = self.play_us() + (self.ms_on_list() + PAUSE_MS * self.again) * 1_000
        heard = np.where(self.played, over, 0).max(axis=1)
        return np.asarray(np.maximum(looked, heard), dtype=np.int64)

    def _other_us(self) -> IntArray:
        """Return how long the other content took, pauses included."""
        spent = self.ms_other.sum(axis=1) + N_OTHER * PAUSE_MS
        return np.asarray(np.where(self.leaves, spent, 0) * 1_000, dtype=np.int64)


def duration_ms(item: IntArray) -> IntArray:
    """Return how long a track is: between two and a half and four and a half minutes."""
    return np.asarray(150_000 + (item * 7_919) % 120_000, dtype=np.int64)


def relations_of(
    acted: Acted,
    listener: IntArray,
    zone: IntArray,
    answer: IntArray,
    stated: IntArray,
    *,
    intents: Sequence[str],
    zones: Mapping[str, int],
    n_items: int,
) -> dict[str, Columns]:
    """Write visits down as the inputs of ``signals``; ``answer`` and ``stated`` are −1 for no answer."""
    visit = _visit_columns(acted, listener, intents)
    visit["time_zone"] = np.array(list(zones), dtype=object)[zone]
    n = len(listener)
    arm = {name: visit[name] for name in ("decision_id", "listener_id", "made_at_us")}
    arm |= {
        "namespace": _same("planted", n),
        "arm": np.array(["a", "b"], dtype=object)[listener % 2],
    }
    listens = _listens(acted, visit, n_items)
    who, first = np.unique(listener, return_index=True)
    return {
        "listen": listens,
        "impression": _impressions(acted, visit),
        "act": _acts(acted, visit),
        "query": _queries(acted, visit),
        "answer": _answers(acted, visit, answer, stated, intents),
        "shown": _shown(acted, visit, n_items),
        "arm": arm,
        "item": _items(n_items),
        "left_out": _no_rows("event_id", "listener_id", "started_at_us", "because", "same_as"),
        "zone": {"listener_id": _listeners(who), "time_zone": visit["time_zone"][first]},
        "clock": _clock(zones),
        "intended": _intended(intents),
    }  # fmt: skip


def _visit_columns(acted: Acted, listener: IntArray, intents: Sequence[str]) -> Columns:
    """Return what every event of a visit repeats."""
    n = len(listener)
    words, which = (*intents, "anybody"), np.arange(n) % LISTS_AN_INTENT
    names = [f"{words[i]}-{w}" for i, w in zip(acted.list_of, which, strict=True)]
    on_playlist = acted.place == "playlist"
    name = np.array(names, dtype=object)
    surfaces = {place: SURFACES.get(place, place) for place in np.unique(acted.place.astype(str))}
    return {
        "decision_id": acted.decision_id(),
        "listener_id": _listeners(listener),
        "made_at_us": acted.started_us,
        "device": acted.device,
        "context_kind": acted.place,
        "context_id": _only(on_playlist, "playlist:" + name),
        "shelf": np.where(on_playlist, name, SHELF),
        "surface": np.array([surfaces[place] for place in acted.place], dtype=object),
    }


def _listens(acted: Acted, visit: Columns, n_items: int) -> Columns:
    """Return the plays of the lists, their replays, and what was played after leaving."""
    parts = (_first_plays(acted), _replays(acted), _other_plays(acted, n_items))
    play = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    rows, on_list = play["row"], play["slot"] >= 0
    n, full = len(rows), play["ms"] >= duration_ms(play["item"])
    ended = np.where(play["skipped"], "skipped_forward", np.where(full, "finished", "stopped"))
    return {
        "event_id": _ids("a", n),
        "listener_id": visit["listener_id"][rows],
        "item_id": _tracks(play["item"]),
        "started_at_us": play["at_us"],
        "happened_at_us": play["at_us"] + play["ms"] * 1_000,
        "ms_played": play["ms"],
        "position_ms": np.zeros(n, dtype=np.int64),
        "duration_ms": duration_ms(play["item"]),
        "began_because": np.where(play["clicked"], "clicked", "autoplay").astype(object),
        "ended_because": ended.astype(object),
        "context_kind": np.where(on_list, visit["context_kind"][rows], "album"),
        "context_id": _only(on_list, visit["context_id"][rows]),
        "surface": np.where(on_list, visit["surface"][rows], "library"),
        "device": visit["device"][rows],
        "client": _same("planted", n),
        "source": _same("api", n),
        "decision_id": _only(on_list, visit["decision_id"][rows]),
        "shelf": _only(on_list, visit["shelf"][rows]),
        "position": np.where(on_list, play["slot"], np.nan),
        "attribution": np.where(on_list, "stated", "none").astype(object),
        "shuffle": acted.shuffle[rows] & on_list,
        "offline": np.zeros(n, dtype=np.bool_),
        "private": np.zeros(n, dtype=np.bool_),
    }


def _first_plays(acted: Acted) -> Columns:
    """Return the first play of each slot that was played; only the visit's first was clicked."""
    row, slot = np.nonzero(acted.played)
    return {
        "row": row,
        "slot": slot,
        "item": acted.item[row, slot],
        "at_us": acted.play_us()[row, slot],
        "ms": acted.ms_played[row, slot],
        "skipped": acted.skipped[row, slot],
        "clicked": np.diff(row, prepend=-1) > 0,
    }


def _replays(acted: Acted) -> Columns:
    """Return the second plays, clicked right after the first."""
    row, slot = np.nonzero(acted.again)
    at_us = acted.play_us() + (acted.ms_played + PAUSE_MS) * 1_000
    return {
        "row": row,
        "slot": slot,
        "item": acted.item[row, slot],
        "at_us": at_us[row, slot],
        "ms": acted.ms_again[row, slot],
        "skipped": np.zeros(len(row), dtype=np.bool_),
        "clicked": np.ones(len(row), dtype=np.bool_),
    }


def _other_plays(acted: Acted, n_items: int) -> Columns:
    """Return what was played after leaving: slot −1, tracks that do not stand on the list."""
    row, nth = np.nonzero(acted.ms_other)
    spent_ms = (acted.ms_other + PAUSE_MS).cumsum(axis=1) - acted.ms_other
    at_us = acted.list_ended_us()[:, None] + spent_ms * 1_000
    return {
        "row": row,
        "slot": np.full(len(row), -1),
        "item": (acted.item[row, 0] + n_items // 2 + nth) % n_items,
        "at_us": at_us[row, nth],
        "ms": acted.ms_other[row, nth],
        "skipped": np.zeros(len(row), dtype=np.bool_),
        "clicked": nth == 0,
    }


def _impressions(acted: Acted, visit: Columns) -> Columns:
    n_slots = acted.played.shape[1]
    row, slot = np.nonzero(np.arange(n_slots) < acted.n_seen[:, None])
    return {
        "event_id": _ids("b", len(row)),
        **{name: visit[name][row] for name in _PLACED},
        "position": slot.astype(np.int64),
        "seen_at_us": acted.started_us[row] + slot * 300_000,
        "visible_ms": np.full(len(row), 1_200.0),
    }


def _acts(acted: Acted, visit: Columns) -> Columns:
    """Return saves, and for every other visit the adding to a playlist of one's own, in mid-play."""
    row, slot = np.nonzero(acted.kept)
    adds = row % 2 == 1
    own = np.char.add("playlist:of-", visit["listener_id"][row].astype(str)).astype(object)
    at_us = (acted.play_us() + acted.ms_played * 500)[row, slot]
    return {
        "event_id": _ids("c", len(row)),
        **{name: visit[name][row] for name in _PLACED},
        "act": np.where(adds, "add_to_playlist", "save").astype(object),
        "about_id": _tracks(acted.item[row, slot]),
        "until_at_us": np.full(len(row), np.nan),
        "playlist_id": _only(adds, own),
        "position": slot.astype(np.float64),
        "happened_at_us": at_us,
    }


def _queries(acted: Acted, visit: Columns) -> Columns:
    row = np.flatnonzero(acted.place == "search")
    return {
        "event_id": _ids("e", len(row)),
        **{name: visit[name][row] for name in _OF_VISIT},
        "mode": np.where(visit["device"][row] == "speaker", "voice", "typed").astype(object),
        "text": _tracks(acted.item[row, 0]),
        "refines": _same(None, len(row)),
        "happened_at_us": acted.started_us[row],
    }


def _answers(
    acted: Acted, visit: Columns, answer: IntArray, stated: IntArray, intents: Sequence[str]
) -> Columns:
    """Return the stated intents, at the beginning, and the answers, at the end."""
    said, asked = np.flatnonzero(stated >= 0), np.flatnonzero(answer >= 0)
    row = np.concatenate([said, asked])
    words = np.array(intents, dtype=object)[stated[said]]
    yes_no = np.array(["no", "yes"], dtype=object)[answer[asked]]
    question = np.concatenate([_same("intent", len(said)), _same("satisfied", len(asked))])
    return {
        "event_id": _ids("f", len(row)),
        **{name: visit[name][row] for name in _OF_VISIT},
        "question": question,
        "about_id": _same(None, len(row)),
        "value": np.concatenate([words, yes_no]),
        "happened_at_us": np.concatenate([acted.began_us()[said], acted.ended_us[asked]]),
    }


def _shown(acted: Acted, visit: Columns, n_items: int) -> Columns:
    n, n_slots = acted.item.shape
    row, slot = np.repeat(np.arange(n), n_slots), np.tile(np.arange(n_slots), n)
    shared = ("decision_id", "listener_id", "surface", "made_at_us", "device", "shelf", "time_zone")
    words = {"rung": "personal", "model_version": "planted", "policy_version": "uniform"}
    return {
        **{name: visit[name][row] for name in shared},
        **{name: _same(word, len(row)) for name, word in words.items()},
        "visible_from_at_us": acted.started_us[row],
        "expires_at_us": np.full(len(row), np.nan),
        "period": _same(None, len(row)),
        "position": slot.astype(np.int64),
        "item_id": _tracks(acted.item.ravel()),
        "propensity": 1.0 / (n_items - slot),
        "source": _same("uniform", len(row)),
        "explored": np.ones(len(row)),
        "n_on_shelf": np.full(len(row), n_slots, dtype=np.int64),
        "intent": _same(None, len(row)),
        "segment": _same("", len(row)),
        "order_segment": _same(None, len(row)),
        "p_known_item": np.full(len(row), np.nan),
    }


def _items(n: int) -> Columns:
    number = np.arange(n)
    artist = np.array([f"artist:{i // TRACKS_AN_ARTIST:05d}" for i in range(n)], dtype=object)
    return {
        "item_id": _tracks(number),
        "canonical_id": _tracks(number),
        "kind": _same("track", n),
        "artist_id": artist,
        "show_id": _same(None, n),
        "duration_ms": duration_ms(number),
    }


def _clock(zones: Mapping[str, int]) -> Columns:
    n = len(zones)
    return {
        "time_zone": np.array(list(zones), dtype=object),
        "from_us": np.full(n, BEGAN_US - 400 * DAY_US),
        "until_us": np.full(n, BEGAN_US + 4_000 * DAY_US),
        "offset_us": np.array(list(zones.values()), dtype=np.int64) * 3_600_000_000,
    }


def _intended(intents: Sequence[str]) -> Columns:
    names = [(f"playlist:{word}-{i}", word) for word in intents for i in range(LISTS_AN_INTENT)]
    return {
        "context_kind": _same("playlist", len(names)),
        "context_id": np.array([name for name, _ in names], dtype=object),
        "surface": _same(None, len(names)),
        "intent": np.array([word for _, word in names], dtype=object),
    }


def _no_rows(*names: str) -> Columns:
    return {
        name: np.array([], dtype=np.int64 if name.endswith("_us") else object) for name in names
    }


def _same(value: str | None, n: int) -> Column:
    return np.full(n, value, dtype=object)


def _only(where: BoolArray, column: Column) -> Column:
    """Return a column of text with nothing elsewhere."""
    kept = column.astype(object)
    kept[~where] = None
    return kept


def _listeners(number: IntArray) -> Column:
    return np.array([f"listener-{i + 1}" for i in number.tolist()], dtype=object)


def _tracks(number: IntArray) -> Column:
    return np.array([f"track:{i:06d}" for i in number.tolist()], dtype=object)


def _ids(kind: str, n: int) -> Column:
    """Return ``n`` well-formed UUIDs of version 8 that start with a digit of their kind."""
    return np.array([f"{kind}0000000-0000-8000-8000-{i:012x}" for i in range(n)], dtype=object)
