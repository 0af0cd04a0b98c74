"""Search: as you type, as you speak, as you go on asking, and down to the minute.

Comes in: text or spoken hypotheses, a listener's situation, the index of the catalogue and of what is said
in episodes. Goes out: a ``Decision`` and how the request was read, as chips that can be taken away.

====================  ==================================================================
``hypotheses``        what a recogniser heard, in whatever form it says so
``lattices``          the best ways through a graph of words
====================  ==================================================================
"""
