"""Who is listening? What each listener heard, said and asked for.

Comes in: events, through reducers that run in the transaction that stores them; and the tables of
signals. Goes out: a ``Profile`` as of now, the same as a ``Taste`` in a model's columns, and beliefs.

====================  ===================================================================
``reducers``          events → rows of the state tables; pure and order-free
``listens``           the whole history, in order, page by page
``same_plays``        one play that two sources reported counts once
``merging``           two ids become one item, or two again: what was heard is judged anew
``corrections``       "not me" and "don't use that": what they are about, what they leave out
``standing``          which corrections stand, and over which listens
``marks``             love, hate, ban, snooze, save, follow: which act sets which mark
``tallies``           counts somebody else kept, and their rows
``preferences``       time zone, region, explicit, exploration: what a listener chose
``profile``           everything serving needs to know of one listener, in seven point reads
``portrait``          what we believe of somebody, in figures they can check
``breadth``           generalist or specialist, month by month
``habits``            when, on what and what for: shrunk to themselves and to the crowd
``purposes``          what visits were for
``whose``             one listener's rows, or those of a crowd drawn from all
``receptivity``       how much of the new somebody keeps
``kept_receptivity``  the same of everybody, for serving
``artificial``        activity that looks as if no person made it: flagged, not deleted
``daily``             the population's signals day by day
``shift``             what of them moved, where, by how much and since when
``beliefs``           all of this of one listener, with its evidence
``taste``             a profile in a model's columns
====================  ===================================================================
"""
