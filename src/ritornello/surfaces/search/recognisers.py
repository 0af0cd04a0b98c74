"""A recogniser somebody installed: a command that is given a sound file and answers on its standard output.

Nothing is bundled and nothing is started unless the setting ``recogniser`` names a command, such as that of whisper.cpp or
Vosk. It is run as a list of arguments, never by a shell; ``{wav}`` among them is the file, which else comes last. What it
prints is read as ``hypotheses`` does, whatever form it has. It has a deadline, may print so much and no more, and what goes
wrong is a fault: a voice that nobody understood is no error of the server.
"""

import os
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from ritornello.kinds.errors import BadValue
from ritornello.kinds.faults import Fault
from ritornello.surfaces.search.hypotheses import MAX_BYTES, Heard, read

MAX_WAV_BYTES = 10_000_000
"""Five minutes of 16 kHz mono: more is no request."""
PLACE = "{wav}"
SOURCE = "recogniser"
_CHUNK = 65_536

Answer = tuple[Heard, tuple[Fault, ...]]


def command_of(setting: str) -> tuple[str, ...]:
    """Return the arguments of a setting's text, quoted as in a shell; empty where it names nothing.

    Raises
    ------
    BadValue : a quotation mark that nothing closes.

    Examples
    --------
    >>> command_of("whisper-cli -m 'my model.bin' -oj {wav}")
    ('whisper-cli', '-m', 'my model.bin', '-oj', '{wav}')
    """
    try:
        return tuple(shlex.split(setting))
    except ValueError as error:
        raise BadValue(
            f"setting 'recogniser' is no command: {error}; close every quotation"
        ) from error


def recognise(command: Sequence[str], wav: Path, deadline_s: float) -> Answer:
    """Return what a recogniser hears in a file; nothing, and why, where it fails.

    Parameters
    ----------
    command : its arguments. ``deadline_s`` : so long it may take, in seconds.
    """
    if not command:
        return _nothing("off", "no recogniser is set; name a command in the setting 'recogniser'")
    size = wav.stat().st_size if wav.is_file() else 0
    if not 0 < size <= MAX_WAV_BYTES:
        return _nothing("no_sound", f"{size} bytes of sound; 1 to {MAX_WAV_BYTES} are heard")
    try:
        process = _started(command, str(wav.resolve()))
    except OSError as error:
        return _nothing("not_started", f"{command[0]} does not start: {error.strerror}")
    with process:
        printed = _printed(process, time.monotonic() + deadline_s)
        _end(process)
    if printed is None:
        return _nothing("too_late", f"no answer within {deadline_s:g} s")
    if process.returncode and not printed.strip():
        return _nothing("failed", f"it ended with {process.returncode} and printed nothing")
    return read(printed)


def _started(command: Sequence[str], file: str) -> subprocess.Popen[bytes]:
    """Start a command on a file, in a group of processes of its own."""
    named = [argument.replace(PLACE, file) for argument in command]
    arguments = named if any(PLACE in argument for argument in command) else [*named, file]
    return subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _printed(process: subprocess.Popen[bytes], until: float) -> bytes | None:
    """Return what a process prints until it closes its output or printed too much; ``None`` past the deadline."""
    output = process.stdout
    if output is None:
        return b""
    parts: list[bytes] = []
    n_bytes = 0
    while n_bytes <= MAX_BYTES:
        left_s = until - time.monotonic()
        if left_s <= 0 or not select.select([output], [], [], left_s)[0]:
            return None
        part = os.read(output.fileno(), _CHUNK)
        if not part:
            break
        parts.append(part)
        n_bytes += len(part)
    return b"".join(parts)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that is still at it, with everything it started."""
    try:
        process.wait(timeout=0.2)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _nothing(rule: str, message: str) -> Answer:
    return Heard(), (Fault.at(SOURCE, 0, rule, message),)
