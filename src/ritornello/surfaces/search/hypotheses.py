r"""What a recogniser heard, in whatever form it says so: a list of hypotheses, or a graph of words.

Told by content: texts alone; ``alternatives``, ``hypotheses`` or ``NBest`` with scores (Vosk, Azure); ``results`` of ``alternatives``,
or lists in a list (Google, the Web Speech API), each for a stretch of the utterance; ``segments`` with ``avg_logprob`` (Whisper),
``transcription`` with tokens (whisper.cpp); a ``confusion_network`` of the words that compete for each place; ``arcs`` from
state to state, each with a word and a score (a lattice).

Scores become probabilities. Values between 0 and 1 are confidences: they stand, or are divided by their sum where that is
above 1, and a 0 is none at all (Google's sign for it). All others are logarithms, of any offset: :math:`p_i ∝ e^{s_i}`, and
those that are probabilities already (they sum to between 0.05 and 1) stand. What has no score is half as probable as the one
before it. Bad content never raises: what cannot be read is a fault, and the rest is kept.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, TypeGuard

import msgspec

from ritornello.kinds.events import Hypothesis
from ritornello.kinds.faults import Fault
from ritornello.surfaces.search.lattices import MAX_ARCS, SILENT, Arc, State, best_paths

SOURCE = "hypotheses"
MAX_BYTES = 1_000_000
MAX_HYPOTHESES = 10
MAX_READ = 100
MAX_LETTERS = 1000
MIN_SUM = 0.05
TEXTS = ("text", "transcript", "Lexical", "word", "Display", "ITN", "DisplayText")
SCORES = (
    "log_p", "logprob", "avg_logprob", "p", "confidence", "Confidence", "conf", "probability",
    "posterior", "score",
)  # fmt: skip
LISTS = ("alternatives", "hypotheses", "n_best", "nbest", "NBest")
STRETCHES = ("results", "segments", "transcription", "confusion_network")

Form = Literal["n_best", "lattice", "nothing"]
Likely = list[tuple[str, float]]


class Heard(msgspec.Struct, frozen=True):
    """Different hypotheses with their probabilities, the most probable first.

    What they lack of 1 is the probability that it was something else. ``mode`` is the form they came in.
    """

    hypotheses: tuple[Hypothesis, ...] = ()
    mode: Form = "nothing"

    @property
    def best(self) -> str:
        """The text of the best hypothesis; empty where nothing was heard."""
        return self.hypotheses[0].text if self.hypotheses else ""


class _Scored(NamedTuple):
    text: str
    score: float | None


def read(body: bytes | str) -> tuple[Heard, tuple[Fault, ...]]:
    """Read what a recogniser answered.

    Parameters
    ----------
    body : JSON of any of the forms above; of more than 1 MB nothing is read.

    Examples
    --------
    >>> heard, _ = read('{"alternatives": [{"text": "play muse", "confidence": 0.6}, {"text": "play mews"}]}')
    >>> [(each.text, each.p) for each in heard.hypotheses]
    [('play muse', 0.6), ('play mews', 0.3)]
    """
    if len(body) > MAX_BYTES:
        return Heard(), (_fault(0, "too_large", f"{len(body)} bytes; at most {MAX_BYTES}"),)
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return Heard(), (_fault(0, "not_json", str(error)),)
    if isinstance(value, dict) and isinstance(value.get("lattice"), dict):
        value = value["lattice"]
    if isinstance(value, dict) and isinstance(value.get("arcs"), list):
        return _of_lattice(value)
    stretches = _stretches(value)
    if not stretches:
        return Heard(), (
            _fault(0, "unknown_form", "no text, alternatives, segments or arcs in it"),
        )
    return _of_stretches(stretches)


def of_texts(texts: Iterable[str]) -> Heard:
    """Return hypotheses without scores, the best first."""
    return _of_stretches([list(texts)])[0]


def _stretches(value: Any) -> list[list[Any]]:
    """Return the alternatives of each stretch of the utterance; empty where the form is none that is known."""
    if isinstance(value, list):
        nested = [_alternatives(each) for each in value[:MAX_ARCS]]
        return nested if nested and all(nested) else [value]
    if isinstance(value, str):
        return [[value]]
    if not isinstance(value, dict):
        return []
    for key in LISTS:
        if isinstance(value.get(key), list):
            return [value[key]]
    for key in STRETCHES:
        if isinstance(value.get(key), list) and value[key]:
            return [_alternatives(each) or [each] for each in value[key][:MAX_ARCS]]
    return [[value]] if any(isinstance(value.get(key), str) for key in TEXTS) else []


def _alternatives(value: Any) -> list[Any]:
    """Return the alternatives inside a stretch; empty where it is no list of them."""
    inner = value.get("alternatives") if isinstance(value, dict) else value
    return inner if isinstance(inner, list) else []


def _of_stretches(stretches: Sequence[list[Any]]) -> tuple[Heard, tuple[Fault, ...]]:
    """Join the alternatives of stretches that follow each other; their probabilities multiply."""
    faults: list[Fault] = []
    rows = [row for each in stretches if (row := _probable(_scored(each, faults)))]
    if len(rows) <= 1:
        return _heard(rows[0] if rows else [], "n_best"), tuple(faults)
    arcs = [
        Arc(place, place + 1, text, math.log(max(p, 1e-12)))
        for place, row in enumerate(rows[:MAX_ARCS])
        for text, p in row
    ]
    total = math.prod(sum(p for _, p in row) for row in rows)
    paths = best_paths(arcs[:MAX_ARCS], (), (), MAX_HYPOTHESES)
    return _heard([(text, share * total) for text, share in paths], "n_best"), tuple(faults)


def _of_lattice(value: dict[str, Any]) -> tuple[Heard, tuple[Fault, ...]]:
    faults: list[Fault] = []
    listed = value["arcs"]
    if len(listed) > MAX_ARCS:
        faults.append(
            _fault(MAX_ARCS, "too_many", f"{len(listed)} arcs; the first {MAX_ARCS} are read")
        )
    arcs = []
    for place, each in enumerate(listed[:MAX_ARCS]):
        if isinstance(each, dict) and _state(each.get("from")) and _state(each.get("to")):
            word, score = _text(each), _score(each)
            arcs.append(Arc(each["from"], each["to"], word or "", 0.0 if score is None else score))
        else:
            faults.append(_fault(place, "not_an_arc", "an arc leads from a state to a state"))
    if arcs and all(0 < arc.score <= 1 for arc in arcs):
        arcs = [arc._replace(score=math.log(arc.score)) for arc in arcs]
    starts, ends = _states(value, "start"), _states(value, "end")
    paths = best_paths(arcs, starts, ends, MAX_HYPOTHESES)
    if not paths:
        faults.append(
            _fault(0, "no_path", "no way leads through the lattice from its start to its end")
        )
    return _heard(paths, "lattice"), tuple(faults)


def _scored(values: Sequence[Any], faults: list[Fault]) -> list[_Scored]:
    found = []
    for place, value in enumerate(values[:MAX_READ]):
        text = value if isinstance(value, str) else _text(value)
        if text is None:
            faults.append(_fault(place, "no_text", "a hypothesis has a text"))
        elif text.strip() and text not in SILENT:
            score = _score(value) if isinstance(value, dict) else None
            found.append(_Scored(text, score))
    return found


def _text(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    found = (value[key] for key in TEXTS if isinstance(value.get(key), str))
    return next(found, None)


def _score(value: dict[str, Any]) -> float | None:
    """Return the number that says how sure the recogniser is; of tokens the mean logarithm, made a probability."""
    for key in SCORES:
        number = value.get(key)
        if (
            isinstance(number, int | float)
            and not isinstance(number, bool)
            and math.isfinite(number)
        ):
            return math.exp(min(number, 0.0)) if key == "avg_logprob" else float(number)
    tokens = value.get("tokens")
    sure = [each["p"] for each in tokens if _is_share(each)] if isinstance(tokens, list) else []
    return math.exp(sum(map(math.log, sure)) / len(sure)) if sure else None


def _is_share(token: Any) -> bool:
    p = token.get("p") if isinstance(token, dict) else None
    return isinstance(p, float | int) and 0 < p <= 1


def _probable(scored: Sequence[_Scored]) -> Likely:
    """Return the probability of each text (module docstring), in the order they came."""
    known = [each.score for each in scored if each.score is not None]
    if any(score < 0 or score > 1 for score in known):
        total = sum(math.exp(min(score, 1.0)) for score in known)
        top = 0.0 if MIN_SUM <= total <= 1 else max(known)
        values = [None if s is None else math.exp(max(s - top, -700.0)) for _, s in scored]
    else:
        values = [s or None for _, s in scored]
    filled: list[float] = []
    for value in values:
        filled.append(value if value is not None else (filled[-1] if filled else 1.0) / 2)
    total = max(sum(filled), 1.0)
    return [(text, p / total) for (text, _), p in zip(scored, filled, strict=True)]


def _heard(likely: Likely, mode: Form) -> Heard:
    """Return the most probable texts; those that differ in spaces and case alone are one."""
    texts: dict[str, str] = {}
    sums: dict[str, float] = {}
    for text, p in likely:
        bare = " ".join(text[:MAX_LETTERS].split())
        key = bare.casefold()
        if key:
            texts.setdefault(key, bare)
            sums[key] = sums.get(key, 0.0) + p
    best = sorted(sums, key=lambda key: -sums[key])[:MAX_HYPOTHESES]
    found = tuple(Hypothesis(texts[key], round(min(sums[key], 1.0), 6)) for key in best)
    return Heard(found, mode) if found else Heard()


def _state(value: Any) -> TypeGuard[State]:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _states(value: dict[str, Any], key: str) -> tuple[State, ...]:
    """Return the states a key names: one, or several in a list."""
    found = value.get(key)
    listed = found if isinstance(found, list) else [found]
    return tuple(state for state in listed if _state(state))


def _fault(place: int, rule: str, message: str) -> Fault:
    return Fault.at(SOURCE, place, rule, message)
