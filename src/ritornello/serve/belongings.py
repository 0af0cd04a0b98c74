"""What a listener brings, takes along, and leaves: the jobs that API and pages both start.

Each is refused to a visitor who does not sit at the machine itself: a simulated home on loopback may
be shown to others through a proxy, and none of them may fill its disk or erase its listeners.
"""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from litestar import Request

from ritornello.kinds.errors import NotAllowed
from ritornello.kinds.ids import ListenerId
from ritornello.serve import answers
from ritornello.serve.access import Caller, is_visiting
from ritornello.serve.jobs import TAKEN_ALONG, UPLOAD, Job
from ritornello.serve.problems import Problem
from ritornello.serve.service import Service
from ritornello.serve.uploads import ending_of
from ritornello.store import erasure

NAME_CHARACTERS = 200
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "via")


class Bringing:
    """An import about to begin: opened when its file's name is known, dropped if anything fails.

    Examples
    --------
    >>> async def bring(service, who, content):
    ...     with Bringing(service, who) as bringing:
    ...         await keep(content, bringing.place("my_data.zip"), limit)
    ...     return bringing.begin()
    """

    def __init__(self, service: Service, listener_id: ListenerId) -> None:
        self._jobs = service.jobs
        self._listener_id = listener_id
        self._job: Job | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if kind is not None and self._job is not None:
            self._jobs.drop(self._job)

    def place(self, name: str) -> Path:
        """Return where the file goes.

        Raises
        ------
        Conflict : an import of this listener is under way.
        """
        shown = "".join(c for c in name if c.isprintable())[-NAME_CHARACTERS:]
        file = UPLOAD + ending_of(name)
        self._job = self._jobs.open(self._listener_id, "import", name=shown, file=file)
        return self._jobs.folder(self._job) / file

    def begin(self) -> Job:
        """Begin the import.

        Raises
        ------
        Problem : no file came.
        """
        if self._job is None:
            raise Problem(422, "no-file", "choose a file first; nothing was sent")
        return self._jobs.begin(self._job)


def take_along(service: Service, listener_id: ListenerId) -> Job:
    """Begin to write down everything that is known of a listener, or return that under way."""
    jobs = service.jobs
    under_way = next((job for job in jobs.of(listener_id, "export") if not job.is_over), None)
    if under_way is not None:
        return under_way
    for earlier in jobs.of(listener_id, "export"):
        jobs.drop(earlier)
    return jobs.begin(jobs.open(listener_id, "export"))


def taken_along(service: Service, job: Job) -> Path | None:
    """Return the file somebody may take along, if it is ready."""
    path = service.jobs.folder(job) / TAKEN_ALONG
    return path if job.kind == "export" and job.state == "done" and path.is_file() else None


async def leave(service: Service, listener_id: ListenerId) -> Job:
    """Erase a listener: at once for every reader, and as a job out of every file.

    Raises
    ------
    StorageUnavailable : nothing was erased.
    """
    now = service.now()
    await service.jobs.forget(listener_id)
    await answers.change(service, lambda conn: erasure.begin(conn, listener_id, now))
    service.playing.hush(listener_id)
    return service.jobs.leave()


def must_sit_here(request: Request[Any, Any, Any]) -> None:
    """Refuse a visitor without a key who is not at the machine itself.

    Raises
    ------
    NotAllowed : a visitor from elsewhere, or through a proxy.
    """
    caller: Caller = request.user
    if is_visiting(caller) and not _is_near(request.client, request.headers):
        raise NotAllowed("only who sits at this machine may do that here without a key")


def _is_near(client: Any, headers: Mapping[str, str]) -> bool:
    if any(name in headers for name in _FORWARDED) or client is None:
        return False
    try:
        return ipaddress.ip_address(client.host).is_loopback
    except ValueError:
        return False
