"""Every measure beyond accuracy against published packages, by its name, over the oracle's lists."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from ritornello.kinds.errors import BadValue
from ritornello.measures.about import About, Entries, Lists, lists_of
from ritornello.measures.beyond import MEASURES
from ritornello.measures.classification import MEASURES as CLASSIFIERS
from ritornello.measures.matching import Judged, Ranked, match
from ritornello.measures.names import parse

KS = (1, 5, 10)


class World:
    """The oracle's lists, what is known about them, and what published packages made of them."""

    def __init__(self, folder: Path) -> None:
        def rows(name: str) -> list[dict[str, str]]:
            with (folder / name).open(newline="") as lines:
                return list(csv.DictReader(lines))

        def entries(name: str) -> Entries:
            found = rows(name)
            users = np.array([int(row["user_id"][1:]) for row in found])
            return Entries(users, self.numbers(found), np.ones(len(found)))

        items = rows("item_features.csv")
        self.number = {row["item_id"]: n for n, row in enumerate(items)}
        first = {row["item_id"]: row["category"] for row in rows("item_first_category.csv")}
        kinds = sorted(set(first.values()))
        self.first_traits = Entries(
            np.arange(len(items)),
            np.array([kinds.index(first[row["item_id"]]) for row in items]),
            np.ones(len(items)),
        )
        traits = np.array([[float(row[name]) for name in list(row)[1:]] for row in items])
        recs, histories = rows("recs.csv"), entries("train.csv")
        users = np.array([int(row["user_id"][1:]) for row in recs])
        scores = np.array([float(row["score"]) for row in recs])
        self.lists = lists_of(users, self.numbers(recs), scores)
        self.about = About(
            n_topics=60,
            n_items=len(items),
            popularity=np.bincount(histories.columns, minlength=len(items)).astype(float),
            n_listeners=60,
            traits=Entries(*np.nonzero(traits), traits[np.nonzero(traits)]),
            vectors=np.loadtxt(folder / "item_embeddings.csv", delimiter=","),
            histories=histories,
            relevant=entries("test.csv"),
        )
        self.reference = json.loads((folder / "reference.json").read_text())

    def numbers(self, rows: list[dict[str, str]]) -> np.ndarray:
        return np.array([self.number[row["item_id"]] for row in rows])

    def values(self, name: str) -> np.ndarray:
        return parse(name)(self.lists, self.about)

    def mean(self, name: str) -> float:
        return float(self.values(name).mean())

    def relevance(self, name: str) -> float:
        """The same of a measure of relevance, over all listeners."""
        places = np.arange(self.lists.items.shape[1])
        rows, columns = np.nonzero(self.lists.items >= 0)
        ranked = Ranked(self.lists.topics[rows], self.lists.items[rows, columns], -places[columns])
        right = self.about.relevant
        return float(
            parse(name)(match(ranked, Judged(right.rows, right.columns, right.values))).mean()
        )


@pytest.fixture(scope="module")
def world(shared: Path) -> World:
    return World(shared / "oracles" / "diversity")


RECTOOLS = {
    "Serendipity": lambda world, k: world.mean(f"serendipity@{k}"),
    "MIUF": lambda world, k: world.mean(f"novelty@{k}"),
    "AvgRecPopularity": lambda world, k: world.mean(f"ARP@{k}"),
    "AvgRecPopularity_norm": lambda world, k: world.mean(f"ARP@{k}") / world.about.popularity.sum(),
    "CatalogCoverage": lambda world, k: world.mean(f"coverage@{k}") * world.about.n_items,
    "CatalogCoverage_norm": lambda world, k: world.mean(f"coverage@{k}"),
    "ILD_hamming": lambda world, k: world.mean(f"trait_ILD@{k}"),
    "UnrepeatedReco": lambda world, k: (world.values(f"unrepeated@{k}") == 1).mean(),
    "SufficientReco": lambda world, k: (world.values(f"filled@{k}") == 1).mean(),
}

"""Each listener has ten right items, so that R is 10 in MAP, whose sum RecTools may divide by k instead."""
RECTOOLS_RELEVANCE = {
    "Precision": lambda world, k: world.relevance(f"P@{k}"),
    "R-Precision": lambda world, k: world.relevance(f"P(relative=true)@{k}"),
    "Recall": lambda world, k: world.relevance(f"R@{k}"),
    "HitRate": lambda world, k: world.relevance(f"Success@{k}"),
    "F1": lambda world, k: world.relevance(f"F1@{k}"),
    "MAP": lambda world, k: world.relevance(f"AP@{k}"),
    "NDCG": lambda world, k: world.relevance(f"nDCG@{k}"),
    "MRR": lambda world, k: world.relevance(f"RR@{k}"),
    "PartialAUC": lambda world, k: world.relevance(f"pAUC@{k}"),
    "PAP": lambda world, k: world.relevance(f"pAp@{k}"),
    "Accuracy": lambda world, k: world.mean(f"binary_accuracy@{k}"),
    "MCC": lambda world, k: world.mean(f"MCC@{k}"),
}
DIVIDED = {"MAP": "MAP@{k}(divide_by_k=False)"}


@pytest.mark.data
@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("theirs", RECTOOLS_RELEVANCE)
def test_relevance_is_rectools(world: World, theirs: str, k: int) -> None:
    expected = world.reference["rectools"][DIVIDED.get(theirs, f"{theirs}@{{k}}").format(k=k)]
    assert RECTOOLS_RELEVANCE[theirs](world, k) == pytest.approx(expected, rel=1e-9)


@pytest.mark.data
@pytest.mark.parametrize("k", KS)
def test_the_area_under_the_first_places_is_replays(world: World, k: int) -> None:
    expected = world.reference["replay"][f"RocAuc@{k}"]
    assert world.relevance(f"AUC@{k}") == pytest.approx(expected, rel=1e-9)


@pytest.mark.data
@pytest.mark.parametrize("k", KS)
def test_map_divided_by_k_is_rectools_and_replays(world: World, k: int) -> None:
    found = world.relevance(f"AP@{k}") * 10 / k
    assert found == pytest.approx(
        world.reference["rectools"][f"MAP@{k}(divide_by_k=True)"], rel=1e-9
    )
    assert found == pytest.approx(world.reference["replay"][f"MAP@{k}"], rel=1e-9)


@pytest.mark.data
@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("theirs", RECTOOLS)
def test_is_rectools(world: World, theirs: str, k: int) -> None:
    expected = world.reference["rectools"][f"{theirs}@{k}"]
    assert RECTOOLS[theirs](world, k) == pytest.approx(expected, rel=1e-9)


@pytest.mark.data
def test_is_rectools_list_by_list(world: World) -> None:
    found = world.values("trait_ILD@10")
    expected = world.reference["rectools_per_user_ild10"]
    assert {f"u{u}": v for u, v in enumerate(found)} == pytest.approx(expected, rel=1e-9)


@pytest.mark.data
@pytest.mark.parametrize("k", KS)
def test_is_replay_where_lists_are_full(world: World, k: int) -> None:
    """RePlay divides by k where a list is shorter; u3 has four places, all others ten."""
    n_places = np.minimum(np.where(np.arange(60) == 3, 4, 10), k)
    short = n_places / k
    replay = world.reference["replay"]
    surprisal = (world.values(f"novelty@{k}") / math.log2(60) * short).mean()
    assert surprisal == pytest.approx(replay[f"Surprisal@{k}"], rel=1e-9)
    assert world.mean(f"coverage@{k}") == pytest.approx(replay[f"Coverage@{k}"], rel=1e-9)
    assert world.mean(f"new@{k}") == pytest.approx(replay[f"Novelty@{k}"], rel=1e-9)
    if k > 1:
        of_first = replace(world.about, traits=world.first_traits)
        variety = (parse(f"variety@{k}")(world.lists, of_first) * short).mean()
        assert variety == pytest.approx(replay[f"CategoricalDiversity@{k}"], rel=1e-9)


@pytest.mark.data
def test_unexpectedness_is_replays_against_what_was_heard_later(world: World) -> None:
    """The ten test items of each stood for what is expected; which five come first, the file does not say."""
    right = world.about.relevant
    later = lists_of(right.rows, right.columns, right.values)
    against = replace(world.about, expected=later)
    found = parse("unexpectedness@10")(world.lists, against)
    n_places = np.where(np.arange(60) == 3, 4, 10)
    of_k = 1 - (1 - found) * n_places / 10
    assert of_k.mean() == pytest.approx(world.reference["replay"]["Unexpectedness@10"], rel=1e-9)


@pytest.mark.data
def test_is_what_the_definitions_come_to(world: World) -> None:
    expected = world.reference["definitions"]
    assert world.mean("Gini") == pytest.approx(
        expected["gini_recommendation_counts_incl_zero"], rel=1e-9
    )
    assert world.mean("entropy") == pytest.approx(
        expected["shannon_entropy_bits_rec_counts"], rel=1e-9
    )
    assert world.mean("Simpson") == pytest.approx(expected["simpson"], rel=1e-9)
    assert world.mean("coverage") * 120 == pytest.approx(expected["aggregate_diversity"])
    n_places = (world.lists.items >= 0).sum(axis=1)
    of_places = np.average(world.values("novelty@10"), weights=n_places)
    assert of_places == pytest.approx(expected["novelty_mean_self_information_bits_10"], rel=1e-9)


@pytest.mark.data
@pytest.mark.parametrize(
    ("by", "theirs"),
    [("KL", "KL_bits_alpha.01"), ("JS", "JS_distance_base2"), ("Hellinger", "hellinger")],
)
def test_calibration_is_what_the_definitions_come_to(world: World, by: str, theirs: str) -> None:
    found = world.values(f"calibration(by={by})@10")
    for user, expected in world.reference["definitions"]["calibration_steck2018"]["users"].items():
        assert found[int(user[1:])] == pytest.approx(expected[theirs], rel=1e-9)


@pytest.mark.data
def test_gs_of_a_list_is_what_the_definition_comes_to(world: World) -> None:
    """The oracle's formula leaves the mean unnormalised: it is the square of ours."""
    for each in world.reference["definitions"]["gs_score_anderson2020"]["users"].values():
        lists = Lists(np.zeros(1, np.int64), np.array([each["items"]]))
        found = parse("GS")(lists, world.about)
        assert found**2 == pytest.approx(each["unweighted"], rel=1e-9)


@pytest.mark.parametrize("of", MEASURES, ids=lambda of: of.word)
def test_names_print_as_they_parse_and_say_what_they_need(of) -> None:
    at = "@10" if of.at else ""
    assert str(parse(f"{of.word}{at}")) == f"{of.word}{at}"
    assert of.asks == "lists"
    assert (of.kernel.__doc__ or "").startswith("Return")
    assert set(of.needs) <= set(About.__struct_fields__)


def test_the_page_tells_every_one_of_them_and_nothing_else() -> None:
    page = (Path(__file__).parents[2] / "docs" / "measures.md").read_text(encoding="utf-8")
    told = page.partition("## Beyond accuracy")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in told.splitlines() if line.startswith("| `")]
    names = [name.partition("@")[0] for row in rows for name in row.split("`")[1::2]]
    assert {of.word for of in (*MEASURES, *CLASSIFIERS)} == set(names)


@pytest.mark.parametrize("of", [of for of in MEASURES if of.needs], ids=lambda of: of.word)
def test_what_was_not_stated_is_refused_by_name(of) -> None:
    lists = Lists(np.zeros(1, np.int64), np.zeros((1, 3), np.int64))
    with pytest.raises(BadValue, match="|".join(of.needs)):
        of.kernel(lists, About(n_topics=1, n_items=2), k=3)


@pytest.mark.parametrize("of", MEASURES, ids=lambda of: of.word)
def test_an_empty_list_is_worth_nothing_rather_than_0(of) -> None:
    lists = Lists(np.array([0, 1]), np.array([[0, 1], [-1, -1]]))
    cells = Entries(np.array([0, 1]), np.array([0, 1]), np.ones(2))
    about = About(
        n_topics=2,
        n_items=2,
        popularity=np.ones(2),
        n_listeners=2,
        traits=cells,
        vectors=np.eye(2),
        histories=cells,
        relevant=cells,
        earlier=lists,
        expected=lists,
    )
    found = of.kernel(lists, about, k=2)
    if of.grain == "run":
        assert np.isfinite(found).all()
        assert found.shape == (1,)
    else:
        assert np.isfinite(found[0])
        assert found[1] == 0 if of.word == "filled" else np.isnan(found[1])
        assert of.low <= found[0] <= of.high
