"""Jobs: one of a kind at a time, taken up after a stop, gone with their listener."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ritornello.kinds.errors import Conflict, NotFound
from ritornello.serve.children import Ended
from ritornello.serve.jobs import Job, Jobs, looked_after, words_of
from ritornello.store.home import Home

WHO = "listener-1"


class Verbs:
    """Stands in for processes: each verb waits until it is told how it ends."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.ends: list[asyncio.Future[Ended]] = []

    async def ask(self, words: Sequence[str]) -> Ended:
        self.asked.append(tuple(words))
        self.ends.append(asyncio.get_running_loop().create_future())
        return await self.ends[-1]


@pytest.fixture
def verbs() -> Verbs:
    return Verbs()


@pytest.fixture
def jobs(tmp_path: Path, clock: Any, verbs: Verbs) -> Jobs:
    return Jobs(Home(tmp_path).create(), clock.now, verbs.ask)


def run(main: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(main())  # type: ignore[arg-type]


def brought(jobs: Jobs, who: str = WHO) -> Job:
    job = jobs.open(who, "import", name="mine.zip", file="upload.zip")
    (jobs.folder(job) / "upload.zip").write_bytes(b"zip")
    return jobs.begin(job)


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_an_import_answers_and_its_upload_is_removed(jobs: Jobs, verbs: Verbs) -> None:
    async def main() -> None:
        job = brought(jobs)
        await turn()
        assert jobs.get(WHO, job.job_id).state == "running"
        verbs.ends[0].set_result(Ended(0, b'{"n_kept": 7}'))
        done = await jobs.over(job)
        assert (done.state, done.answer, done.error) == ("done", {"n_kept": 7}, "")
        assert not (jobs.folder(job) / "upload.zip").exists()
        assert verbs.asked[0][:2] == ("import", "history")
        assert verbs.asked[0][3:5] == ("--listener", WHO)

    run(main)


def test_a_complaint_is_kept_as_its_sentence(jobs: Jobs, verbs: Verbs) -> None:
    async def main() -> None:
        job = brought(jobs)
        await turn()
        verbs.ends[0].set_result(Ended(1, b"", "error: upload.zip is no listening history"))
        done = await jobs.over(job)
        assert (done.state, done.error) == ("failed", "upload.zip is no listening history")

    run(main)


def test_one_of_a_kind_at_a_time_for_a_listener(jobs: Jobs, verbs: Verbs) -> None:
    async def main() -> None:
        opened = jobs.open(WHO, "import", file="upload.zip")
        with pytest.raises(Conflict):
            jobs.open(WHO, "import", file="upload.zip")
        jobs.open(WHO, "export")
        jobs.open("listener-2", "import", file="upload.zip")
        jobs.drop(opened)
        brought(jobs)
        await turn()
        await jobs.stop()

    run(main)


def test_imports_of_all_listeners_take_turns(jobs: Jobs, verbs: Verbs) -> None:
    async def main() -> None:
        first, second = brought(jobs), brought(jobs, "listener-2")
        await turn()
        assert len(verbs.asked) == 1
        verbs.ends[0].set_result(Ended(0, b"{}"))
        await jobs.over(first)
        await turn()
        assert len(verbs.asked) == 2
        verbs.ends[1].set_result(Ended(0, b"{}"))
        assert (await jobs.over(second)).state == "done"

    run(main)


def test_a_stopped_import_is_said_to_be(jobs: Jobs) -> None:
    async def main() -> None:
        job = brought(jobs)
        await turn()
        await jobs.cancel(job)
        stopped = jobs.get(WHO, job.job_id)
        assert stopped.state == "cancelled"
        assert stopped.ended_at is not None
        assert not (jobs.folder(job) / "upload.zip").exists()

    run(main)


def test_what_a_restart_interrupts_goes_on(jobs: Jobs, tmp_path: Path, clock: Any) -> None:
    async def before() -> None:
        async with looked_after(jobs, leaving=False):
            brought(jobs)
            torn = jobs.open("listener-2", "import", file="upload.zip")
            assert jobs.folder(torn).exists()
            await turn()

    run(before)
    again = Verbs()
    later = Jobs(Home(tmp_path), clock.now, again.ask)

    async def after() -> None:
        async with looked_after(later, leaving=False):
            await turn()
            (job,) = later.of(WHO)
            assert (job.state, len(again.asked)) == ("running", 1)
            assert later.of("listener-2") == [], "an upload that was torn is gone"
            again.ends[0].set_result(Ended(0, b"{}"))
            assert (await later.over(job)).state == "done"

    run(after)


def test_word_of_a_job_is_kept_for_a_day(jobs: Jobs, verbs: Verbs, clock: Any) -> None:
    async def main() -> None:
        job = brought(jobs)
        await turn()
        verbs.ends[0].set_result(Ended(0, b"{}"))
        await jobs.over(job)
        clock.move(hours=23)
        jobs.resume()
        assert jobs.get(WHO, job.job_id).is_over
        clock.at += timedelta(hours=2)
        jobs.resume()
        with pytest.raises(NotFound):
            jobs.get(WHO, job.job_id)

    run(main)


def test_leaving_is_known_by_its_id_and_leaves_no_file(
    jobs: Jobs, verbs: Verbs, tmp_path: Path
) -> None:
    async def main() -> None:
        mine = brought(jobs)
        await turn()
        await jobs.forget(WHO)
        assert not jobs.folder(mine).exists()
        job = jobs.leave()
        await turn()
        assert verbs.asked[-1][:3] == ("listener", "erase", "--unfinished")
        verbs.ends[-1].set_result(Ended(0, b'{"certificates": []}'))
        assert (await jobs.over(job)).answer == {"certificates": []}
        assert jobs.leaving(job.job_id).state == "done"

    run(main)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_interrupted_erasure_goes_on(jobs: Jobs, verbs: Verbs) -> None:
    async def main() -> None:
        async with looked_after(jobs, leaving=True):
            await turn()
            assert verbs.asked[0][:3] == ("listener", "erase", "--unfinished")

    run(main)


def test_a_torn_record_is_no_job(jobs: Jobs, tmp_path: Path) -> None:
    opened = jobs.open(WHO, "export")
    (jobs.folder(opened) / "job.json").write_bytes(b'{"job_id": ')
    assert jobs.of(WHO) == []
    jobs.resume()
    assert not jobs.folder(opened).exists()


def test_no_part_of_a_verb_is_a_name_from_outside(jobs: Jobs, tmp_path: Path) -> None:
    job = jobs.open(WHO, "import", name="--home=/etc; rm -rf", file="upload.zip")
    words = words_of(job, Home(tmp_path))
    assert not any("rm -rf" in word for word in words)
    assert Path(words[2]).is_relative_to(tmp_path)
