"""One part of an evaluation judged: its collection frozen, a run an entrant and draw, values by group, differences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from ritornello.evaluate import segments
from ritornello.evaluate.asking import Entrant, Part, Rankings
from ritornello.evaluate.collections import Collection
from ritornello.evaluate.content import FloatArray, NumberArray
from ritornello.evaluate.field import Field
from ritornello.evaluate.in_service import InService
from ritornello.evaluate.runs import Run
from ritornello.evaluate.scoring import score
from ritornello.evaluate.warned import Warned
from ritornello.kinds.ids import ListenerId
from ritornello.measures import names
from ritornello.measures.resampling import Interval, interval, paired_interval

N_RESAMPLES, N_RESAMPLES_OF_GROUPS = 10_000, 2_000


class Value(msgspec.Struct, frozen=True):
    """What one entrant reached by one measure: of all judged listeners (``segment`` is empty), or of a group."""

    part: Part
    entrant: str
    measure: str
    segment: str
    group: str
    at: Interval


class Difference(msgspec.Struct, frozen=True):
    """How much an entrant is above the first one by a measure, over the same listeners."""

    part: Part
    entrant: str
    against: str
    measure: str
    at: Interval


class Judgement(msgspec.Struct, frozen=True):
    """What a part was judged by: listeners, what was right for them, and what of both nobody knew by the split."""

    part: Part
    collection_id: str
    n_listeners: int
    n_right: int
    n_listeners_unknown: int
    n_right_unknown: int


class Answers(msgspec.Struct, frozen=True):
    """What each entrant ranked, for listeners in their order: one ``Rankings`` an entrant and draw."""

    listeners: tuple[ListenerId, ...]
    of: dict[str, tuple[Rankings, ...]]


class Judged(NamedTuple):
    """What a part came to."""

    judgement: Judgement
    collection: Collection
    runs: list[Run]
    values: list[Value]
    differences: list[Difference]
    warnings: list[Warned]


def judge(
    field: Field,
    part: Part,
    answers: Answers,
    *,
    entrants: Sequence[Entrant],
    measures: Sequence[str],
    rng: np.random.Generator,
) -> Judged:
    """Freeze a part's collection, make a run an entrant and draw, and hold them against it."""
    collection = field.collection(part)
    found = Judged(_judgement(field, collection, part), collection, [], [], [], [])
    groups = segments.members([topic.segments for topic in collection.topics])
    first: tuple[str, dict[str, FloatArray]] | None = None
    for entrant in entrants:
        made = list(_runs(field, collection, part, entrant, answers))
        if not made:
            text = f"{entrant.name} ranks nothing of part {part!r}; it has no value there"
            found.warnings.append(Warned("entrant_silent", text))
            continue
        found.runs.extend(made)
        values = _mean_values(field, collection, made, measures)
        for measure, each in values.items():
            found.values.extend(_values((part, entrant.name, measure), each, groups, rng))
            if first is not None:
                at = _paired(each, first[1][measure], rng)
                found.differences.append(Difference(part, entrant.name, first[0], measure, at))
        first = first or (entrant.name, values)
    return found


def _runs(
    field: Field, collection: Collection, part: Part, entrant: Entrant, answers: Answers
) -> Iterator[Run]:
    """Yield a run a draw; those of several draws say which one they are."""
    recipe = {**_recipe(field.service), **entrant.recipe(field.service), "part": part}
    for draw, rankings in enumerate(answers.of[entrant.name]):
        named = entrant.name if entrant.n_draws == 1 else f"{entrant.name} #{draw + 1}"
        run = field.run(collection, part, named, {**recipe, "draw": draw}, rankings)
        if run is not None:
            yield run


def _recipe(service: InService) -> dict[str, object]:
    """Return what all runs of an evaluation share."""
    split, models = service.past.split, service.stock.bundle
    return {
        "split": split.name,
        "at": split.at.isoformat(),
        "model": models.version if models else "none",
        "seed": service.settings["seed"],
    }


def _mean_values(
    field: Field, collection: Collection, made: Sequence[Run], measures: Sequence[str]
) -> dict[str, FloatArray]:
    """Return the mean over the draws of each topic's value, by measure; nan where no draw has one."""
    beyond = any(names.parse(each).needs for each in measures)
    about = field.about(collection) if beyond else None
    scored = [score(run, collection, measures, about=about).values for run in made]
    return {
        measure: np.ma.masked_invalid([each[measure] for each in scored])
        .mean(axis=0)
        .filled(np.nan)
        for measure in measures
    }


def _values(
    of: tuple[Part, str, str],
    values: FloatArray,
    groups: Mapping[tuple[str, str], NumberArray],
    rng: np.random.Generator,
) -> Iterator[Value]:
    """Yield the mean over all listeners and over each group, as far as they have a value.

    Parameters
    ----------
    of : part, entrant and measure.
    """
    known = values[np.isfinite(values)]
    if len(known):
        yield Value(*of, "", "", interval(known, rng, n_resamples=N_RESAMPLES))
    for (segment, group), places in groups.items():
        known = values[places][np.isfinite(values[places])]
        if len(known) >= segments.LEAST:
            at = interval(known, rng, n_resamples=N_RESAMPLES_OF_GROUPS)
            yield Value(*of, segment, group, at)


def _paired(ours: FloatArray, theirs: FloatArray, rng: np.random.Generator) -> Interval:
    """Return the mean difference over the listeners both have a value for."""
    both = np.isfinite(ours) & np.isfinite(theirs)
    return paired_interval(ours[both], theirs[both], rng, n_resamples=N_RESAMPLES)


def _judgement(field: Field, collection: Collection, part: Part) -> Judgement:
    """Count what a part is judged by."""
    judged = collection.judged
    right = judged.grades > 0
    known = np.zeros(len(field.items), np.bool_)
    known[field.rows[field.rows >= 0]] = True
    strangers = sum(topic.segments["known"] == "nothing" for topic in collection.topics)
    return Judgement(
        part,
        collection.id,
        len(collection.topics),
        int(right.sum()),
        strangers,
        int((~known[judged.items[right]]).sum()),
    )
