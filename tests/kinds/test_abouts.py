"""What a correction is about: read, written, refused in words."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.abouts import About, parse
from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.kinds.ids import AboutId

ID = "01a1fd0f-7ef3-7393-96f5-ee9134f4691f"


@pytest.mark.parametrize(
    ("about_id", "about"),
    [
        ("track:a", About("item", item_id="track:a")),
        ("genre:drum & bass", About("genre", genre="drum & bass")),
        (f"listen:{ID}", About("listen", event_id=UUID(ID))),
        ("context:radio:", About("context", context_kind="radio")),
        ("context:playlist:a:b", About("context", context_kind="playlist", context_id="a:b")),
        (
            "hours:22-06@America/Argentina/Ushuaia",
            About("hours", from_hour=22, until_hour=6, time_zone="America/Argentina/Ushuaia"),
        ),
    ],
)
def test_what_is_read_is_written_the_same(about_id: str, about: About) -> None:
    assert parse(about_id) == about
    assert str(about) == about_id


@pytest.mark.parametrize(
    ("about_id", "words"),
    [
        (f"listen:{ID.upper()}", "names no listen"),
        ("listen:1", "names no listen"),
        ("context:playlist", "names no context"),
        ("hours:22-24@UTC", "midnight is 00"),
        ("hours:07-07@UTC", "ends where it begins"),
        ("hours:22@UTC", "names no hours"),
        ("hours:22-06@Mars/Olympus", "no time zone"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(about_id: str, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        parse(about_id)


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="did you mean 'genre'"):
        parse("genr:rock")


@given(st.from_regex(AboutId.__metadata__[0].pattern, fullmatch=True))
def test_an_id_that_may_be_said_is_read_and_written_the_same_or_refused(about_id: str) -> None:
    msgspec.convert(about_id, AboutId)
    try:
        about = parse(about_id)
    except BadValue:
        return
    assert str(about) == about_id
