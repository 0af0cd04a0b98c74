"""The folder of one installation: where each thing lies, and how it is made to last."""

import os
from pathlib import Path

from ritornello.kinds.ids import ListenerId, key_of


class Home:
    """One installation's folder.

    Examples
    --------
    >>> Home("shelf").database
    PosixPath('shelf/ritornello.sqlite')
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.database = self.path / "ritornello.sqlite"
        self.lake = self.path / "lake"
        self.models = self.path / "models"
        self.studies = self.path / "studies"
        self.belongings = self.path / "belongings"
        self.spill = self.path / "spill"
        self.settings_file = self.path / "ritornello.toml"

    def create(self) -> "Home":
        """Make the folders, durable before this returns; what is there already stays."""
        for folder in (self.path, self.lake, self.models):
            make_folder(folder)
        return self

    def belongings_of(self, listener_id: ListenerId) -> Path:
        """Return the folder of files that are one listener's own: uploads, what they take along.

        It need not exist. Erasing the listener removes it with everything in it.
        """
        return self.belongings / key_of("listener", listener_id)

    @property
    def exists(self) -> bool:
        """Whether a database was ever made here."""
        return self.database.is_file()


def make_folder(folder: Path) -> None:
    """Make a folder and its parents, and sync every folder that gained an entry."""
    missing = [folder, *folder.parents]
    missing = missing[: next(i for i, path in enumerate(missing) if path.is_dir())]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the folder's entries (new names, renames) survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the file's bytes survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
