"""Search: as you type, as you speak, as you go on asking, and down to the minute.

Comes in: text or spoken hypotheses, a listener's situation, the index of the catalogue and of what is said
in episodes. Goes out: a ``Decision`` and how the request was read, as chips that can be taken away.

====================  ==================================================================
``hypotheses``        what a recogniser heard, in whatever form it says so
``lattices``          the best ways through a graph of words
``terms``             what is said, as the terms that are compared
``cutting``           a transcript as passages: by time, speaker and topic
``gist``              terms and passages as vectors of one space
``passage_index``     the index of what is said, episode by episode
``focusing``          where to enter an episode, by what is said there
====================  ==================================================================
"""
