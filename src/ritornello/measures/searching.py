"""How much did it take to find? Measures of search sessions: success, and the effort of typing, passing by and asking again.

A session is what one listener does for one need: queries in their order, each with its ranking. While somebody types, a
query is what stands in the box after each key; one that was *begun anew* is a reformulation. The last query before that,
and of a session, is *sent*: looked at as a whole. Who seeks a known item stops at the first query whose first k places
hold it. **Effort** is keys pressed, results passed and reformulations, each counting one (the three that Hosey et al. found
to be felt, CHI 2019): results passed are those above what is found, and the first k of every sent query that was given up.
"""

from functools import partial

import msgspec
import numpy as np

from ritornello.kinds.errors import BadValue
from ritornello.measures.definitions import PLACES_REQUIRED, REL, Definition, Parameter, Values
from ritornello.measures.matching import BoolArray, FloatArray, IntArray, Matched, share

NEVER = -1


class Sessions(msgspec.Struct, frozen=True, eq=False):
    """Queries by session, in their order, as arrays (n_queries,).

    Attributes
    ----------
    matched : what each query returned; one topic a query.
    query : the place of each in ``matched.topics``.
    session : whose each is; rising.
    n_chars : how long the text is that stands there.
    n_keys : keys pressed since the session began until it stood there.
    is_anew : whether it was begun anew rather than typed on; the first of a session is not.
    p_known_item : how likely the session seeks a known item rather than explores; the same for all its queries.
    """

    matched: Matched
    query: IntArray
    session: IntArray
    n_chars: IntArray
    n_keys: IntArray
    is_anew: BoolArray
    p_known_item: FloatArray

    @property
    def starts(self) -> IntArray:
        """Where each session begins, (n_sessions,)."""
        return np.flatnonzero(np.diff(self.session, prepend=-1))

    @property
    def of(self) -> IntArray:
        """The place of each query's session among all, (n_queries,)."""
        return np.cumsum(np.diff(self.session, prepend=-1) != 0) - 1

    @property
    def is_sent(self) -> BoolArray:
        """Whether each is the last before one begun anew, or of its session."""
        return np.append((np.diff(self.session) != 0) | self.is_anew[1:], True)

    @property
    def n_again(self) -> IntArray:
        """How often was begun anew until each, itself included."""
        counted = np.cumsum(self.is_anew)
        return counted - counted[self.starts][self.of]

    def place(self, k: int, rel: float) -> IntArray:
        """Return at which of the first k places of each query something relevant stands first, −1 where nowhere."""
        topic, places, ranks = self.matched.relevant(rel, k)
        found = np.full(len(self.matched.topics), NEVER)
        found[topic[ranks == 0]] = places[ranks == 0]
        return found[self.query]


class Ended(msgspec.Struct, frozen=True, eq=False):
    """How each session of somebody ended who seeks one item, as arrays (n_sessions,).

    ``row`` is the query at which it was found, or the last; ``n_passed`` are the results passed by until then.
    """

    row: IntArray
    is_found: BoolArray
    n_keys: IntArray
    n_passed: IntArray
    n_again: IntArray

    @property
    def effort(self) -> IntArray:
        """Keys, results and reformulations together."""
        return self.n_keys + self.n_passed + self.n_again


def ended(sessions: Sessions, k: int, rel: float) -> Ended:
    """Return how each session ends where the first k results of every query are looked at."""
    place, starts, of = sessions.place(k, rel), sessions.starts, sessions.of
    n = len(starts)
    row = np.append(starts[1:], len(of)) - 1
    hits = np.flatnonzero(place != NEVER)
    first = hits[np.unique(of[hits], return_index=True)[1]]
    row[of[first]] = first
    is_found = place[row] != NEVER
    seen = np.minimum(sessions.matched.n_ranked[sessions.query], k)
    given_up = sessions.is_sent & (np.arange(len(of)) <= row[of])
    given_up[row[is_found]] = False
    passed = np.bincount(of, np.where(given_up, seen, 0), n).astype(np.int64)
    passed += np.where(is_found, place[row], 0)
    return Ended(row, is_found, sessions.n_keys[row], passed, sessions.n_again[row])


def found(sessions: Sessions, k: int, effort: float | None = None, rel: float = 1) -> Values:
    """Return 1 where something relevant came to stand in the first k places at any query of the session.

    With ``effort`` only if keys, results passed and reformulations until then are no more. Right for who seeks a known
    item; asked at several efforts it is the curve of success given effort. Source: Hosey et al., CHI 2019.
    """
    end = ended(sessions, k, rel)
    return _within(end, effort).astype(np.float64)


def explored(sessions: Sessions, k: int, effort: float | None = None, rel: float = 1) -> Values:
    """Return the largest share of what is relevant that the first k places of any one query of the session hold.

    hits / min(k, R) of the best query; with ``effort`` among those at which keys and reformulations were no more. Right for
    who explores: one good answer is not the end. Source: success by mindset, Li et al., WWW 2019; Hosey et al., CHI 2019.
    """
    matched = sessions.matched
    each = share(matched.n_hits(rel, k), np.minimum(k, matched.n_relevant(rel)))[sessions.query]
    spent = sessions.n_keys + sessions.n_again
    each = each if effort is None else np.where(spent <= effort, each, 0.0)
    return np.asarray(np.maximum.reduceat(each, sessions.starts))


def mindset_success(
    sessions: Sessions, k: int, effort: float | None = None, rel: float = 1
) -> Values:
    """Return success as each mindset means it, weighed by how likely the session has it.

    p · found + (1 − p) · explored, with p the probability that a known item is sought; see both. Source: success by
    mindset, Li et al., WWW 2019; Hosey et al., CHI 2019.

    Raises
    ------
    BadValue : nobody said which mindset a session has.
    """
    p = sessions.p_known_item[sessions.starts]
    if np.isnan(p).any():
        raise BadValue("this measure needs each session's mindset: a p_known_item in its context")
    a, b = found(sessions, k, effort, rel), explored(sessions, k, effort, rel)
    return np.asarray(p * a + (1 - p) * b)


def keys(sessions: Sessions, k: int, rel: float = 1) -> Values:
    """Return how many keys were pressed until something relevant stood in the first k places; nan where it never did.

    Read it beside ``found``: a search that finds only the easy has few keys.
    """
    end = ended(sessions, k, rel)
    return np.where(end.is_found, end.n_keys, np.nan)


def keys_saved(sessions: Sessions, k: int, rel: float = 1) -> Values:
    """Return the share of all keys of the session that need not have been pressed; 0 where nothing was found.

    1 − keys until found / keys of the whole session. Who types a name to its end and stops at once saves what is left
    of it. Source: keystroke savings of text prediction, Trnka, McCoy, ACL 2008.
    """
    end, last = ended(sessions, k, rel), np.append(sessions.starts[1:], len(sessions.of)) - 1
    every = sessions.n_keys[last]
    return share(np.where(end.is_found, every - end.n_keys, 0), every)


def passed(sessions: Sessions, k: int, rel: float = 1) -> Values:
    """Return how many results were passed by until something relevant was met, or the session ended."""
    return ended(sessions, k, rel).n_passed.astype(np.float64)


def again(sessions: Sessions, k: int, rel: float = 1) -> Values:
    """Return how often the query was begun anew until something relevant stood in the first k places, or the session ended."""
    return ended(sessions, k, rel).n_again.astype(np.float64)


def effort(sessions: Sessions, k: int, rel: float = 1) -> Values:
    """Return keys, results passed and reformulations until something relevant was met, or the session ended.

    Read it beside ``found``. Source: what listeners feel as effort, Hosey et al., CHI 2019.
    """
    return ended(sessions, k, rel).effort.astype(np.float64)


def typed_rr(sessions: Sessions, n_chars: int, k: int = 10, rel: float = 1) -> Values:
    """Return the reciprocal rank in the first k places once n characters stand there for the first time; nan where fewer ever do.

    Asked at 1, 2, 3 … it is the curve of an as-you-type search. Sessions that pass n in one step (fast typing) have nan
    at it, too.
    """
    rows = np.flatnonzero(sessions.n_chars == n_chars)
    whose, first = np.unique(sessions.of[rows], return_index=True)
    place = sessions.place(k, rel)[rows[first]]
    values = np.full(len(sessions.starts), np.nan)
    values[whose] = np.where(place == NEVER, 0.0, 1 / (np.maximum(place, 0) + 1))
    return values


def sdcg(sessions: Sessions, k: int, bq: float = 4, b: float = 2) -> Values:
    """Return the discounted gain of all sent queries, those later in the session discounted, too.

    sDCG = Σ_q DCG_q / (1 + log_bq q), DCG_q = Σ_{r ≤ k} g_r / max(1, log_b r), with the grades as gains. What a later query
    finds again gains again. Source: Järvelin, Price, Delcambre, Nielsen, ECIR 2008.
    """
    matched = sessions.matched
    gained = _discounted(matched.places, matched.grades, k, b)
    return _over_queries(sessions, matched.topic_of_hit, gained, bq)


def nsdcg(sessions: Sessions, k: int, bq: float = 4, b: float = 2) -> Values:
    """Return sDCG over that of the best possible ranking of every sent query.

    Source: Järvelin, Price, Delcambre, Nielsen, ECIR 2008; normalised as by Kanoulas, Carterette, Clough, Sanderson, SIGIR
    2011.
    """
    matched, at = sessions.matched, sessions.matched.topic_of_ideal
    places = np.arange(len(at)) - matched.ideal_starts[at]
    ideal = _over_queries(sessions, at, _discounted(places, matched.ideal, k, b), bq)
    return share(sdcg(sessions, k, bq, b), ideal)


def srbp(sessions: Sessions, p: float = 0.8, b: float = 0.7, rel: float = 1) -> Values:
    """Return what a listener finds who after each result goes on with probability p, and then to the next result with b.

    sRBP = (1 − p) Σ_m ((p − bp) / (1 − bp))^(m − 1) Σ_n (bp)^(n − 1) rel(m, n) over sent queries m and places n: else it is to
    the next query. At b = 1 it is RBP of the first query. Source: Lipani, Carterette, Yilmaz, ICTIR 2019.
    """
    topic, places, _ = sessions.matched.relevant(rel)
    within = np.bincount(topic, (b * p) ** places, len(sessions.matched.topics))
    sent, of, nth = _sent(sessions)
    leaves = (p - b * p) / (1 - b * p)
    each = leaves**nth * within[sessions.query[sent]]
    return np.asarray((1 - p) * np.bincount(of, each, len(sessions.starts)))


def _within(end: Ended, effort: float | None) -> BoolArray:
    return end.is_found if effort is None else end.is_found & (end.effort <= effort)


def _sent(sessions: Sessions) -> tuple[IntArray, IntArray, IntArray]:
    """Return the queries that were sent, the session of each, and which of its session's it is, from 0."""
    sent = np.flatnonzero(sessions.is_sent)
    of = sessions.of[sent]
    return sent, of, np.arange(len(of)) - np.searchsorted(of, np.arange(len(sessions.starts)))[of]


def _over_queries(sessions: Sessions, topic: IntArray, gains: FloatArray, bq: float) -> Values:
    """Return what sent queries gain together, each query discounted by its place in the session."""
    each = np.bincount(topic, gains, len(sessions.matched.topics))
    sent, of, nth = _sent(sessions)
    discounted = each[sessions.query[sent]] / (1 + np.log(nth + 1) / np.log(bq))
    return np.asarray(np.bincount(of, discounted, len(sessions.starts)), np.float64)


def _discounted(places: IntArray, grades: FloatArray, k: int, b: float) -> FloatArray:
    """Return what is gained at places, those before the b-th undiscounted."""
    worth = np.where(places < k, np.maximum(grades, 0), 0.0)
    return np.asarray(worth / np.maximum(1, np.log(places + 1) / np.log(b)))


EFFORT = Parameter("number", "the most effort that counts", low=0)
CUT = ("k", PLACES_REQUIRED)
FROM = {"rel": REL}
BY_EFFORT = {"effort": EFFORT, **FROM}
LOGARITHMS = {
    "bq": Parameter("number", "the logarithm's base over queries", 4, low=1.01, shown=True),
    "b": Parameter("number", "the logarithm's base over places", 2, low=1.01, shown=True),
}
GOING_ON = {
    "p": Parameter("number", "how likely one goes on", 0.8, low=0, high=0.999_999, shown=True),
    "b": Parameter("number", "and then in the same list", 0.7, low=0, high=1, shown=True),
}
_of_sessions = partial(Definition, asks="sessions", needs=("sessions",), grain="session")
_cost = partial(_of_sessions, at=CUT, parameters=FROM, direction="down", high=np.inf)

MEASURES = (
    _of_sessions("found", found, CUT, BY_EFFORT),
    _of_sessions("explored", explored, CUT, BY_EFFORT),
    _of_sessions("mindset_success", mindset_success, CUT, BY_EFFORT),
    _of_sessions("keys_saved", keys_saved, CUT, FROM),
    _cost("keys", keys, unit="keys"),
    _cost("passed", passed, unit="results"),
    _cost("again", again, unit="reformulations"),
    _cost("effort", effort, unit="steps"),
    _of_sessions(
        "typed_RR",
        typed_rr,
        ("n_chars", Parameter("count", "characters typed", required=True, low=1, high=999)),
        {"k": Parameter("count", "how many places count", 10, low=1, high=999_999), **FROM},
    ),
    _of_sessions("sDCG", sdcg, CUT, LOGARITHMS, high=np.inf, unit="gain"),
    _of_sessions("nsDCG", nsdcg, CUT, LOGARITHMS),
    _of_sessions("sRBP", srbp, parameters={**GOING_ON, **FROM}),
)
