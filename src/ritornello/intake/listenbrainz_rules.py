"""What ListenBrainz takes and what it refuses, in its own words.

Players match on these messages, so they are part of the protocol. Every check answers with the
value as ListenBrainz would keep it: names stripped, times whole, empty ids dropped.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from ritornello.catalog.identity import visible
from ritornello.intake.elements import MAX_DEPTH, texts
from ritornello.intake.events import EARLIEST_AT
from ritornello.intake.refusal import Refused

MAX_LISTEN_BYTES = 10_240
MAX_LISTENS = 1000
MAX_TAGS = 50
MAX_TAG_LENGTH = 64
MAX_NAME_LENGTH = 1000
MAX_DURATION_S = 24 * 86_400
EARLIEST_S = int(EARLIEST_AT.timestamp())
AHEAD_S = 3600

ListenType = Literal["single", "import", "playing_now"]
_LISTEN_TYPES = ("single", "import", "playing_now")
_FEEDBACK_KEYS = {"recording_mbid", "recording_msid", "score"}
_MBID = ("release_mbid", "recording_mbid", "release_group_mbid", "track_mbid")
_MBIDS = ("artist_mbids", "work_mbids")
_encode = msgspec.json.Encoder().encode


def check_request(data: Any) -> tuple[ListenType, list[Any]]:
    """Return the listen type and the payload of a decoded request."""
    if not isinstance(data, dict) or "payload" not in data or "listen_type" not in data:
        missing = "listen_type" if isinstance(data, dict) and "payload" in data else "payload"
        raise Refused(missing, "missing_field", "Invalid JSON document submitted.")
    listen_type, payload = data["listen_type"], data["payload"]
    if not isinstance(payload, list):
        message = "The payload in the JSON document should be a list of listens."
        raise Refused("payload", "wrong_type", message)
    if not payload:
        raise Refused("payload", "empty", "JSON document does not contain any listens")
    if len(payload) > MAX_LISTENS:
        message = f"Too many listens. You may not submit more than {MAX_LISTENS} listens at once."
        raise Refused("payload", "too_many", message)
    if listen_type not in _LISTEN_TYPES:
        message = "JSON document requires a valid listen_type key."
        raise Refused("listen_type", "unknown_word", message)
    if listen_type != "import" and len(payload) > 1:
        message = (
            "JSON document contains more than listen for a single/playing_now. "
            "It should contain only one."
        )
        raise Refused("payload", "too_many", message)
    return listen_type, payload


_TOO_LARGE = (
    f"JSON document is too large. Each listens may not be larger than {MAX_LISTEN_BYTES} bytes."
)


def check_listen(
    stated: Any, listen_type: ListenType, now: datetime
) -> tuple[int | None, dict[str, Any]]:
    """Return when a listen began (Unix seconds) and its metadata, both cleaned."""
    if not isinstance(stated, dict):
        raise Refused("", "wrong_type", "Listen is empty and cannot be validated.")
    encoded = _encode(stated)
    if len(encoded) > MAX_LISTEN_BYTES:
        raise Refused("", "too_long", _TOO_LARGE)
    _check_texts(stated, encoded)
    if listen_type != "playing_now":
        listened_at: int | None = _listened_at(stated, now)
        allowed: tuple[str, ...] = ("listened_at", "track_metadata")
    elif "listened_at" in stated:
        message = "JSON document must not contain listened_at while submitting playing_now."
        raise Refused("listened_at", "unknown_field", message)
    else:
        listened_at, allowed = None, ("track_metadata",)
    _check_shape(stated, allowed)
    return listened_at, _metadata(stated["track_metadata"])


def _check_shape(stated: dict[str, Any], allowed: tuple[str, ...]) -> None:
    if "track_metadata" not in stated:
        message = "JSON document must contain the key track_metadata at the top level."
        raise Refused("track_metadata", "missing_field", message)
    if len(stated) > len(allowed):
        message = f"JSON document may only contain {' and '.join(allowed)} top level keys"
        raise Refused(min(stated.keys() - set(allowed)), "unknown_field", message)
    if not isinstance(stated["track_metadata"], dict):
        message = "JSON document may not have track_metadata with null value."
        raise Refused("track_metadata", "wrong_type", message)


def _check_texts(stated: dict[str, Any], encoded: bytes) -> None:
    """Refuse null characters and deep nesting; the encoded listen tells whether to look for them."""
    n_brackets = encoded.count(b"{") + encoded.count(b"[")
    if b"\\u0000" not in encoded and n_brackets <= MAX_DEPTH:
        return
    for text in texts(stated):
        if text is None:
            raise Refused("", "too_deep", "JSON document is nested too deeply.")
        if "\x00" in text:
            raise Refused("", "null_character", "JSON document contains a unicode null")


def check_feedback(data: Any) -> tuple[str | None, str, int]:
    """Return ``(recording_mbid, recording_msid, score)``; the MusicBrainz id is used if both are."""
    if not isinstance(data, dict) or "score" not in data or len(data.keys() & _FEEDBACK_KEYS) < 2:
        message = (
            "JSON document must contain either recording_msid or recording_mbid, and score top "
            "level keys"
        )
        raise Refused("", "missing_field", message)
    if data.keys() - _FEEDBACK_KEYS:
        message = (
            "JSON document may only contain recording_msid, recording_mbid, and score top level "
            "keys"
        )
        raise Refused(min(data.keys() - _FEEDBACK_KEYS), "unknown_field", message)
    score = data["score"]
    if isinstance(score, bool) or score not in (-1, 0, 1):
        raise Refused("score", "out_of_range", "Score can have a value of 1, 0 or -1.")
    mbid, msid = data.get("recording_mbid"), data.get("recording_msid")
    if not mbid and not msid:
        raise Refused("recording_mbid", "missing_field", "recording_mbid MBID format invalid.")
    return (
        _mbid(mbid, "recording_mbid") if mbid else None,
        _mbid(msid, "recording_msid") if msid else "",
        int(score),
    )


def _listened_at(stated: dict[str, Any], now: datetime) -> int:
    if "listened_at" not in stated:
        message = "JSON document must contain the key listened_at at the top level."
        raise Refused("listened_at", "missing_field", message)
    try:
        listened_at = int(stated["listened_at"])
    except (ValueError, TypeError, OverflowError) as error:
        message = "JSON document must contain an int value for listened_at."
        raise Refused("listened_at", "wrong_type", message) from error
    if listened_at >= int(now.timestamp()) + AHEAD_S:
        raise Refused("listened_at", "future_time", "Value for key listened_at is too high.")
    if listened_at < EARLIEST_S:
        message = (
            "Value for key listened_at is too low. listened_at timestamp should be greater than "
            f"{EARLIEST_S} (2002-10-01 00:00:00 UTC)."
        )
        raise Refused("listened_at", "too_old", message)
    return listened_at


def _metadata(stated: dict[str, Any]) -> dict[str, Any]:
    metadata = dict(stated)
    for key, required in (("track_name", True), ("artist_name", True), ("release_name", False)):
        if key in stated:
            metadata[key] = _name(stated[key], f"track_metadata.{key}")
        elif required:
            message = f"JSON document does not contain required field track_metadata.{key}."
            raise Refused(f"track_metadata.{key}", "missing_field", message)
    info = stated.get("additional_info")
    if info is not None and not isinstance(info, dict):
        message = "JSON document may only contain an object as track_metadata.additional_info."
        raise Refused("track_metadata.additional_info", "wrong_type", message)
    metadata["additional_info"] = _info(info or {})
    return metadata


def _name(stated: Any, field: str) -> str:
    if not isinstance(stated, str):
        raise Refused(field, "wrong_type", f"{field} must be a single string.")
    name = stated.strip()
    if not visible(name[: MAX_NAME_LENGTH + 1]):
        raise Refused(field, "empty", f"field {field} is empty.")
    if len(name) > MAX_NAME_LENGTH:
        message = f"field {field} may not be longer than {MAX_NAME_LENGTH} characters."
        raise Refused(field, "too_long", message)
    return name


def _info(stated: dict[str, Any]) -> dict[str, Any]:
    """Check the keys of ``additional_info`` that have a meaning; all others stay as they are."""
    info = dict(stated)
    if "tags" in info:
        info["tags"] = _tags(info["tags"])
    if "duration" in info and "duration_ms" in info:
        message = "JSON document should not contain both duration and duration_ms."
        raise Refused("duration", "contradiction", message)
    for key, limit in (("duration", MAX_DURATION_S), ("duration_ms", MAX_DURATION_S * 1000)):
        if key in info:
            info[key] = _duration(info[key], key, limit)
    for key in _MBID:
        if not info.get(key):
            info.pop(key, None)
        else:
            info[key] = _mbid(info[key], key)
    for key in _MBIDS:
        mbids = info.pop(key, None) or []
        if not isinstance(mbids, list):
            raise Refused(key, "wrong_form", f"{key} MBID format invalid.")
        if mbids:
            info[key] = [_mbid(mbid, key) for mbid in mbids if mbid]
    return info


def _tags(stated: Any) -> list[str]:
    field = "track_metadata.additional_info.tags"
    tags = stated or []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Refused(field, "wrong_type", f"JSON document may only contain strings in {field}.")
    if len(tags) > MAX_TAGS:
        message = f"JSON document may not contain more than {MAX_TAGS} items in {field}."
        raise Refused(field, "too_many", message)
    if any(len(tag) > MAX_TAG_LENGTH for tag in tags):
        message = f"JSON document may not contain {field} longer than {MAX_TAG_LENGTH} characters."
        raise Refused(field, "too_long", message)
    return [tag.strip() for tag in tags if tag.strip()]


def _duration(stated: Any, key: str, limit: int) -> int:
    try:
        duration = int(float(stated))
    except (ValueError, TypeError, OverflowError):
        duration = 0
    if duration <= 0:
        message = f"Value for {key} is invalid, should be a positive integer."
        raise Refused(key, "out_of_range", message)
    if duration > limit:
        message = f"Value for {key} is too large, max permitted value is {limit}"
        raise Refused(key, "out_of_range", message)
    return duration


def _mbid(stated: Any, key: str) -> str:
    try:
        return str(UUID(stated))
    except (ValueError, AttributeError, TypeError) as error:
        raise Refused(key, "wrong_form", f"{key} MBID format invalid.") from error
