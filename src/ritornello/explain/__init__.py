"""Why this? Reasons computed from the very scores that ranked it.

Comes in: a scorer's contributions (how much each heard item added to a score), or a scorer to leave evidence out
of. Goes out: at most three ``Reason`` a slot, each with its share of the score, the sentence a listener reads, and
what a correction changed.

==============  ===========================================================
``reasons``     contributions → reasons
``deletion``    what a score loses without some evidence
``sentences``   a reason → the sentence a listener reads
``difference``  two decisions, before and after a correction, side by side
==============  ===========================================================
"""
