"""The native API: ``/v1``, and beside it ``/health`` and ``/metrics``.

======================  ==========================================================
``events``              ``POST /v1/events``: what players report
``surfaces``            Home, Discover Weekly, decisions and their reasons
``radio``               the next tracks of a station
``search``              what is searched for, as one types, settled, going on, in an episode
``playlists``           any list as JSPF, XSPF or M3U8
``onboarding``          the five choices of the beginning
``listeners``           a listener's history, corrections and preferences
``belongings``          what a listener brings, takes along, and leaves
``catalogue``           items, and merges of items that are one
``rulings``             what editors pin and block
``pools``               what editors say about moments
``policies``            what policies have learned
``signals``             visits, tables, success functions, measures
``studies``             what was judged: collections, leaderboards, runs, reports
``administration``      keys, faults, health, metrics
======================  ==========================================================
"""

from litestar import Router

from ritornello.serve.api import (
    administration,
    belongings,
    catalogue,
    events,
    listeners,
    onboarding,
    playlists,
    policies,
    pools,
    radio,
    rulings,
    search,
    signals,
    studies,
    surfaces,
)

routers = (
    Router(
        "/v1",
        route_handlers=[
            *events.handlers,
            *surfaces.handlers,
            *radio.handlers,
            *search.handlers,
            *playlists.handlers,
            *listeners.handlers,
            *onboarding.handlers,
            *belongings.handlers,
            *catalogue.handlers,
            *rulings.handlers,
            *pools.handlers,
            *policies.handlers,
            *signals.handlers,
            *studies.handlers,
            *administration.handlers,
        ],
    ),
    *administration.probes,
)
