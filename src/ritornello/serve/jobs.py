"""What a listener asked for and need not wait for: an import, taking along, leaving.

A job is a verb in a process of its own and a small file about it in the listener's own folder below
the home (``Home.belongings_of``), so that it is taken up again after a restart and goes when the
listener goes. One job of a kind at a time for a listener; imports of all listeners take turns, so
that nobody else's requests pay for them. Leaving alone leaves no file: the tombstone in the database
says what is left to do, and how it ended is known by the job's id, without whose it was.
"""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import msgspec

from ritornello.kinds.errors import BadValue, Conflict, NotFound
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import Instant
from ritornello.serve.children import Ended, ask_child
from ritornello.store.home import Home, make_folder

logger = logging.getLogger("ritornello.jobs")

Kind = Literal["import", "export", "erase"]
State = Literal["waiting", "running", "done", "failed", "cancelled"]
Ask = Callable[[Sequence[str]], Awaitable[Ended]]

KEPT = timedelta(days=1)
"""How long what somebody takes along, and word of a job that is over, lie in the home."""
N_IMPORTS = 1
UPLOAD = "upload"
TAKEN_ALONG = "taken-along.zip"
_RECORD = "job.json"


class Job(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One job: what, whose, how it stands, and what the verb answered or complained.

    Leaving is nobody's: ``listener_id`` is ``None``. ``file`` is where its upload lies, below its own folder; ``name`` what the browser called it,
    which is shown and never used as a path.
    """

    job_id: UUID
    kind: Kind
    listener_id: ListenerId | None
    state: State = "waiting"
    started_at: Instant
    ended_at: Instant | None = None
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    file: str = ""
    answer: dict[str, Any] | None = None
    error: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing of it waits or runs any more."""
        return self.state not in ("waiting", "running")


class Jobs:
    """The jobs of all listeners of one home, for one event loop.

    Parameters
    ----------
    ask : runs a verb and says how it ended.
    """

    def __init__(self, home: Home, now: Callable[[], datetime], ask: Ask = ask_child) -> None:
        self._home = home
        self._now = now
        self._ask = ask
        self._under_way: dict[UUID, asyncio.Task[None]] = {}
        self._leaving: dict[UUID, Job] = {}
        self._turns = asyncio.Semaphore(N_IMPORTS)
        self._stopping = False

    def folder(self, job: Job) -> Path:
        """Return the folder that holds a job's record, its upload and what it made."""
        if job.listener_id is None:
            raise BadValue("leaving has no folder")
        return self._home.belongings_of(job.listener_id) / str(job.job_id)

    def of(self, listener_id: ListenerId, kind: Kind | None = None) -> list[Job]:
        """Return a listener's jobs, the newest first."""
        records = self._home.belongings_of(listener_id).glob(f"*/{_RECORD}")
        found = [job for job in map(_read, records) if job is not None]
        wanted = [job for job in found if kind in (None, job.kind)]
        return sorted(wanted, key=lambda job: job.started_at, reverse=True)

    def get(self, listener_id: ListenerId, job_id: UUID) -> Job:
        """Return one of a listener's jobs.

        Raises
        ------
        NotFound : this listener has no such job.
        """
        found = next((job for job in self.of(listener_id) if job.job_id == job_id), None)
        if found is None:
            raise NotFound(f"no job {job_id} of this listener; it may be over for more than a day")
        return found

    def leaving(self, job_id: UUID) -> Job:
        """Return a job of leaving by its id alone, which only who left was told.

        Raises
        ------
        NotFound : there is none, or the server was started again since.
        """
        found = self._leaving.get(job_id)
        if found is None:
            raise NotFound(
                f"no erasure {job_id} is known here any more; what was begun is finished"
            )
        return found

    def leave(self) -> Job:
        """Begin to finish every erasure that was begun."""
        job = Job(job_id=uuid4(), kind="erase", listener_id=None, started_at=self._now())
        return self.begin(job)

    def open(self, listener_id: ListenerId, kind: Kind, *, name: str = "", file: str = "") -> Job:
        """Return a new job with a folder of its own, to be filled and then begun.

        Raises
        ------
        Conflict : the listener has one of this kind under way.
        """
        if any(not job.is_over for job in self.of(listener_id, kind)):
            raise Conflict(f"an {kind} of yours is under way; wait for it or stop it")
        job = Job(
            job_id=uuid4(),
            kind=kind,
            listener_id=listener_id,
            started_at=self._now(),
            name=name,
            file=file,
        )
        self._keep(job)
        return job

    def begin(self, job: Job) -> Job:
        """Let a job run; return at once."""
        running = msgspec.structs.replace(job, state="running")
        self._keep(running)
        self._under_way[job.job_id] = asyncio.create_task(self._run(running))
        return running

    def drop(self, job: Job) -> None:
        """Remove a job with its files, as if nobody had asked."""
        shutil.rmtree(self.folder(job), ignore_errors=True)

    async def cancel(self, job: Job) -> None:
        """Stop a job; what it did so far stays."""
        task = self._under_way.get(job.job_id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def forget(self, listener_id: ListenerId) -> None:
        """Stop whatever runs for a listener and remove it."""
        for job in self.of(listener_id):
            await self.cancel(job)
            self.drop(job)

    async def over(self, job: Job) -> Job:
        """Wait until a job is over; return how it ended."""
        task = self._under_way.get(job.job_id)
        if task is not None:
            await asyncio.wait([task])
        if job.listener_id is None:
            return self.leaving(job.job_id)
        return self.get(job.listener_id, job.job_id)

    def resume(self, *, leaving: bool = False) -> None:
        """Take up what a stop or a crash interrupted, and remove what is past its time.

        Parameters
        ----------
        leaving : an erasure was begun and did not end.
        """
        if leaving:
            self.leave()
        for record in self._home.belongings.glob(f"*/*/{_RECORD}"):
            job = _read(record)
            if job is None or job.state == "waiting" or self._is_past(job):
                shutil.rmtree(record.parent, ignore_errors=True)
            elif job.state == "running":
                self.begin(job)

    async def stop(self) -> None:
        """End every process; the jobs go on when the server is started again."""
        self._stopping = True
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_past(self, job: Job) -> bool:
        return job.ended_at is not None and job.ended_at + KEPT < self._now()

    async def _run(self, job: Job) -> None:
        ended = Ended(1, error="it was stopped")
        state: State = "cancelled"
        try:
            ended = await self._turn(job)
            state = "failed" if ended.status else "done"
        except asyncio.CancelledError:
            if self._stopping:
                return
        except OSError as error:
            ended, state = Ended(1, error=f"it did not start: {error.strerror}"), "failed"
        finally:
            self._under_way.pop(job.job_id, None)
        self._settle(job, state, ended)

    async def _turn(self, job: Job) -> Ended:
        words = words_of(job, self._home)
        if job.kind != "import":
            return await self._ask(words)
        async with self._turns:
            return await self._ask(words)

    def _settle(self, job: Job, state: State, ended: Ended) -> None:
        """Write down how a job ended, and remove what it was fed with."""
        over = msgspec.structs.replace(
            job,
            state=state,
            ended_at=self._now(),
            answer=_answer(ended.answer),
            error="" if state == "done" else ended.error.partition(": ")[2] or ended.error,
        )
        logger.info("%s %s", job.kind, state)
        if job.file:
            with suppress(FileNotFoundError):
                (self.folder(job) / job.file).unlink()
        self._keep(over)

    def _keep(self, job: Job) -> None:
        if job.kind == "erase":
            self._leaving[job.job_id] = job
            return
        folder = self.folder(job)
        make_folder(folder)
        record = folder / f"{_RECORD}.new"
        record.write_bytes(msgspec.json.encode(job))
        record.replace(folder / _RECORD)


@asynccontextmanager
async def looked_after(jobs: Jobs, *, leaving: bool) -> AsyncIterator[None]:
    """Take up interrupted jobs, and end their processes when the block ends."""
    jobs.resume(leaving=leaving)
    try:
        yield
    finally:
        await jobs.stop()


def words_of(job: Job, home: Home) -> tuple[str, ...]:
    """Return the verb a job is, as one would type it."""
    where = ("--home", str(home.path), "--json")
    if job.listener_id is None:
        return ("listener", "erase", "--unfinished", *where)
    folder = home.belongings_of(job.listener_id) / str(job.job_id)
    if job.kind == "import":
        listener = ("--listener", job.listener_id)
        return ("import", "history", str(folder / job.file), *listener, *where)
    return ("listener", "export", job.listener_id, str(folder / TAKEN_ALONG), *where)


def _read(record: Path) -> Job | None:
    """Return the job a file is about; nothing for one that was torn or removed meanwhile."""
    try:
        return msgspec.json.decode(record.read_bytes(), type=Job)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError):
        return None


def _answer(said: bytes) -> dict[str, Any] | None:
    """Return what a verb answered, if it was a record."""
    try:
        return msgspec.json.decode(said, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
