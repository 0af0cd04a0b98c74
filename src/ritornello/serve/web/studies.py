"""What was judged before it shipped: kept reports, and the collections and runs they rest on."""

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from ritornello.evaluate import reports, studies
from ritornello.kinds.times import zone
from ritornello.serve import judgements
from ritornello.serve.access import STUDENTS, allow
from ritornello.serve.web.rendering import PRIVATE
from ritornello.serve.web.shell import Asked, service_of, show

STUDY = allow(*STUDENTS, cookies=True)
OWN_LOOK = {"Content-Security-Policy": f"{reports.POLICY}; frame-ancestors 'none'"}
"""A report brings its own style and may do nothing else, here as from a disk."""


@get("/studies", opt=STUDY)
async def kept_studies(request: Asked) -> Response[str]:
    """Show every kept report with its verdict, and the collections with how many runs each has."""
    service = service_of(request)
    kept = await judgements.kept(service)
    by_kind = {kind: [each for each in kept if each.kind == kind] for kind in studies.KINDS}
    runs = [each.facts.get("collection_id") for each in by_kind[studies.RUNS]]
    return await show(
        request,
        "studies.html",
        kept_reports=by_kind[studies.REPORTS],
        collections=by_kind[studies.COLLECTIONS],
        n_runs={each.id: runs.count(each.id) for each in by_kind[studies.COLLECTIONS]},
        tz=zone(service.settings["time_zone"]),
        now=service.now(),
    )


@get("/studies/reports/{name:str}", opt=STUDY)
async def kept_report(request: Asked, name: FromPath[str]) -> Response[bytes]:
    """Show a report as the page it is; ``/studies/reports/ID.json`` is the same as JSON."""
    study_id, dot, form = name.partition(".")
    found = await judgements.report(service_of(request), study_id)
    if dot and form == "json":
        return Response(reports.to_json(found), media_type="application/json", headers=PRIVATE)
    page = reports.html(found).encode()
    return Response(page, media_type="text/html; charset=utf-8", headers=PRIVATE | OWN_LOOK)
