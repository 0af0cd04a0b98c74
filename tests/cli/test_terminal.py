"""Answers: one line of JSON for programs, a sentence and a table for people, nothing that steers."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.cli.terminal import answer, printable, progress, say


class Row(msgspec.Struct):
    name: str
    n_plays: int
    share: float | None = None
    fits: bool = True


def test_json_is_one_line_on_standard_output(capsys):
    answer([Row("ä", 1)], as_json=True, sentence="unseen")
    out, err = capsys.readouterr()
    assert out == '[{"name":"ä","n_plays":1,"share":null,"fits":true}]\n'
    assert err == ""


def test_a_person_reads_a_sentence_then_a_table(capsys):
    answer([Row("a", 12345, 0.123456)], as_json=False, sentence="Here it is.")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Here it is."
    assert lines[1].split() == ["name", "n", "plays", "share", "fits"]
    assert lines[2].split() == ["a", "12,345", "0.1235", "yes"]


def test_a_record_reads_downwards(capsys):
    answer({"n_files": 3, "by_rung": {"personal": 2}}, as_json=False)
    assert capsys.readouterr().out.split() == ["n", "files", "3", "by", "rung", "personal", "2"]


def test_a_sentence_may_be_all(capsys):
    answer(Row("a", 1), as_json=False, sentence="Done.", table=False)
    assert capsys.readouterr().out == "Done.\n"


def test_a_long_cell_is_whole_when_nobody_watches(capsys):
    answer([Row("x" * 300, 1)], as_json=False)
    assert "x" * 300 in capsys.readouterr().out


@given(st.text())
def test_nothing_shown_can_steer_a_terminal(text):
    shown = printable(text)
    assert len(shown) == len(text)
    assert all(c.isprintable() or c == "\n" for c in shown)


def test_markup_in_a_title_is_only_text(capsys):
    answer([Row("[bold]x[/bold] \x1b[31m", 1)], as_json=False)
    assert "[bold]x[/bold] ·[31m" in capsys.readouterr().out


def test_what_is_going_on_is_told_on_standard_error(capsys):
    say("Training …")
    assert capsys.readouterr() == ("", "Training …\n")


def test_no_bar_is_drawn_where_nobody_watches(capsys):
    with progress("Training") as tell:
        tell("half", 0.5)
    assert capsys.readouterr() == ("", "")


def test_a_bar_is_drawn_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with progress("Training") as tell:
        tell("half", 0.5)
    out, err = capsys.readouterr()
    assert out == ""
    assert "Training" in err


@pytest.mark.parametrize("value", [[], {}])
def test_nothing_is_an_answer(value, capsys):
    answer(value, as_json=False, sentence="None.")
    assert capsys.readouterr().out == "None.\n"
