"""How do I prove that mine is right? The kit this project tests itself with, for whoever adds to it.

Comes in: an implementation of a contract, or nothing. Goes out: nothing, or an ``AssertionError``
that says which promise broke; records and worlds to test with. It reads every room; no room reads
it. A conformance kit is a module named after its room, with a tuple ``CHECKS``.

=================  ===============================================================================
``intake``         the promises of an intake: every good row kept, every bad one named
``scorers``        the promises of a scorer: exact shares, reaction to one play, the checkerboard
``success``        the promises of a success function: in range, never nan, order and company aside
``policies``       the promises of a policy: exact propensities, replay, budget
``objectives``     the promises of an objective: full support, the same from the log, alike alike
``surfaces``       the promises of a surface: the hard rules and a full list on every rung
``peers``          what ir_measures and trec_eval say of hard random runs, and how far we are off
``in_memory``      the tables of signals over relations in memory, without a home
``kills``          kill a storing process at random; count what it had promised and lost
``erasures``       kill an erasure at random; look in every byte for those who left
``clusters``       a Spark cluster on this machine: a master and its workers, each a process
``comparing``      two relations held against each other, row by row
``traces``         what is left of somebody below a folder, unpacked
``lakes``          a lake of any size, with what really happens in one of twenty records
``small_service``  a small service with a known answer: six styles, who keeps to which
``shelf``          a catalogue in memory
``tastes``         listeners of a scorer, made of nothing but columns
``records``        any valid event, item, decision or tally, as hypothesis strategies
=================  ===============================================================================
"""
