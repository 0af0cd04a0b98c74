"""Who is listening? What each listener heard, said and asked for.

Comes in: events, through reducers that run in the transaction that stores them. Goes out: a
``Profile`` as of now, and the same as a ``Taste`` in a model's columns.

=================  ===================================================================
``reducers``       events → rows of the state tables; pure and order-free
``listens``        the whole history, in order, page by page
``same_plays``     one play that two sources reported counts once
``merging``        two ids become one item, or two again: what was heard is judged anew
``corrections``    "not me" and "don't use that": what they are about, what they leave out
``standing``       which corrections stand, and over which listens
``marks``          love, hate, ban, snooze, save, follow: which act sets which mark
``tallies``        counts somebody else kept, and their rows
``preferences``    time zone, region, explicit, exploration: what a listener chose
``profile``        everything serving needs to know of one listener, in six point reads
``portrait``       what we believe of somebody, in figures they can check
``taste``          a profile in a model's columns
=================  ===================================================================
"""
