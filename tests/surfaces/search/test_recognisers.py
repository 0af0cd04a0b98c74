"""A recogniser is a command: what it prints is read, and whatever it does otherwise is a fault within its deadline."""

import json
import sys
import time

import pytest

from ritornello.kinds.errors import BadValue
from ritornello.surfaces.search.hypotheses import Heard
from ritornello.surfaces.search.recognisers import MAX_WAV_BYTES, command_of, recognise


@pytest.fixture
def wav(tmp_path):
    file = tmp_path / "said; rm -rf $HOME.wav"
    file.write_bytes(b"RIFF" + bytes(100))
    return file


def python(code):
    return (sys.executable, "-c", code)


def test_what_it_prints_is_read(wav):
    printed = json.dumps({"alternatives": [{"text": "play muse", "confidence": 0.7}]})
    heard, faults = recognise(python(f"print({printed!r})"), wav, 10)
    assert (heard.best, faults) == ("play muse", ())


@pytest.mark.parametrize("arguments", [(), ("{wav}",), ("--file={wav}", "--json")])
def test_the_file_is_one_argument_at_its_place_or_at_the_end(wav, arguments):
    code = "import json, sys; print(json.dumps([' '.join(sys.argv[1:])]))"
    heard, _ = recognise((*python(code), *arguments), wav, 10)
    assert heard.best == " ".join(a.replace("{wav}", str(wav)) for a in arguments or ("{wav}",))


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import sys; sys.exit(3)", "failed"),
        ("print('no json')", "not_json"),
        ("print('x' * 2_000_000)", "too_large"),
        ("import time; time.sleep(60)", "too_late"),
        ("import os, time; os.close(1); time.sleep(60)", "failed"),
    ],
)
def test_whatever_goes_wrong_is_a_fault(wav, code, rule):
    began = time.monotonic()
    heard, faults = recognise(python(code), wav, 0.5)
    assert heard == Heard()
    assert [fault.rule for fault in faults] == [rule]
    assert time.monotonic() - began < 20


def test_nothing_is_started_unless_it_is_set_and_there_is_sound(wav, tmp_path):
    empty, large = tmp_path / "empty.wav", tmp_path / "large.wav"
    empty.touch()
    with large.open("wb") as file:
        file.truncate(MAX_WAV_BYTES + 1)
    rules = [
        recognise(command, file, 1)[1][0].rule
        for command, file in (
            ((), wav),
            (("/no/such/recogniser",), wav),
            (python("print(1)"), empty),
            (python("print(1)"), large),
            (python("print(1)"), tmp_path / "absent.wav"),
        )
    ]
    assert rules == ["off", "not_started", "no_sound", "no_sound", "no_sound"]


def test_a_command_is_split_as_in_a_shell_and_never_run_by_one():
    assert command_of("") == ()
    assert command_of("vosk '{wav}; ls'") == ("vosk", "{wav}; ls")
    with pytest.raises(BadValue, match="quotation"):
        command_of("whisper 'open")
