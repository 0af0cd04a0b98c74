"""The OpenSubsonic face, ``/rest``: players that speak it find what to play by our search.

Requests are taken as real clients send them (``/rest/search3`` or ``/rest/search3.view``, the parameters in the
query or in a form) and answered in the protocol's own shape: XML unless ``f=json`` or ``f=jsonp`` asks for more,
HTTP 200 with an error code inside. A listener's key is the password or the ``apiKey``, the listener's id the
user name; a service's key acts for the user it names. Keys are kept as hashes, so ``t`` and ``s`` can prove
nothing: they are answered with error 41, as the protocol wants.

================  ==================================================================
``parameters``    what a request says, from its query or its form
``admission``     whose key it is, and how often they may ask
``envelope``      what every answer is wrapped in: XML, JSON or JSONP
``failures``      the protocol's error codes
``entities``      artists, albums and songs as clients read them
``search3``       the search, and everything page by page for a copy of the library
``methods``       which method is answered by what
================  ==================================================================

Source: the OpenSubsonic API (opensubsonic.netlify.app) and the Subsonic API 1.16.1.
"""

from litestar import Router

from ritornello.serve.subsonic import methods
from ritornello.serve.subsonic.failures import as_failure

router = Router(
    "/rest",
    route_handlers=[methods.answer],
    exception_handlers={Exception: as_failure},
    include_in_schema=False,
)
