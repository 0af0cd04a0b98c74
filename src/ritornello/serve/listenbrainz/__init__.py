"""The ListenBrainz face, ``/1``: existing players, scrobblers and apps work unchanged.

Requests are taken as real clients send them (no content type, a body on GET, unknown query keys,
the token in the query) and answered in ListenBrainz's own shapes and words. A listener's key is
the user token, the listener's id the user name.

================  ==================================================================
``submissions``   submit-listens, validate-token, playing-now
``listens``       a user's listens and how many there are
``feedback``      love and hate, and what was said
``playlists``     the Weekly under ``createdfor``, and recommendations
================  ==================================================================

Source: the ListenBrainz API documentation and server, MetaBrainz Foundation.
"""

from litestar import Router

from ritornello.serve.listenbrainz import feedback, listens, playlists, submissions

router = Router(
    "/1",
    route_handlers=[
        *submissions.handlers,
        *listens.handlers,
        *feedback.handlers,
        *playlists.handlers,
    ],
    include_in_schema=False,
)
