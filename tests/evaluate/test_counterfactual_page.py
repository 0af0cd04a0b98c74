"""The page on counterfactual evaluation: its example prints what it says, and it names every estimator and refusal."""

import doctest
import re
from pathlib import Path

import pytest

from ritornello.evaluate.estimators import NAMES, parse
from ritornello.evaluate.slate_support import SLATE_THRESHOLDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "counterfactual.md"


@pytest.fixture(scope="module")
def text():
    return PAGE.read_text(encoding="utf-8")


def test_the_example_prints_what_it_says(text):
    examples = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(examples, {}, PAGE.name, None, None)
    outcome = doctest.DocTestRunner().run(test)
    assert outcome.attempted == 10
    assert outcome.failed == 0


def test_every_estimator_stands_in_the_table_and_every_one_there_exists(text):
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z][^`]*)`", row.split("|")[1])}
    assert {re.sub(r"\(.*", "", name) for name in named} == set(NAMES)
    for name in named:
        assert parse(name)


def test_thresholds_are_those_of_the_code(text):
    assert f"below {SLATE_THRESHOLDS['least_spoken']:.0%}".replace("%", " %") in text
    assert f"above {SLATE_THRESHOLDS['thin_spoken']:.0%}".replace("%", " %") in text
    assert f"at most {SLATE_THRESHOLDS['most_of_all']:.0%}".replace("%", " %") in text
