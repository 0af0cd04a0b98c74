"""Success as long listening for such a listener on such a playlist, not as thirty seconds for everybody.

Listeners and playlists are co-clustered by how long the ones stream the others; a decision's streaming time is judged
within its cell: by its rank among the cell's times (ECDF), or against the cell's mean, median or quantile (Dragone,
Mehrotra, Lalmas, WWW 2019, who found it better than 30 s on live logs).
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Literal, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.kinds.errors import ArtefactUnusable, UnknownName
from ritornello.signals.cells import cocluster
from ritornello.signals.success import Facts, FloatArray, NumberArray, Outcomes, Scored

NAME = "coclusters"
Rule = Literal["ecdf", "mean", "median", "quantile"]
NEEDS = ("decision_id", "listener_id", "surface", "shelf", "seen", "played", "ms_played")
GRID_S = np.concatenate([[0.0], np.geomspace(1.0, 43_200.0, 255)])


class CoclustersConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many clusters; by which rule; which quantile, if that; how many decisions the margins weigh.

    A cell of n decisions speaks with weight n against ``prior`` of its margins.
    """

    n_clusters: int = 6
    rule: Rule = "ecdf"
    quantile: float = 0.75
    prior: float = 20.0


class Learned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a training rested on; ``n_decisions`` (k + 1, k + 1) of each cell, the last of a row or column its margin."""

    config: CoclustersConfig
    trained_until_us: int
    n_decisions: list[list[int]]


class Cell(msgspec.Struct, frozen=True):
    """One cell for a person: whose, how many listeners and lists, how many decisions, the middle time streamed."""

    listeners: str
    lists: str
    n_listeners: int
    n_lists: int
    n_decisions: int
    median_min: float


class Coclusters(msgspec.Struct, frozen=True, dict=True):
    """Cells and their distributions as a success function.

    ``listeners`` and ``playlists`` are sorted, ``of_listener`` and ``of_playlist`` their clusters, −1 without any.
    ``cdf`` (k + 1, k + 1, grid) is P(streaming time ≤ ``GRID_S``) of each cell, shrunk; ``threshold_s`` (k + 1, k + 1) as
    well. The last row and column are margins: whoever was never met falls to them. Listeners are named: a file
    of this leaves with any of them (``success_names.forget``).
    """

    listeners: NDArray[np.str_]
    playlists: NDArray[np.str_]
    of_listener: NumberArray
    of_playlist: NumberArray
    cdf: FloatArray
    threshold_s: FloatArray
    learned: Learned

    @cached_property
    def facts(self) -> Facts:
        """The version is a hash of every number in it."""
        arrays, facts = self.packed()
        digest = hashlib.sha256(msgspec.json.encode(facts, order="deterministic"))
        for name in sorted(arrays):
            digest.update(arrays[name].tobytes())
        return Facts(
            version=f"{NAME}@{digest.hexdigest()[:16]}",
            needs=NEEDS,
            trained_on=("ms_played",),
            trained_until_us=self.learned.trained_until_us,
            monotone={"ms_played": 1},
        )

    def score(self, outcomes: Outcomes) -> Scored:
        """Return F_cell(t) or 1[t ≥ θ_cell] of the time t for which each slot's decision was streamed.

        Right where a list is there to be played on; a short visit for one item fails here by construction. Known where
        something was seen or played.
        """
        streamed = _streamed(outcomes)
        g = _cluster(self.listeners, self.of_listener, streamed.listener_ids)
        h = _cluster(self.playlists, self.of_playlist, streamed.playlists)
        if self.learned.config.rule == "ecdf":
            success = _interpolated(self.cdf[g, h], streamed.seconds)
        else:
            success = (streamed.seconds >= self.threshold_s[g, h]).astype(np.float64)
        return Scored.of(success[streamed.number_of], streamed.known[streamed.number_of])

    def cells(self) -> list[Cell]:
        """Return every cell; ``any`` is the margin, where whoever was never met belongs."""
        k = self.learned.config.n_clusters
        n_listeners = [
            *np.bincount(self.of_listener + 1, minlength=k + 1)[1:].tolist(),
            len(self.listeners),
        ]
        n_lists = [
            *np.bincount(self.of_playlist + 1, minlength=k + 1)[1:].tolist(),
            len(self.playlists),
        ]
        names = [*(str(i + 1) for i in range(k)), "any"]
        return [
            Cell(
                names[g],
                names[h],
                n_listeners[g],
                n_lists[h],
                self.learned.n_decisions[g][h],
                float(np.interp(0.5, self.cdf[g, h], GRID_S) / 60),
            )
            for g in range(k + 1)
            for h in range(k + 1)
        ]

    def packed(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Return the arrays and facts of an artefact; nothing in it can execute."""
        return {
            "listeners": _bytes(self.listeners),
            "playlists": _bytes(self.playlists),
            "of_listener": self.of_listener,
            "of_playlist": self.of_playlist,
            "cdf": self.cdf,
            "threshold_s": self.threshold_s,
        }, {"learned": msgspec.to_builtins(self.learned)}


def train(
    outcomes: Outcomes, *, rng: np.random.Generator, config: CoclustersConfig | None = None
) -> Coclusters:
    """Co-cluster listeners × playlists on mean minutes streamed a decision, and learn each cell's distribution.

    With n decisions in cell (g, h), F = (n F_gh + κ ½(F_g· + F_·h)) / (n + κ); a margin is shrunk to all alike, and so
    are thresholds.

    Raises
    ------
    BadValue : too few listeners or playlists for so many clusters.
    UnknownName : a rule nobody defined.
    """
    config = config or CoclustersConfig()
    if config.rule not in get_args(Rule):
        raise UnknownName.among("rule of co-clusters", config.rule, get_args(Rule))
    streamed = _streamed(outcomes)
    kept = streamed.known
    listeners, who = np.unique(streamed.listener_ids[kept], return_inverse=True)
    playlists, which = np.unique(streamed.playlists[kept], return_inverse=True)
    seconds = streamed.seconds[kept]
    shape = (len(listeners), len(playlists))
    n = csr_matrix((np.ones(len(who)), (who, which)), shape)
    total = csr_matrix((seconds / 60, (who, which)), shape)
    total.data /= n.data
    of_listener, of_playlist = cocluster(total, config.n_clusters, rng)
    cells = _Cells(config.n_clusters, of_listener[who], of_playlist[which], seconds)
    cdf = cells.shrunk(cells.each(_cdf), config.prior)
    thresholds = cells.each(lambda t: _threshold(t, config))
    learned = Learned(
        config=config,
        trained_until_us=outcomes.latest_us(),
        n_decisions=cells.n.astype(int).tolist(),
    )
    return Coclusters(
        listeners, playlists, of_listener, of_playlist, cdf,
        cells.shrunk(thresholds, config.prior)[..., 0], learned,
    )  # fmt: skip


def unpack(arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> Coclusters:
    """Return what :meth:`Coclusters.packed` gave.

    Raises
    ------
    ArtefactUnusable : it lacks something.
    """
    try:
        return Coclusters(
            _texts(arrays["listeners"]),
            _texts(arrays["playlists"]),
            arrays["of_listener"],
            arrays["of_playlist"],
            arrays["cdf"],
            arrays["threshold_s"],
            msgspec.convert(facts["learned"], Learned),
        )
    except (KeyError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ArtefactUnusable(f"a co-clustered success function lacks {error}; train it again") from error  # fmt: skip


class _Streamed(msgspec.Struct, frozen=True):
    """How long each decision was streamed, a row a decision; ``number_of`` leads slots to decisions."""

    listener_ids: NDArray[np.str_]
    playlists: NDArray[np.str_]
    seconds: FloatArray
    known: NDArray[np.bool_]
    number_of: NumberArray


def _streamed(outcomes: Outcomes) -> _Streamed:
    number_of, first = outcomes.decisions()
    played = outcomes.flag("played")
    ms = np.nan_to_num(outcomes.column("ms_played")) * played
    touched = np.bincount(number_of, weights=played | outcomes.flag("seen"), minlength=len(first))
    return _Streamed(
        outcomes.column("listener_id")[first],
        outcomes.playlist()[first],
        np.bincount(number_of, weights=ms, minlength=len(first)) / 1000,
        touched > 0,
        number_of,
    )


class _Cells(msgspec.Struct, frozen=True):
    """Decisions by the cluster of their listener and of their playlist; −1 belongs to no cell but to the margins."""

    k: int
    g: NumberArray
    h: NumberArray
    seconds: FloatArray

    def rows(self, g: int, h: int) -> FloatArray:
        """Return the times of a cell; ``k`` in either place is all of them."""
        there = np.ones(len(self.g), dtype=np.bool_)
        if g < self.k:
            there &= self.g == g
        if h < self.k:
            there &= self.h == h
        return self.seconds[there]

    @property
    def n(self) -> FloatArray:
        """How many decisions each cell and margin has, (k + 1, k + 1)."""
        return self.each(lambda t: np.array([len(t)]))[..., 0]

    def each(self, summary: Callable[[FloatArray], FloatArray]) -> FloatArray:
        """Return a summary of each cell and margin, (k + 1, k + 1, length); of none, of all."""
        everything = summary(self.seconds)
        found = np.zeros((self.k + 1, self.k + 1, len(everything)))
        for g in range(self.k + 1):
            for h in range(self.k + 1):
                found[g, h] = summary(self.rows(g, h))
        return found

    def shrunk(self, found: FloatArray, prior: float) -> FloatArray:
        """Return the summaries, margins shrunk to all and cells to the mean of their two margins."""
        n, k = self.n[..., None], self.k
        every = found[k, k]
        kept = np.where(n > 0, found, 0.0)
        out = kept.copy()
        out[k, :k] = (n[k, :k] * kept[k, :k] + prior * every) / (n[k, :k] + prior)
        out[:k, k] = (n[:k, k] * kept[:k, k] + prior * every) / (n[:k, k] + prior)
        margins = (out[:k, k][:, None] + out[k, :k][None]) / 2
        out[:k, :k] = (n[:k, :k] * kept[:k, :k] + prior * margins) / (n[:k, :k] + prior)
        return out


def _cdf(seconds: FloatArray) -> FloatArray:
    """Return the share of times up to each point of the grid, ties at zero counted half; nan-free for none."""
    found = np.searchsorted(np.sort(seconds), GRID_S, side="right") / max(len(seconds), 1)
    found[0] /= 2
    return np.asarray(found)


def _threshold(seconds: FloatArray, config: CoclustersConfig) -> FloatArray:
    if not len(seconds):
        return np.zeros(1)
    share = {"median": 0.5, "quantile": config.quantile}.get(config.rule)
    return np.array([seconds.mean() if share is None else np.quantile(seconds, share)])


def _interpolated(cdf: FloatArray, seconds: FloatArray) -> FloatArray:
    """Return each row's distribution at its time, straight between points of the grid."""
    t = seconds.clip(0, GRID_S[-1])
    at = np.searchsorted(GRID_S, t, side="right").clip(1, len(GRID_S) - 1)
    low, high = GRID_S[at - 1], GRID_S[at]
    row = np.arange(len(t))
    share = (t - low) / (high - low)
    return np.asarray(cdf[row, at - 1] * (1 - share) + cdf[row, at] * share)


def _cluster(known: NDArray[np.str_], cluster: NumberArray, ids: NDArray[np.str_]) -> NumberArray:
    """Return the cluster of each id, −1 (the margin, the last row) for one never met."""
    at = np.searchsorted(known, ids)
    there = np.append(known, "")[at] == ids
    return np.where(there & (at < len(known)), np.append(cluster, -1)[at], -1).astype(np.int64)


def _bytes(texts: NDArray[np.str_]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts.tolist()).encode(), dtype=np.uint8)


def _texts(packed: NDArray[Any]) -> NDArray[np.str_]:
    text = packed.tobytes().decode()
    return np.array(text.split("\n") if text else [], dtype=np.str_)
