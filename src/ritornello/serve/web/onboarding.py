"""The page of the five choices, for whom little is known of."""

from litestar import get, post
from litestar.response import Redirect, Response

from ritornello.kinds.errors import BadValue
from ritornello.serve import choosing
from ritornello.serve.choosing import MOST_CHOSEN, Group
from ritornello.serve.web.forms import sent_by
from ritornello.serve.web.shell import ANYBODY, Asked, service_of, show
from ritornello.serve.web.signing_in import visitor
from ritornello.serve.web.wording import listed, sentence_case


@get("/choose", opt=ANYBODY)
async def choose_page(request: Asked) -> Response[str]:
    """Show what there is to choose from, with what was chosen before."""
    offered = await choosing.offered(service_of(request), visitor(request))
    return await show(
        request,
        "choose.html",
        groups=[(named(group), group.choices) for group in offered.groups],
        was_asked=offered.was_asked,
    )


@post("/choose", opt=ANYBODY)
async def choose(request: Asked) -> Redirect:
    """Keep what was chosen, or that the question was left, and lead to the Home it makes."""
    who = visitor(request)
    chosen = frozenset((await sent_by(request)).get("chosen", []))
    if len(chosen) > MOST_CHOSEN:
        raise BadValue(f"at most {MOST_CHOSEN} can be chosen, not {len(chosen)}")
    await choosing.choose(service_of(request), who, chosen, "web")
    return Redirect("/", status_code=303)


def named(group: Group) -> str:
    """Return the heading of a group: its genres, else who leads it."""
    if group.genres:
        return sentence_case(listed(group.genres))
    return f"{group.choices[0].title} and others"
