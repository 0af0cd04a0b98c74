r"""What SQL of signals must not say, because DuckDB and Spark would answer differently or not at all.

Most of these differ in silence: the same words, other rows. Each rule says why and what to write
instead, and names expressions whose answers differ, which the tests run on both engines.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

Find = Callable[[str], Iterator[str]]
_SILENT = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
_INTEGER = re.compile(r"\bAS\s+(?:TINYINT|SMALLINT|INT|INTEGER|BIGINT)\s*$", re.IGNORECASE)
_WHOLE = re.compile(r"\b(?:floor|ceil|ceiling|round)\s*\(", re.IGNORECASE)
_BROKEN = re.compile(
    r"/|\d\.\d|\d[eE]|\bAS\s+DOUBLE\b|\b(?:avg|sqrt|ln|log2|log10|pow|power|median|percentile_cont|"
    r"stddev\w*|var\w*)\s*\(",
    re.IGNORECASE,
)
_KEY_ENDS = re.compile(r"\b(?:ROWS|RANGE|LIMIT|UNION|EXCEPT|INTERSECT)\b", re.IGNORECASE)
_NULLS = re.compile(r"\b(?:NULLS\s+(?:FIRST|LAST)|DESC)\s*$", re.IGNORECASE)
_SAFE_DIVISOR = re.compile(
    r"\s*(?:nullif\s*\(|CAST\s*\(\s*nullif\s*\(|0*[1-9]\d*(?:e\d+)?\b)", re.IGNORECASE
)


class Rule(msgspec.Struct, frozen=True):
    """One thing not to say: how it is found, why, what instead, and expressions that show it.

    ``find`` sees the SQL without comments and with every text literal as ``''``.
    """

    name: str
    find: Find
    because: str
    instead: str
    shown_by: tuple[str, ...]


def faults(sql: str) -> list[str]:
    """Return what a query says that the two engines do not mean alike; empty where it is portable.

    What it cannot see: ties of a window's order, dates subtracted from each other by name, a cast of a
    fractional column to an integer. Compare rows on both engines for those.

    Examples
    --------
    >>> faults("SELECT concat(a, b) FROM t")
    ["concat: 'concat(': skips NULL on DuckDB and becomes NULL on Spark; write a || b or coalesce"]
    """
    texts = [part for part in _SILENT.findall(sql) if part.startswith("'")]
    code = _SILENT.sub(lambda part: "''" if part[0].startswith("'") else " ", sql)
    return [f"backslash: {text}: {_BACKSLASH}" for text in texts if "\\" in text] + [
        f"{rule.name}: {' '.join(part.split())!r}: {rule.because}; write {rule.instead}"
        for rule in RULES
        for part in rule.find(code)
    ]


_BACKSLASH = "is a letter on DuckDB and an escape on Spark; write texts without it"


def _words(pattern: str) -> Find:
    """Find a pattern wherever it stands."""
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda code: (each[0] for each in compiled.finditer(code))


def _calls(*names: str) -> Find:
    """Find calls of functions."""
    return _words(rf"\b(?:{'|'.join(names)})\s*\(")


def _inside(code: str, start: int) -> str:
    """Return what stands in a bracket that opens just before ``start``."""
    depth = 1
    for at in range(start, len(code)):
        depth += (code[at] == "(") - (code[at] == ")")
        if depth == 0:
            return code[start:at]
    return code[start:]


def _casts(code: str) -> Iterator[tuple[int, str]]:
    """Yield where the inside of each cast begins, and the inside."""
    for each in re.finditer(r"\b(?:TRY_)?CAST\s*\(", code, re.IGNORECASE):
        yield each.end(), _inside(code, each.end())


def _fractions_as_integers(code: str) -> Iterator[str]:
    """Find casts to an integer of what may have a fraction."""
    for _, inside in _casts(code):
        if (kind := _INTEGER.search(inside)) is None:
            continue
        value = inside[: kind.start()]
        while (whole := _WHOLE.search(value)) is not None:
            value = value[: whole.start()] + value[whole.end() + len(_inside(value, whole.end())) :]
        if _BROKEN.search(value):
            yield f"CAST({inside})"


def _bare_sums(code: str) -> Iterator[str]:
    """Find sums that stand in no cast."""
    held = [range(start, start + len(inside)) for start, inside in _casts(code)]
    for each in re.finditer(r"\bsum\s*\(", code, re.IGNORECASE):
        if not any(each.start() in place for place in held):
            yield each[0] + _inside(code, each.end()) + ")"


def _risky_divisors(code: str) -> Iterator[str]:
    """Find divisors that may be zero."""
    for each in re.finditer(r"[/%]|\bmod\s*\(", code, re.IGNORECASE):
        rest = code[each.end() :]
        if each[0][0] not in "/%":
            rest = _inside(code, each.end()).partition(",")[2]
        if _SAFE_DIVISOR.match(rest) is None:
            yield each[0] + rest[:20]


def _unsaid_nulls(code: str) -> Iterator[str]:
    """Find keys of an order that do not say where NULL stands."""
    for each in re.finditer(r"\bORDER\s+BY\b", code, re.IGNORECASE):
        clause = _KEY_ENDS.split(_inside(code, each.end()))[0].rstrip("; \n")
        yield from (key for key in _parts(clause) if _NULLS.search(key) is None)


def _parts(text: str) -> Iterator[str]:
    """Split at the commas that stand in no bracket."""
    depth, start = 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def _rounds_to_places(code: str) -> Iterator[str]:
    """Find roundings to a number of places."""
    for each in re.finditer(r"\bround\s*\(", code, re.IGNORECASE):
        inside = _inside(code, each.end())
        if len(list(_parts(inside))) > 1:
            yield f"round({inside})"


def _decimals(code: str) -> Iterator[str]:
    """Find literals with a point that are no doubles."""
    for each in re.finditer(r"(?<![\w.])\d*\.\d+(?![\d.]*[eE])\b", code):
        rest = code[each.end() :]
        if re.match(r"\s+AS\s+DOUBLE\b", rest, re.IGNORECASE) is None:
            yield each[0]


RULES: tuple[Rule, ...] = (
    Rule("cast", _fractions_as_integers, "rounds on DuckDB and truncates on Spark",
         "CAST(floor(x) AS BIGINT)", ("cast(2.5 AS INT)", "cast(7/2 AS BIGINT)")),
    Rule("sum", _bare_sums, "is wider than BIGINT on DuckDB and is written to Parquet as DOUBLE",
         "CAST(sum(x) AS BIGINT) or AS DOUBLE", ("typeof(sum(cast(1 AS BIGINT)))",)),
    Rule("divisor", _risky_divisors, "stops the build where it is zero", "x / nullif(y, 0)",
         ("1 / 0", "5 % 0")),
    Rule("decimal", _decimals, "is a decimal whose quotients and means Spark cuts to a few places",
         "0.5e0 or CAST(0.5 AS DOUBLE)", ("1 / 3.0", "avg(x) FROM (SELECT 0.1 AS x) AS t")),
    Rule("order", _unsaid_nulls, "puts NULL last on DuckDB and first on Spark",
         "NULLS FIRST or NULLS LAST after a key that ascends",
         ("x FROM (VALUES (1), (NULL)) AS t (x) ORDER BY x",)),
    Rule("concat", _calls("concat"), "skips NULL on DuckDB and becomes NULL on Spark",
         "a || b or coalesce", ("concat('a', NULL)",)),
    Rule("substring", _words(r"\bsubstr(?:ing)?\s*\([^()]*(?:,|\bfrom\b)\s*0\s*[,)]"),
         "counts position 0 on DuckDB and takes it for 1 on Spark", "positions from 1",
         ("substring('abc', 0, 2)", "substr('abc', 0, 2)")),
    Rule("log", _calls("log"), "is to base 10 on DuckDB and natural on Spark", "ln or log10",
         ("log(100)",)),
    Rule("exp", _calls("exp"), "differs in the last digit, and so may fall beside a bound",
         "pow, or compute it from the rows", ("exp(1e0)",)),
    Rule("round", _rounds_to_places, "rounds another way to places behind the point",
         "round(x) of a multiple, or leave it to who prints", ("round(1.005e0, 2)",)),
    Rule("weekday", _words(r"\b(?:dayofweek|weekday|isodow)\s*\(|\b(?:dow|dayofweek|isodow)\s+from\b"),
         "begins on another day", "a remainder of days since 1970-01-01, a Thursday",
         ("dayofweek(DATE '2026-11-22')", "weekday(DATE '2026-11-22')")),
    Rule("hash", _calls("hash"), "is another function", "md5, or ids made at intake",
         ("hash('a')",)),
    Rule("letters", _calls("upper", "lower", "ucase", "lcase"),
         "knows other rules for some letters", "texts normalised at intake",
         ("upper('straße')", "lower('İΣ')")),
    Rule("any", _calls("any_value", "first", "last", "mode", "arbitrary"),
         "takes whichever row comes first, and NULL or not", "min, max, min_by or max_by",
         ("any_value(x) FROM (SELECT NULL AS x UNION ALL SELECT 2) AS t",)),
    Rule("lists", _calls("array_agg", "list", "collect_list", "collect_set", "string_agg", "listagg",
                         "group_concat"),
         "has no order of its own, and skips NULL on Spark", "rows, counted or ranked",
         ("array_agg(x) FROM (SELECT NULL AS x UNION ALL SELECT 1) AS t",)),
    Rule("subscript", _words(r"\[[^\]]*\]"), "counts from 1 on DuckDB and from 0 on Spark",
         "split_part, or rows", ("split('a/b', '/')[1]",)),
    Rule("regexp", _calls(r"regexp_\w+", "rlike"), "replaces the first on DuckDB and all on Spark",
         "LIKE, position or replace", ("regexp_replace('aab', 'a', 'x')",)),
    Rule("corr", _calls("corr", r"regr_\w+"), "of one row is NaN on DuckDB and NULL on Spark",
         "the sums it is made of, with nullif",
         ("corr(x, y) FROM (SELECT 1 AS x, 2 AS y) AS t",)),
    Rule("dates", _words(r"\binterval\b|(?:\bAS\s+DATE\s*\)|\bDATE\s*'')\s*-|\bTIMESTAMP\b|\bdate_?diff\b"),
         "gives a timestamp or a number on DuckDB and a date or an interval on Spark",
         "microseconds as BIGINT", ("DATE '2026-01-01' + INTERVAL 3 DAY",
                                    "DATE '2026-01-03' - DATE '2026-01-01'")),
    Rule("quotes", _words(r'"[^"]*"'), "is a name on DuckDB and a text on Spark",
         "names without quotes", ('x AS "y" FROM (SELECT 1 AS x) AS t WHERE "x" = \'x\'',)),
    Rule("typeof", _calls("typeof"), "has other words", "nothing", ("typeof(1)",)),
    Rule("chance", _words(r"\b(?:random|rand|uuid|now)\s*\(|\bcurrent_\w+|\blimit\b|\bsample\b"),
         "is another each time it is asked", "rows that depend on the inputs alone", ()),
    Rule("dialect", _words(
        r"//|\bdiv\b|<=>|\bASOF\b|\bEXCLUDE\b|\bQUALIFY\b|\bLATERAL\b|\bIGNORE\s+NULLS\b|\bVARCHAR\b|"
        r"\bTIMESTAMPTZ\b|\d_\d|::|\bLEFT\s+(?:SEMI|ANTI)\b"),
        "is known to one engine only",
        "what both know: floor(x / y), IS NOT DISTINCT FROM, EXISTS, STRING",
        ("7 // 2", "7 div 2", "cast(1 AS VARCHAR)", "1_000", "NULL <=> NULL")),
    Rule("minus", _words(r"\bOVER\s+\w+\s*-(?!-)"), "is part of the window's name to Spark",
         "(f() OVER w) - x in brackets",
         ("count(*) OVER w - x FROM (SELECT 1 AS x) AS t WINDOW w AS (PARTITION BY x)",)),
    Rule("unknown", _calls(
        "sha2", "sha256", "to_timestamp", "starts_with", "startswith", "unix_timestamp", r"epoch\w*",
        "unix_micros", "strftime", "date_format", "arg_max", "arg_min", r"quantile\w*", "nvl", "strpos",
        "strlen", "json_extract", "get_json_object", "element_at", "array", "unnest", "explode", "size",
        "cardinality", "map", "struct", "pmod", "bround", "width_bucket", "xor", "try_divide"),
        "is known to one engine only", "what both know, or make it at intake",
        ("sha2('a', 256)", "starts_with('abc', 'a')", "epoch_us(TIMESTAMP '2026-01-01 00:00:00')",
         "nvl(NULL, 1)", "pmod(-7, 3)")),
)  # fmt: skip
"""Everything that is not to be said."""
