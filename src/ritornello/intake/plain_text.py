"""Hostile HTML as plain text: the words alone, on as many lines as there were paragraphs.

What remains is text, not markup: it may hold any sign, and whoever shows it escapes it.
"""

import re
from html import unescape

# One pass; a comment, script or style that never ends takes the rest with it.
_MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<hidden>script|style|template|title)\b.*?(?:</(?P=hidden)\s*>|\Z)"
    r"|</?(?P<name>[a-zA-Z][a-zA-Z0-9:-]*)[^<>]*>"
    r"|<[!?][^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
_ENDS_A_LINE = frozenset({
    "address", "article", "aside", "blockquote", "br", "cite", "dd", "div", "dl", "dt", "figure", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
    "table", "time", "tr", "ul",
})  # fmt: skip
_BLANKS = re.compile(r"[^\S\n]{2,}|[^\S\n ]")
_LINES = re.compile(r" ?\n[ \n]*")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def plain(text: str, limit: int) -> str:
    r"""Return what a text says without its markup, of at most ``limit`` characters.

    Examples
    --------
    >>> plain("<p>One &amp; two<script>alert(1)</script></p><p>three", 100)
    'One & two\nthree'
    """
    without = _MARKUP.sub(_break, text[: 8 * limit])
    return squeezed(unescape(without))[:limit].rstrip()


def squeezed(text: str) -> str:
    """Return a text without what nobody sees, its blanks single and its lines not empty."""
    return _LINES.sub("\n", _BLANKS.sub(" ", _UNSEEN.sub("", text))).strip()


def _break(markup: re.Match[str]) -> str:
    return "\n" if (markup["name"] or "").lower() in _ENDS_A_LINE else ""
