import hashlib
import json
import os
import pickle
import struct
import sys
from itertools import count
from pathlib import Path
from shutil import copytree

import msgspec
import numpy as np
import pytest
from safetensors.numpy import save as write_arrays

from ritornello.kinds.errors import ArtefactUnusable, NotFound
from ritornello.store import artefacts
from ritornello.store.artefacts import (
    ARRAYS,
    MANIFEST,
    POINTER,
    current_version,
    load,
    previous_version,
    roll_back,
    save,
    sweep,
    switch,
)
from ritornello.store.home import Home

GOOD = {
    "factors": np.arange(12, dtype=np.float32).reshape(3, 4),
    "counts": np.array([1, 2, 3], dtype=np.int64),
    "empty": np.zeros((0, 4), dtype=np.float32),
}
FACTS = {"model": "ials", "n_items": 3}


def test_what_is_saved_is_loaded(tmp_path):
    version = save(tmp_path, GOOD, FACTS)
    arrays, facts = load(tmp_path, version)
    assert facts == FACTS
    assert arrays.keys() == GOOD.keys()
    for name, array in GOOD.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_the_same_content_is_the_same_version_and_other_content_another(tmp_path):
    version = save(tmp_path, GOOD, FACTS)
    assert save(tmp_path, dict(reversed(GOOD.items())), FACTS) == version
    assert save(tmp_path, GOOD, FACTS | {"n_items": 4}) != version
    assert save(tmp_path, GOOD | {"counts": np.array([1, 2, 4])}, FACTS) != version
    assert not [place for place in tmp_path.iterdir() if place.name.startswith(".")]


def test_views_and_columns_keep_their_values(tmp_path):
    array = np.asfortranarray(np.arange(20, dtype=np.float64).reshape(4, 5))[::2, 1:]
    arrays, _ = load(tmp_path, save(tmp_path, {"x": array}, {}))
    np.testing.assert_array_equal(arrays["x"], array)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_not_even_saved(tmp_path, bad):
    with pytest.raises(ArtefactUnusable, match="'x' holds numbers that are not finite"):
        save(tmp_path, {"x": np.array([1.0, bad])}, {})
    assert not list(tmp_path.iterdir())


def test_objects_are_not_saved(tmp_path):
    with pytest.raises(ArtefactUnusable, match="not numbers"):
        save(tmp_path, {"x": np.array([{}], dtype=object)}, {})


def test_switching_names_the_current_and_keeps_the_previous(tmp_path):
    home = Home(tmp_path).create()
    assert current_version(home) is None
    one, two, three = (save(home.models, GOOD, {"n": n}) for n in range(3))
    switch(home, one)
    assert (current_version(home), previous_version(home)) == (one, None)
    with pytest.raises(NotFound, match="no earlier"):
        roll_back(home)
    switch(home, two)
    switch(home, two)
    assert (current_version(home), previous_version(home)) == (two, one)
    assert roll_back(home) == one
    assert (current_version(home), previous_version(home)) == (one, two)
    switch(home, three)
    assert sweep(home, keep=0) == [two]
    assert load(home.models, one)[1] == {"n": 0}


def test_switching_to_what_is_not_there_changes_nothing(tmp_path):
    home = Home(tmp_path).create()
    switch(home, version := save(home.models, GOOD, FACTS))
    with pytest.raises(NotFound, match="0000000000000000"):
        switch(home, "0" * 16)
    assert current_version(home) == version


def test_sweeping_spares_the_latest_and_what_is_no_version(tmp_path):
    home = Home(tmp_path).create()
    assert sweep(home) == []
    versions = [save(home.models, GOOD, {"n": n}) for n in range(5)]
    for age, version in enumerate(reversed(versions)):
        os.utime(home.models / version, (1_000_000 - age, 1_000_000 - age))
    (home.models / "notes").mkdir()
    switch(home, versions[0])
    assert set(sweep(home, keep=2)) == {versions[1], versions[2]}
    assert (home.models / "notes").is_dir()
    assert {p.name for p in home.models.iterdir()} == {
        versions[0], versions[3], versions[4], "notes", POINTER,
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b'{"current": "../../etc"}',
        b'{"current": 7}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"current": "0000000000000000", "previous": "/etc/passwd"}',
    ],
)
def test_a_damaged_pointer_is_unusable_not_a_crash(tmp_path, text):
    home = Home(tmp_path).create()
    (home.models / POINTER).write_bytes(text)
    with pytest.raises(ArtefactUnusable):
        current_version(home)


# --- the corpus: artefacts that are damaged, or made to hurt ---------------------------------

EXECUTED: list[str] = []


class Gadget:
    """What a pickle would run on loading."""

    def __reduce__(self):
        return (EXECUTED.append, ("pickle",))


def seal_of(place: Path, **changes) -> str:
    """Write a manifest that fits the arrays as they lie there, and rename the folder to match."""
    data = (place / ARRAYS).read_bytes()
    old = json.loads((place / MANIFEST).read_bytes())
    new = old | {"n_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} | changes
    return rename(place, json.dumps(new).encode())


def rename(place: Path, manifest: bytes) -> str:
    (place / MANIFEST).write_bytes(manifest)
    version = hashlib.sha256(manifest).hexdigest()[:16]
    place.rename(place.parent / version)
    return version


def header(entries: dict) -> bytes:
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text


def hostile_arrays() -> list[bytes]:
    """Bytes that are no honest safetensors, each to be sealed with a fitting hash."""
    whole = write_arrays(GOOD)
    gadgets = [pickle.dumps(Gadget(), protocol) for protocol in range(6)]
    cut = [whole[:n] for n in range(0, len(whole), max(1, len(whole) // 60))]
    grown = [whole + tail for tail in (b"\0", b"PK\x03\x04", *gadgets)]
    lying = [
        struct.pack("<Q", size) + whole[8:]
        for size in (0, 1, 7, len(whole), 2**31, 2**40, 2**63, 2**64 - 1)
    ]
    entry = {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}
    headers = [
        {"factors": entry | change}
        for change in (
            {"dtype": "OBJECT"}, {"dtype": "F128"}, {"shape": [3, 5]}, {"shape": [-3, -4]},
            {"shape": [2**40, 2**40]}, {"data_offsets": [0, 10**12]}, {"data_offsets": [48, 0]},
            {"data_offsets": [-1, 47]}, {"shape": "x"}, {"shape": None}, {"dtype": 7},
        )
    ]  # fmt: skip
    names = ["../../evil", "/etc/passwd", "a\x00b", "__reduce__", "..\\evil", "x" * 10_000]
    renamed = [header({name: entry}) + bytes(48) for name in names]
    shaped = [header(h) + bytes(48) for h in headers]
    dtypes = [
        write_arrays(GOOD | {"factors": GOOD["factors"].astype(dtype)})
        for dtype in ("float64", "float16", "int32", "uint8", "bool")
    ]
    shapes = [
        write_arrays(GOOD | {"factors": array})
        for array in (GOOD["factors"].T.copy(), GOOD["factors"][:2], GOOD["factors"].ravel())
    ]
    poisoned = []
    for bad in (np.nan, np.inf, -np.inf):
        for row in range(3):
            array = GOOD["factors"].copy()
            array[row, row] = bad
            poisoned.append(write_arrays(GOOD | {"factors": array}))
    archives = [b"PK\x03\x04../../evil", b"\x93NUMPY\x01\x00", b"\x80\x04.", b"", b"\0" * 100]
    missing = [write_arrays({k: v for k, v in GOOD.items() if k != name}) for name in GOOD]
    extra = [write_arrays(GOOD | {name: np.zeros(1)}) for name in ("more", "../up")]
    return [
        *gadgets, *cut, *grown, *lying, *renamed, *shaped, *dtypes, *shapes, *poisoned, *archives,
        *missing, *extra,
    ]  # fmt: skip


def flipped() -> list[tuple[str, int]]:
    """Single bytes to change without mending the hash: in the arrays and in the manifest."""
    return [(ARRAYS, n) for n in range(0, 300, 6)] + [(MANIFEST, n) for n in range(0, 400, 8)]


def hostile_manifests(good: dict) -> list[bytes]:
    """Manifests that lie or are none, each under its own right name."""
    changes = [
        {"format": 2}, {"format": "1"}, {"sha256": "0" * 64}, {"sha256": "x"}, {"n_bytes": -1},
        {"sha256": good["sha256"] + "\n"}, {"n_bytes": 10**18}, {"n_bytes": 0}, {"arrays": []}, {"arrays": {}}, {"facts": []},
        {"arrays": {"../up": {"dtype": "float32", "shape": [1]}}}, {"more": 1},
        {"arrays": {"factors": {"dtype": "float32", "shape": [-1]}}},
        {"arrays": {"factors": {"dtype": "object", "shape": [3, 4]}}},
        {"arrays": {"factors": {"dtype": "float32", "shape": [3, 4], "path": "/etc"}}},
    ]  # fmt: skip
    texts = [json.dumps(good | change).encode() for change in changes]
    dropped = [json.dumps({k: v for k, v in good.items() if k != name}).encode() for name in good]
    other = [b"", b"null", b"[" * 200_000, b'{"a":' * 100_000, b"\xff", pickle.dumps(Gadget())]
    return [*texts, *dropped, *other]


def hostile_versions() -> list[str]:
    return [
        "..",
        "../x",
        "/etc",
        "",
        "a/b",
        "0" * 15,
        "0" * 17,
        "G" * 16,
        "0" * 15 + "\n",
        "é" * 16,
    ]


def corpus(tmp_path: Path) -> list[tuple[Path, str]]:
    """Write every artefact of the corpus into a folder of its own; return folders and versions."""
    found: list[tuple[Path, str]] = []
    good_version = save(tmp_path / "good", GOOD, FACTS)
    numbers = count()

    def fresh() -> Path:
        folder = tmp_path / str(next(numbers))
        return copytree(tmp_path / "good", folder) / good_version

    for data in hostile_arrays():
        place = fresh()
        (place / ARRAYS).write_bytes(data)
        found.append((place.parent, seal_of(place)))
    for name, offset in flipped():
        place = fresh()
        data = bytearray((place / name).read_bytes())
        data[offset % len(data)] ^= 0x41
        (place / name).write_bytes(data)
        found.append((place.parent, place.name))
    good = json.loads((fresh() / MANIFEST).read_bytes())
    for text in hostile_manifests(good):
        place = fresh()
        found.append((place.parent, rename(place, text)))
    found += [(fresh().parent, version) for version in hostile_versions()]
    for name in (ARRAYS, MANIFEST):
        place = fresh()
        (place / name).unlink()
        found.append((place.parent, place.name))
        place = fresh()
        outside = tmp_path / f"outside-{name}"
        (place / name).rename(outside)
        (place / name).symlink_to(outside)
        found.append((place.parent, place.name))
        place = fresh()
        (place / name).unlink()
        (place / name).mkdir()
        found.append((place.parent, place.name))
    return found


def test_no_damaged_or_hostile_artefact_is_loaded_or_run(tmp_path, monkeypatch):
    """P30: 200 artefacts and more, 0 executions, every one refused by name."""
    hostile = corpus(tmp_path)
    assert len(hostile) >= 200
    watching = True
    forbidden: list[str] = []

    def watch(event: str, arguments: tuple) -> None:
        if watching and (event in ("pickle.find_class", "exec", "os.system") or "popen" in event):
            forbidden.append(event)

    sys.addaudithook(watch)
    accepted = []
    for folder, version in hostile:
        try:
            load(folder, version)
        except ArtefactUnusable:
            continue
        accepted.append((folder.name, version))
    watching = False
    assert not accepted
    assert not EXECUTED
    assert not forbidden


def test_the_store_knows_no_unsafe_loader():
    source = Path(artefacts.__file__).read_text(encoding="utf-8")
    for word in ("pickle.", "marshal", "allow_pickle", "torch.load", "eval(", "exec("):
        assert word not in source
    assert msgspec.json.decode(msgspec.json.encode(FACTS)) == FACTS
