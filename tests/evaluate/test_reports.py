"""A page needs nothing beside it and lets nothing in; JSON loses nothing."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import ritornello
from ritornello.evaluate import reports
from ritornello.evaluate.report import Report
from ritornello.kinds.errors import BadValue
from tests.evaluate.reports_of_all_kinds import HOSTILE, full

VOID = {"meta", "link", "br", "img", "input"}


class Reader(HTMLParser):
    """Every tag with its attributes, all words but those of the style, and what is left open."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.said, self.open = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.said.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.said).split())


@pytest.mark.parametrize("words", ["plain", HOSTILE])
def test_nothing_is_fetched_and_nothing_runs(words):
    page = Reader(reports.html(full(words)))
    assert page.open == []
    assert "script" not in {tag for tag, _ in page.tags}
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
        for name in ("src", "href", "action"):
            assert attributes.get(name, "#").startswith(("#", "data:,")), (tag, attributes)
    assert not re.search(r"url\(|@import|@font-face", reports.html(full()))


def test_the_page_allows_itself_its_own_style_and_nothing_else():
    page = reports.html(full(HOSTILE))
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = next(a["content"] for t, a in Reader(page).tags if a.get("http-equiv"))
    told = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == reports.POLICY
    assert f"style-src 'sha256-{told}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_the_verdict_stands_first_and_the_command_last():
    words = Reader(reports.html(full("it"))).words
    order = ["Offline it", "Nothing is told apart. it", "What to keep in mind", "Results it", "How this was made", "ritornello evaluate offline --entrant 'it'", full("it").id]  # fmt: skip
    places = [words.index(part) for part in order[1:]]
    assert places == sorted(places)


def test_every_number_is_written_with_the_digits_it_deserves():
    words = Reader(reports.html(full())).words
    for written in ("0.200 [0.190, 0.210]", "12,345", "25 %", "below 0.001", "−0.5", "unknown"):
        assert written in words
    assert "nan" not in words
    assert "None" not in words


def test_every_picture_has_a_name_or_stands_beside_its_numbers():
    page = reports.html(full())
    pictures = re.findall(r"<svg[^>]*>(?:<title>([^<]+)</title>)?", page)
    named = re.findall(r"<svg[^>]*role=\"img\"[^>]*><title>[^<]+</title>", page)
    hidden = re.findall(r"<svg[^>]*aria-hidden=\"true\"", page)
    assert len(pictures) == len(named) + len(hidden) == 5 + 1


def test_a_report_without_anything_is_a_page_too():
    page = Reader(reports.html(Report("Nothing", "There was nothing to judge.")))
    assert page.open == []
    assert "There was nothing to judge." in page.words


@pytest.mark.parametrize("words", ["plain", HOSTILE])
def test_json_and_back_is_the_same_report(words):
    again = reports.from_json(reports.to_json(full(words)))
    assert again == full(words)
    assert again.id == full(words).id
    assert reports.html(again) == reports.html(full(words))


@pytest.mark.parametrize("content", [b"", b"{}", b'{"title": 1, "verdict": ""}', b"\xff"])
def test_what_is_no_report_is_said_to_be_none(content):
    with pytest.raises(BadValue, match="no report"):
        reports.from_json(content)


def test_a_report_and_the_pages_share_their_colours():
    look = Path(ritornello.__file__).parent / "serve" / "web" / "static" / "look.css"
    ours = re.findall(r"(--[\w-]+): (#\w+);", reports.html(full()).partition("@media print")[0])
    theirs = re.findall(r"(--[\w-]+): (#\w+);", look.read_text(encoding="utf-8"))
    assert ours
    assert set(ours) <= set(theirs)
