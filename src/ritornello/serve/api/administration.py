"""What keeps a service running: keys, faults, and the two probes.

``/health`` is the only route open to everybody beside the description; ``/metrics`` wants a key
(Prometheus sends one as a bearer token).
"""

from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, delete, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from ritornello import __version__
from ritornello.kinds.faults import Fault
from ritornello.kinds.ids import ListenerId
from ritornello.policies import telling
from ritornello.serve import answers, bodies, metrics
from ritornello.serve.access import ROLES, allow
from ritornello.serve.document import reads
from ritornello.serve.service import Service
from ritornello.store import faults, keys

HowMany = Annotated[int, QueryParameter(ge=1, le=1000)]


class WantedKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a new key is for; a listener's key names its listener."""

    role: keys.Role
    listener_id: ListenerId | None = None
    label: Annotated[str, msgspec.Meta(max_length=100)] = ""


class MadeKey(msgspec.Struct, frozen=True):
    """A new key; ``key`` is shown here and never again."""

    key_id: str
    key: str


class FaultPage(msgspec.Struct, frozen=True):
    """The latest faults, and how many each rule ever had."""

    faults: list[Fault]
    n_by_rule: dict[str, int]


class Health(msgspec.Struct, frozen=True):
    """Whether the database answers, and which version does."""

    status: str
    version: str
    simulated: bool


@get("/keys", opt=allow("service"))
async def list_keys(request: Request[Any, Any, Any]) -> list[keys.Key]:
    """Return every key, revoked ones too, without its secret."""
    service: Service = request.app.state.service
    return await service.read(keys.known)


@post("/keys", opt={**allow("service"), **reads(WantedKey)})
async def make_key(request: Request[Any, Any, Any]) -> MadeKey:
    """Make a key; the answer is the only place its secret ever stands."""
    service: Service = request.app.state.service
    wanted, now = bodies.read(await request.body(), WantedKey), service.now()
    key_id, key = await answers.change(
        service,
        lambda conn: keys.create(
            conn, now, wanted.role, listener_id=wanted.listener_id, label=wanted.label
        ),
    )
    return MadeKey(key_id, key)


@delete("/keys/{key_id:str}", opt=allow("service"))
async def revoke_key(request: Request[Any, Any, Any], key_id: FromPath[str]) -> None:
    """Revoke a key; within a second nothing accepts it."""
    service: Service = request.app.state.service
    now = service.now()
    await answers.change(service, lambda conn: keys.revoke(conn, now, key_id))


@get("/faults", opt=allow("scientist", "service"))
async def list_faults(
    request: Request[Any, Any, Any],
    n: HowMany = 100,
    source: FromQuery[str | None] = None,
    rule: FromQuery[str | None] = None,
) -> FaultPage:
    """Return what was wrong with what was not kept, newest first."""
    service: Service = request.app.state.service
    found = await service.read(lambda conn: faults.latest(conn, n, source=source, rule=rule))
    counted = await service.read(faults.count)
    n_by_rule: dict[str, int] = {}
    for (_, name), n_faults in counted.items():
        n_by_rule[name] = n_by_rule.get(name, 0) + n_faults
    return FaultPage(found, n_by_rule)


@get("/health", opt=allow(*ROLES))
async def health(request: Request[Any, Any, Any]) -> Health:
    """Answer 200 while the database can be read."""
    service: Service = request.app.state.service
    await service.read(lambda conn: conn.execute("SELECT 1 FROM meta").fetchone())
    return Health("ok", __version__, service.simulated)


@get("/metrics", opt=allow("scientist", "service"), media_type=MediaType.TEXT)
async def metrics_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return what Prometheus reads."""
    service: Service = request.app.state.service
    bundle = service.bundles.bundle
    if bundle is not None:
        age_s = (service.now() - bundle.trained_at).total_seconds()
        for surface in service.recipes:
            service.metrics.model_age(surface, age_s)
    told = telling.by_surface(service.beliefs.beliefs).surfaces
    service.metrics.learned({name: sum(b.n_lessons for b in each) for name, each in told.items()})
    return Response(service.metrics.page(), media_type=metrics.CONTENT_TYPE)


handlers = (list_keys, make_key, revoke_key, list_faults)
probes = (health, metrics_page)
