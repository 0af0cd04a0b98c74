"""The listener's pages: Home, Discover Weekly, an item and why it is here, You, signing in.

Comes in: a browser's requests. Goes out: server-rendered pages that read and navigate without
JavaScript, and events through ``serve.answers`` like every other client's.

=================  ===========================================================
``signing_in``     the session's cookie, its CSRF token, and who may see a page
``pages``          what is read: Home, Weekly, item, why, You
``acts``           what is said: love, ban, undo, listens, impressions, choices
``cards``          decisions and items as the cards and rows templates show
``wording``        greetings, reasons, times and counts in plain words
``covers``         SVG drawn from an item where there is no artwork
``rendering``      templates, assets, the headers every page carries
=================  ===========================================================

``templates/`` holds Jinja2, ``static/`` hand-written CSS and JavaScript and, under
``static/vendor/``, htmx with its licence and SHA-256.
"""

from litestar import Router

from ritornello.serve.web import acts, pages
from ritornello.serve.web.shell import as_page
from ritornello.serve.web.signing_in import SignInFirst, to_sign_in

router = Router(
    path="/",
    route_handlers=[
        pages.home,
        pages.weekly,
        pages.item,
        pages.why,
        pages.you,
        pages.cover,
        pages.static,
        acts.act,
        acts.report,
        acts.preferences,
        acts.sign_in_page,
        acts.sign_in,
        acts.sign_out,
    ],
    exception_handlers={SignInFirst: to_sign_in, Exception: as_page},
    include_in_schema=False,
)
