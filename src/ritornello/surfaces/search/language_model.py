"""A request read by a language model that somebody runs: optional, and held to what exists.

The model is asked only where the grammar leaves words unread, and all it can do is name chips: those that do not parse,
that the lexicon does not know, or that name an item are dropped, and so is every word nobody said. So it cannot invent an
item, a tag or a filter. Where it is slow, broken or hostile the grammar's own reading stands. The request goes to the
configured host alone, without redirects, and carries the listener's words and the lexicon's, nothing of who asks.

The wire is the chat completion of OpenAI, which most servers of models speak.
"""

import logging
from urllib.parse import urlsplit

import msgspec

from ritornello.catalog.view import spelt
from ritornello.intake.fetching import Fetcher
from ritornello.intake.hosts import Hosts
from ritornello.intake.refusal import Refused
from ritornello.kinds.errors import BadValue
from ritornello.kinds.settings import Settings
from ritornello.surfaces.search import chips as of_text
from ritornello.surfaces.search import grammar
from ritornello.surfaces.search.chips import CHIP_KINDS, Chip, joined
from ritornello.surfaces.search.grammar import Reading
from ritornello.surfaces.search.lexicon import Lexicon, declared
from ritornello.surfaces.search.naming import Names
from ritornello.surfaces.search.tokens import MAX_LETTERS, words_of

LIMIT_BYTES = 65_536
N_GENRES = 200
N_CHIPS = 12
NEVER = frozenset({"by", "like"})
"""Kinds whose values are ids, which a model has no say in."""
_ANYWHERE = "0.0.0.0/0 ::/0"
_TASK = (
    "You read what somebody asks of an audio service. Answer with one JSON object and nothing else: "
    '{"chips": [...], "words": "..."}. A chip is "kind:value", with "-" before it where it is not wanted. '
    "Use only these kinds and values. Put into words what remains to be matched as a name, in the listener's own words."
)

log = logging.getLogger(__name__)


class _Said(msgspec.Struct, frozen=True):
    content: str


class _Choice(msgspec.Struct, frozen=True):
    message: _Said


class _Completion(msgspec.Struct, frozen=True):
    choices: list[_Choice]


class _Answer(msgspec.Struct, frozen=True):
    chips: list[str] = []
    words: str = ""


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Reads requests with a model; ``key`` is sent and never shown."""

    url: str
    model: str
    fetcher: Fetcher
    key: str = ""

    def __repr__(self) -> str:
        return f"Reader({self.model!r})"

    def read(self, text: str, lexicon: Lexicon, names: Names | None = None) -> Reading:
        """Read a request; by the grammar alone where that reads all of it, or no model answers."""
        own = grammar.read(text, lexicon, names)
        if not own.words or (names or lexicon.makers)(own.words):
            return own
        try:
            answer = _answer(
                self.fetcher.post(self.url, self._request(text, lexicon), self._headers)
            )
        except (Refused, BadValue) as error:
            log.warning("the language model gave no reading: %s", error)
            return own
        return _reading(own, answer, lexicon)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def _request(self, text: str, lexicon: Lexicon) -> bytes:
        said = msgspec.json.encode({"request": text[:MAX_LETTERS]}).decode()
        messages = [
            {"role": "system", "content": f"{_TASK}\n{vocabulary(lexicon)}"},
            {"role": "user", "content": said},
        ]
        body = {"model": self.model, "temperature": 0, "messages": messages}
        return msgspec.json.encode(body)


def reader_of(settings: Settings) -> Reader | None:
    """Return the reader that settings ask for; ``None`` where they name no model.

    Raises
    ------
    BadValue : an address that is none, or a key that cannot be sent.
    """
    url, key = settings["language_model_url"], settings["language_model_key"]
    if not url:
        return None
    if not key.isascii() or not (key.isprintable() or not key):
        raise BadValue("language_model_key has characters that no header can carry")
    try:
        split = urlsplit(url)
        hosts = Hosts.parse(f"{_origin(split.scheme, split.netloc)} {_ANYWHERE}")
        hosts.target(url)
    except (Refused, ValueError) as error:
        message = "language_model_url is no address; write https://host/v1/chat/completions"
        raise BadValue(message) from error
    fetcher = Fetcher(
        hosts=hosts,
        limit_bytes=LIMIT_BYTES,
        deadline_s=settings["language_model_deadline_ms"] / 1000,
    )
    return Reader(url=url, model=settings["language_model"], fetcher=fetcher, key=key)


def vocabulary(lexicon: Lexicon) -> str:
    """Return the kinds and values a model may use, one kind a line."""
    values: dict[str, dict[str, None]] = {kind: {} for kind in CHIP_KINDS if kind not in NEVER}
    known = [chip for found in declared().said.values() for chip in found]
    words = [word for found in lexicon.phrases.values() for word in found]
    for chip in (*known, *words):
        kind, _, value = chip.removeprefix("-").partition(":")
        if len(values[kind]) < N_GENRES:
            values[kind][value] = None
    lines = (f"{kind}: {', '.join(known)}" for kind, known in values.items() if known)
    return "\n".join(
        (*lines, "era: also a period such as 1990..1999", "tempo: also a range such as 120..140")
    )


def _origin(scheme: str, netloc: str) -> str:
    """Return a host as an allow-list names it."""
    return f"http://{netloc}" if scheme == "http" else netloc


def _answer(body: bytes) -> _Answer:
    """Return what a model said.

    Raises
    ------
    BadValue : no completion, or one that holds no such object.
    """
    try:
        choices = msgspec.json.decode(body, type=_Completion).choices
        content = choices[0].message.content if choices else ""
        start, end = content.find("{"), content.rfind("}") + 1
        return msgspec.json.decode(content[start:end].encode(), type=_Answer)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadValue(f"not answered as asked: {type(error).__name__}") from error


def _reading(own: Reading, answer: _Answer, lexicon: Lexicon) -> Reading:
    """Return the grammar's reading with the chips of a model that exist, and those of its words that were said."""
    spoken = set(words_of(own.text))
    found = [chip for text in answer.chips[:N_CHIPS] if (chip := _existing(text, spoken, lexicon))]
    if not found:
        return own
    left = [
        word
        for word in own.words.split()
        if set(words_of(word)) & set(words_of(answer.words[:MAX_LETTERS]))
    ]
    return Reading(own.text, " ".join(left), joined(own.chips, found), own.doubts)


def _existing(text: str, spoken: set[str], lexicon: Lexicon) -> Chip | None:
    """Return the chip a model names, if it is one that can be meant; what is to be spoken must have been said."""
    try:
        chip = of_text.parse(text)
    except BadValue:
        return None
    if chip.kind in NEVER or not lexicon.knows(chip):
        return None
    if chip.kind == "said" and not set(words_of(chip.value)) <= spoken:
        return None
    return chip if chip.value == spelt(chip.value) or chip.kind != "said" else None
