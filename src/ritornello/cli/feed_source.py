"""Where a podcast's feed is read from: a file, a folder that holds its transcripts too, or the web.

From the web comes only what the setting ``feed_hosts`` names. A host that fails five times running is
not asked again in the same import, so that a feed of a thousand dead addresses costs minutes at most.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import urlsplit

from ritornello.cli.wiring import settings_of
from ritornello.intake import captions, feeds
from ritornello.intake.fetching import Fetcher
from ritornello.intake.hosts import Hosts, absolute
from ritornello.intake.refusal import Refused
from ritornello.kinds.errors import BadValue
from ritornello.store.home import Home

MAX_FAILURES = 5


class FeedSource(NamedTuple):
    """A feed at hand: its document, what else is read, and how; ``address`` if it was fetched."""

    file: Path
    files: Sequence[Path]
    document: feeds.Document | None = None
    address: str | None = None


@contextmanager
def opened(home: Home, source: str) -> Iterator[FeedSource]:
    """Yield the feed a word means: an address with ``://`` in it, or a path.

    Raises
    ------
    NotFound : no such file, or no feed in the folder.
    BadValue : an address that is not allowed, or does not answer.
    """
    if "://" in source:
        with TemporaryDirectory() as folder:
            yield _fetched(home, source, Path(folder))
    elif (folder_given := Path(source)).is_dir():
        file = feeds.feed_of(folder_given)
        beside = [p for p in folder_given.iterdir() if p.suffix.lower() in captions.FORMS]
        files = [file, *(path for path in beside if path.is_file() and not path.is_symlink())]
        yield FeedSource(file, files, feeds.beside(folder_given))
    else:
        yield FeedSource(Path(source), [Path(source)])


def _fetched(home: Home, address: str, folder: Path) -> FeedSource:
    """Fetch a feed into a folder."""
    settings = settings_of(home)
    fetcher = Fetcher(
        hosts=Hosts.parse(settings["feed_hosts"]),
        limit_bytes=settings["feed_limit_bytes"],
        deadline_s=float(settings["feed_deadline_s"]),
    )
    try:
        body = fetcher.fetch(address)
    except Refused as refused:
        raise BadValue(f"the feed was not fetched ({refused.rule}): {refused}") from refused
    file = folder / "feed.xml"
    file.write_bytes(body)
    return FeedSource(file, [file], _web(fetcher, address), address)


def _web(fetcher: Fetcher, feed_address: str) -> feeds.Document:
    """Come by documents on the web, from hosts that answer."""
    n_failures: Counter[str] = Counter()

    def document(address: str) -> bytes:
        address = absolute(address, feed_address)
        host = urlsplit(address).netloc
        if n_failures[host] >= MAX_FAILURES:
            message = f"{host} failed {MAX_FAILURES} times running and was not asked again"
            raise Refused("address", "given_up", message)
        n_failures[host] += 1
        body = fetcher.fetch(address)
        n_failures[host] = 0
        return body

    return document
