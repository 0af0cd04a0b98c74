"""What was judged before it was served: collections with their leaderboards, runs with their recipes, reports."""

from typing import Any

import msgspec
from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response

from ritornello.evaluate import reports
from ritornello.evaluate.studies import Kept
from ritornello.serve import judgements
from ritornello.serve.access import STUDENTS, allow
from ritornello.serve.judgements import CollectionTold, RunTold


class Studies(msgspec.Struct, frozen=True):
    """Everything that was kept, the latest first."""

    studies: list[Kept]


@get("/studies", opt=allow(*STUDENTS))
async def studies(request: Request[Any, Any, Any]) -> Studies:
    """Return the collections, runs and reports that are kept, without their rows."""
    return Studies(await judgements.kept(request.app.state.service))


@get("/studies/collections/{study_id:str}", opt=allow(*STUDENTS))
async def collection(request: Request[Any, Any, Any], study_id: FromPath[str]) -> CollectionTold:
    """Return a collection: what its judgements rest on, and its runs side by side with intervals."""
    return await judgements.collection(request.app.state.service, study_id)


@get("/studies/runs/{study_id:str}", opt=allow(*STUDENTS))
async def run(request: Request[Any, Any, Any], study_id: FromPath[str]) -> RunTold:
    """Return a run: its recipe, what was kept out of it, and how its values lie among the topics."""
    return await judgements.run(request.app.state.service, study_id)


@get("/studies/reports/{study_id:str}", opt=allow(*STUDENTS))
async def report(request: Request[Any, Any, Any], study_id: FromPath[str]) -> Response[bytes]:
    """Return a report, its numbers at full precision."""
    found = await judgements.report(request.app.state.service, study_id)
    return Response(reports.to_json(found), media_type="application/json")


handlers = (studies, collection, run, report)
