"""The rules rows break, in words for somebody who brings a file and knows no formats."""

WORDS: dict[str, str] = {
    "empty": "what was played has no name",
    "wrong_type": "a value is not of the kind it should be",
    "missing_field": "something that belongs to a play is missing",
    "unknown_field": "it holds something nobody knows what to do with",
    "unknown_word": "a word stands there that means nothing here",
    "unknown_kind": "it is of a kind that is not understood",
    "unknown_item": "it names a title nobody knows",
    "unknown_file": "a file inside is none of those that are understood",
    "unknown_compression": "a file inside is packed in a way that is not understood",
    "unknown_version": "it was written by a version that is not understood",
    "naive_time": "the time does not say in which zone",
    "no_clock": "the player had no clock, so nobody knows when it was",
    "not_a_time": "the time cannot be read",
    "not_a_uuid": "an id cannot be read",
    "future_time": "the time lies in the future",
    "too_old": "the time lies before there was recorded music to stream",
    "out_of_range": "a number is impossible",
    "wrong_form": "a text has a form it cannot have",
    "wrong_length": "a text is too short or too long",
    "too_long": "the row is longer than any play can be",
    "too_deep": "the row is nested too deeply to be a play",
    "too_many": "there are more of them than anybody can have",
    "too_large": "a file inside is larger than may be unpacked",
    "torn_line": "the row breaks off",
    "malformed_json": "the row cannot be read",
    "malformed_csv": "the row cannot be read",
    "malformed_parquet": "the file cannot be read",
    "missing_column": "a column that is needed is missing",
    "wrong_columns": "the row has more or fewer columns than the first one says",
    "repeated_key": "the row says the same thing twice",
    "null_character": "the row holds a character no text has",
    "mostly_bad": "almost nothing in it could be read, so the rest was left alone",
    "nested_archive": "an archive inside the archive was left closed",
    "path_outside": "a file inside claims to lie outside, and was left alone",
    "not_a_file": "something inside is no file",
    "duplicate_name": "two files inside have the same name; the first was read",
    "broken_zip": "the zip is damaged",
    "broken_member": "a file inside is damaged",
    "encrypted": "a file inside is locked with a password",
    "unreadable": "a file could not be opened",
    "private_session": "a private session, left out as you wanted it",
    "incognito": "a private session, left out as you wanted it",
    "not_stored": "it could not be stored",
}


def rule_in_words(rule: str) -> str:
    """Return a rule in words; one nobody has put into words yet, as its name reads.

    Examples
    --------
    >>> rule_in_words("future_time"), rule_in_words("odd_new_rule")
    ('the time lies in the future', 'odd new rule')
    """
    return WORDS.get(rule, rule.replace("_", " "))
