"""How does it go out? The HTTP API, the ListenBrainz and OpenSubsonic faces, the web pages, the scheduler.

Comes in: requests of players, pages and platforms. Goes out: verdicts, decisions committed before
they leave, playlists, metrics. One process, one event loop, one writer; training, sealing and
building run in child processes.

==================  ============================================================
``service``         everything one running server holds
``opening``         a home put into service, and closed again
``answers``         the functions API, ListenBrainz face and pages all use
``whys``            why an item stood where it stood, and what a correction changed
``choosing``        the five choices of the beginning
``moments``         moments on now, one's list, anybody's as it would be
``pools``           editors' pools: read, check, change, take back
``radios``          stations of radio: begin one, go on, look at one
``searching``       as one types, settled, going on, in an episode
``speaking``        search by voice
``understanding``   what can be found and meant right now, made in the background
``turns``           one at a time for each listener
``histories``       what a listener did and what is believed of them
``profiles``        what decides beside taste: words, choices, segments, needs
``study``           the lake read beside serving, one question at a time
``meanings``        what listening was read as, for pages and API
``judgements``      what was judged before it was served, for pages and API
``believing``       what the tables let us believe of somebody, told while others are served
``collecting``      garbage, without looking at what stays
``children``        a verb of ours in a process of its own
``jobs``            what a listener asked for and need not wait for
``uploads``         a file from outside, streamed to disk and counted
``belongings``      what a listener brings, takes along, and leaves
``app``             the Litestar application
``express``         the lane for well-formed events, past the framework
``landing``         from the writer's thread to the event loop
``access``          roles, and callers by their keys
``gate``            the one gate every request passes
``limits``          token buckets per key and address
``bodies``          request bodies, unpacked and counted
``problems``        how an error looks: problem+json, or ``{code, error}`` on ``/1``
``metrics``         Prometheus
``playing``         what each listener plays at this moment
``document``        the OpenAPI description
``api``             the native API, ``/v1``
``listenbrainz``    the ListenBrainz face, ``/1``
``subsonic``        the OpenSubsonic face, ``/rest``
``web``             the listener's pages
``scheduler``       what is due, and the child process that does it
``run``             the server itself
==================  ============================================================
"""
