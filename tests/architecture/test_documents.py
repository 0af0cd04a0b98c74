"""What the docs list is what the code has: settings, commands and measures of relevance.

``RITORNELLO_WRITE_DOCS=1 pytest tests/architecture/test_documents.py`` writes the lists anew.
"""

import inspect
import os
from pathlib import Path

import pytest
from typer.main import get_command

from ritornello.cli.app import put_together
from ritornello.kinds.settings import SETTINGS
from ritornello.measures import names

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN = "<!-- from the code: begin -->\n"
END = "<!-- from the code: end -->\n"


def settings():
    """Every setting as a row."""
    yield "| setting | default | unit | what it does |\n|---|---|---|---|\n"
    for s in SETTINGS:
        yield f"| `{s.name}` | `{s.default}` | {s.unit} | {s.help} |\n"


def commands(group=None, path="ritornello"):
    """Every command with what it does and takes."""
    for name, command in sorted((group or get_command(put_together())).commands.items()):
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
            continue
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option"]
        words = " ".join([path, name, *(p.name.upper() for p in arguments)])
        yield f"### `{words}`\n\n{command.help}\n\n"
        yield from (f"- `{p.name.upper()}`: {p.help}\n" for p in arguments)
        yield from (f"- `{p.opts[0]}`: {p.help}\n" for p in options if p.name not in COMMON)
        if arguments or any(p.name not in COMMON for p in options):
            yield "\n"


def measures():
    """Every measure of relevance: what its kernel says, its range, its parameters, its other names."""
    for of in names.table().values():
        if of.asks == "lists":
            continue
        k = "" if of.at is None else f"@{of.at[0]}" if of.at[1].required else f"[@{of.at[0]}]"
        said, _, _ = inspect.getdoc(of.kernel).partition("\n\nRaises\n")
        said = said.replace("``", "`").removeprefix("Return ")
        end = "up" if of.high == float("inf") else f"to {of.high:g}"
        facts = [f"{of.unit}, {of.low:g} {end}, better {of.direction}"]
        facts += [f"a run's number is the {of.total}"] * (of.total != "mean")
        facts += [f"`{name}`: {p.about}{default(p)}" for name, p in of.parameters.items()]
        aliases = [alias.partition("=")[0] for alias in of.aliases]
        facts += [f"also read: {', '.join(f'`{each}`' for each in aliases)}"] * bool(aliases)
        yield f"### `{of.word}{k}`\n\n{said[0].upper()}{said[1:]}\n\n"
        yield "".join(f"- {fact}\n" for fact in facts) + "\n"


def default(parameter):
    """Say what a parameter is unless told."""
    if parameter.required:
        return " (required)"
    return "" if parameter.default is None else f" (`{str(parameter.default).lower()}`)"


COMMON = ("home", "json")


@pytest.mark.parametrize(
    ("name", "lines"),
    [("settings.md", settings), ("commands.md", commands), ("measures.md", measures)],
    ids=["settings", "commands", "measures"],
)
def test_a_page_lists_what_the_code_has(name, lines):
    page = DOCS / name
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    expected = before + BEGIN + "\n" + "".join(lines()).strip() + "\n\n" + END + after
    if os.environ.get("RITORNELLO_WRITE_DOCS"):
        page.write_text(expected, encoding="utf-8")
    assert text == expected, (
        f"docs/{name} and the code differ; the module's docstring says what to do"
    )
