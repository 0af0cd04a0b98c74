"""Numbers as they are read aloud, and back: "1975" and "nineteen seventy five", "182" and "one eighty two".

Names hold digits, recognisers write words, and the other way round. English only: other languages' numbers stay as they
are written.
"""

from collections.abc import Iterator, Sequence

MAX_DIGITS = 9

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = {word: n for n, word in enumerate(_ONES)} | {"oh": 0}
_WHOLE_TENS = {word: 10 * n for n, word in enumerate(_TENS, start=2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}

Words = tuple[str, ...]


def in_words(digits: str) -> tuple[Words, ...]:
    """Return the ways a run of digits is read, the usual one first.

    Examples
    --------
    >>> [" ".join(words) for words in in_words("1975")]
    ['nineteen seventy five', 'one thousand nine hundred seventy five', 'one nine seven five']
    >>> [" ".join(words) for words in in_words("182")]
    ['one eighty two', 'one hundred eighty two', 'one eight two']
    """
    shown = digits[:MAX_DIGITS]
    one_by_one = tuple(_ONES[int(digit)] for digit in shown)
    if shown[:1] == "0" or len(digits) > MAX_DIGITS:
        return (one_by_one,)
    ways = (*_by_pairs(int(shown)), tuple(_in_full(int(shown))), one_by_one)
    return tuple(dict.fromkeys(ways))


def in_digits(words: Sequence[str]) -> list[str]:
    """Return words with every number in digits.

    Examples
    --------
    >>> in_digits("play blink one eighty two".split()), in_digits("two thousand and five".split())
    (['play', 'blink', '182'], ['2005'])
    """
    return list(_digits(list(words)))


def _by_pairs(n: int) -> Iterator[Words]:
    """Read three or four digits as two numbers, as years and house numbers are."""
    high, low = divmod(n, 100)
    if not 0 < high < 100 or (high % 10 == 0 and low < 10):
        return
    if low == 0:
        yield (*_below_100(high), "hundred")
    else:
        yield (*_below_100(high), *(("oh",) if low < 10 else ()), *_below_100(low))


def _in_full(n: int) -> Iterator[str]:
    for scale, size in (("million", 1_000_000), ("thousand", 1000), ("hundred", 100)):
        if n >= size:
            yield from _in_full(n // size)
            yield scale
            n %= size
            if n == 0:
                return
    yield from _below_100(n)


def _below_100(n: int) -> Words:
    if n < 20:
        return (_ONES[n],)
    tens, ones = divmod(n, 10)
    return (_TENS[tens - 2], _ONES[ones]) if ones else (_TENS[tens - 2],)


def _digits(words: list[str]) -> Iterator[str]:
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and (_is_number(words[end]) or _is_and(words, at, end)):
            end += 1
        if end > at:
            yield _read(words[at:end])
        else:
            yield words[at]
        at = max(end, at + 1)


def _is_number(word: str) -> bool:
    return word in _SMALL or word in _WHOLE_TENS or word in _SCALES


def _is_and(words: Sequence[str], begin: int, at: int) -> bool:
    """Whether "and" stands within a number, behind a hundred or a thousand."""
    behind = words[at + 1 : at + 2]
    is_within = at > begin and words[at - 1] in _SCALES and bool(behind) and _is_number(behind[0])
    return words[at] == "and" and is_within


def _read(words: Sequence[str]) -> str:
    """Read number words: with a scale they are added up, else they stand beside each other."""
    if any(word in _SCALES for word in words) and words[0] not in _SCALES:
        return str(_added_up([word for word in words if word != "and"]))
    digits = ""
    for before, word in zip(("", *words), words, strict=False):
        if word in _SMALL:
            joins = before in _WHOLE_TENS and 0 < _SMALL[word] < 10
            digits = digits[:-1] + str(_SMALL[word]) if joins else digits + str(_SMALL[word])
        else:
            digits += str(_WHOLE_TENS.get(word, word))
    return digits


def _added_up(words: Sequence[str]) -> int:
    total, part = 0, 0
    for word in words:
        if word == "hundred":
            part = max(part, 1) * 100
        elif word in _SCALES:
            total, part = total + max(part, 1) * _SCALES[word], 0
        else:
            part += _SMALL.get(word, 0) + _WHOLE_TENS.get(word, 0)
    return total + part
