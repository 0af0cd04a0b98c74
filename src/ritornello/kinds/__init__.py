"""Which words do we use? The frozen records every room speaks in.

Comes in: nothing; this room imports no other. Goes out: events, decisions, catalogue items, ids,
times, randomness, settings and the error tree. A field has one name in Python, JSON, SQL, Parquet
and OpenAPI.

======================  ==========================================================
``ids``                 what an id looks like; deterministic and time-ordered ids
``times``               aware UTC instants, days, ISO weeks in a listener's zone
``events``              ``Listen``, ``Impression``, ``Act``, ``Query``, ``Answer``
``decisions``           ``Decision`` with its shelves, shortlists, slots, reasons
``abouts``              what a correction is about, beyond items
``items``               ``Track``, ``Artist``, ``Album``, ``Show``, ``Episode``
``transcripts``         ``Segment`` and ``Chapter``: what is said in an episode, and when
``tallies``             counts somebody else kept
``faults``              what was wrong with a row that was not kept
``errors``              the error tree
``randomness``          generators derived per listener, surface and date
``settings``            every setting: name, default, unit, help
``columns``             the same records as SQL columns
======================  ==========================================================
"""
