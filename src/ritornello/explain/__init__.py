"""Why this? Reasons computed from the very scores that ranked it.

Comes in: a scorer's contributions (how much each heard item added to a score). Goes out: at most
three ``Reason`` a slot, each with its share of the score, and the sentence a listener reads.

============  =====================================================
``reasons``   contributions → reasons → plain sentences
============  =====================================================
"""
