"""What success functions learn from and are judged on, out of a home: outcomes with their intents, and labels."""

import re

import duckdb
import numpy as np

from ritornello.kinds.errors import BadValue, NotFound
from ritornello.signals import inputs, intents, kept_intents, labels
from ritornello.signals.beginnings import COLUMNS as MOMENTS
from ritornello.signals.beginnings import features
from ritornello.signals.building import open_tables
from ritornello.signals.labels import Labels
from ritornello.signals.success import COLUMNS, Column, Outcomes
from ritornello.store import lake
from ritornello.store.engines import plain
from ritornello.store.home import Home

TABLES = ("outcomes", "beginnings", "returns")
_PLACE = ("context_kind", "context_id", "intent_stated")
_RETURN = re.compile(r"return@([1-9]\d{0,2})d")
_ANSWER = re.compile(r"answer:([a-z_]{1,64})")


def open_home(duck: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Leave the tables and the listeners' answers behind as views."""
    open_tables(duck, home, TABLES)
    lake.relation(duck, home, "answer")
    duck.execute(f"CREATE OR REPLACE TEMP VIEW answers AS {inputs.flat('answer', 'duckdb', 'answer')}")  # fmt: skip


def read_outcomes(duck: duckdb.DuckDBPyConnection, home: Home) -> Outcomes:
    """Return every outcome that was built, with the probability of each intent of its decision.

    A decision is for what the beginning of its first play states, else for what its list was (a moment's intent, a
    station's), else for what that beginning says (declared, inferred from what came before it); where nothing was
    played, for what its list or its surface declares.

    Raises
    ------
    NotFound : no outcome was built.
    """
    columns = _fetched(duck, f"SELECT {', '.join(COLUMNS)} FROM outcomes")
    if not len(columns["decision_id"]):
        raise NotFound("no outcomes were built; let decisions be shown, then run `signals build`")
    bare = Outcomes.of(columns)
    number_of, first = bare.decisions()
    names = ", ".join(f"m.{name}" for name in (*_PLACE, *MOMENTS))
    beginnings = _fetched(
        duck,
        f"""SELECT o.decision_id, {names} FROM outcomes AS o INNER JOIN beginnings AS m USING (event_id)
        WHERE o.rank_played = 1 ORDER BY o.decision_id""",
    )
    ids = bare.column("decision_id")[first]
    at = np.searchsorted(ids, beginnings["decision_id"].astype(str))
    place: dict[str, Column] = {"surface": bare.column("surface")[first]}
    for name in _PLACE:
        place[name] = np.full(len(first), None, dtype=object)
        place[name][at] = beginnings[name]
    inferred = np.zeros((len(first), len(intents.INTENTS)))
    inferred[:, intents.number(intents.UNKNOWN)] = 1.0
    trained = kept_intents.find(home)
    if trained is not None and len(at):
        inferred[at] = trained.infer(features(beginnings))
    declared = intents.of_home(home)
    p = intents.p_intent(place, declared, inferred).p
    says = bare.column("intent_declared")[first]
    of_list = ~np.isin(place["surface"], list(declared.surfaces)) & np.isin(says, intents.INTENTS)
    rows = np.flatnonzero(of_list & ~place["intent_stated"].astype(bool))
    p[rows] = np.eye(len(intents.INTENTS))[[intents.number(word) for word in says[rows].tolist()]]
    return Outcomes(bare.columns, p[number_of])


def read_labels(duck: duckdb.DuckDBPyConnection, outcomes: Outcomes, name: str) -> Labels:
    """Return the labels ``answer:QUESTION`` or ``return@Nd`` names, one a decision.

    Raises
    ------
    BadValue : another name.
    """
    number_of, first = outcomes.decisions()
    if found := _ANSWER.fullmatch(name):
        ids = outcomes.column("decision_id")[first]
        return labels.from_answers(ids, _fetched(duck, "SELECT * FROM answers"), found[1])
    if found := _RETURN.fullmatch(name):
        visit = np.full(len(first), "", dtype=outcomes.column("visit_id").dtype)
        there = np.flatnonzero(outcomes.column("visit_id") != "")
        visit[number_of[there]] = outcomes.column("visit_id")[there]
        return labels.from_returns(visit, _fetched(duck, "SELECT * FROM returns"), int(found[1]))
    raise BadValue(f"no outcome {name!r}; name one such as return@7d or answer:satisfied")


def _fetched(duck: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Column]:
    with lake.readable():
        return {name: plain(column) for name, column in duck.execute(sql).fetchnumpy().items()}
