"""Reports that hold one of every part, in every form, with words nobody would wish for."""

import numpy as np
from hypothesis import strategies as st

from ritornello.evaluate.report import (
    Calibration,
    Column,
    Differences,
    Intervals,
    Named,
    Report,
    Section,
    Segments,
    Table,
    Weights,
)
from ritornello.evaluate.warned import Warned
from ritornello.measures.calibration import reliability
from ritornello.measures.resampling import Interval

HOSTILE = "<script>alert(\"1\")</script> & 'x' </style>"


def about(mean: float, half: float = 0.01, n: int = 500) -> Interval:
    return Interval(mean, mean - half, mean + half, 0.95, n)


def full(words: str = "plain") -> Report:
    p = np.linspace(0.05, 0.95, 200)
    table = Table(
        f"table {words}",
        (Column("who", "code"), Column("nDCG@10", "interval", 0.2), Column("n", "count"), Column("share", "share"), Column("p", "p"), Column("x", "number")),
        ((words, about(0.2), 12_345, 0.25, 0.0001, -0.5), ("other", None, None, 1.0, 0.5, 3)),
        note=words,
    )  # fmt: skip
    figures = (
        Intervals(words, (Named(words, about(0.2)), Named("refused", None)), line=0.1, note=words),
        Segments(words, (words, "b"), ("low", words), ((about(0.1), None), (about(0.3), about(0.2)))),
        Differences(words, (-0.5, 0.0, 0.0, 0.25, 0.5)),
        Weights(words, (0.1, 1.0, 10.0, 100.0), (3, 0, 1), n_zero=7),
        Calibration(words, reliability(p, (p > 0.5).astype(float))),
    )  # fmt: skip
    return Report(
        title=f"Offline {words}",
        verdict=f"Nothing is told apart. {words}",
        sections=(Section(f"Results {words}", words, (table, *figures)), Section("Empty", "", ())),
        recipe={"seed": 7, "entrants": {words: {"l2": 200.0}}, "measures": ["nDCG@10"], "none": None},
        command=f"ritornello evaluate offline --entrant '{words}'",
        warnings=(Warned("odd", words, {"n": 3}),),
    )  # fmt: skip


finite = st.floats(-1e6, 1e6)
intervals = st.builds(
    lambda mean, below, above, n: Interval(mean, mean - below, mean + above, 0.95, n),
    finite, st.floats(0, 1e6), st.floats(0, 1e6), st.integers(1, 10**6),
)  # fmt: skip
