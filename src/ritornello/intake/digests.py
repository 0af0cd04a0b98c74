"""What names an import for ever: a digest of all that decides what is read."""

import hashlib
import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ritornello.intake import archives
from ritornello.intake.refusal import Refused


def digest_of(paths: Sequence[Path], *about: str) -> str:
    """Return the digest of files' contents, and of whatever else decides what is read from them.

    A folder stands for the files an export in it would be read from.
    """
    digest = hashlib.blake2b("\x1f".join(about).encode(), digest_size=16)
    for path in sorted(paths):
        for opened in _opened(path):
            content = hashlib.sha256()
            with suppress(Refused), opened() as file:
                while block := file.read(1 << 20):
                    content.update(block)
            digest.update(content.digest())
    return digest.hexdigest()


def _opened(path: Path) -> list[Callable[[], BinaryIO]]:
    if path.is_dir():
        return [member.open for member in archives.members(path, "")[0]]
    return [partial(io.FileIO, path)]
