"""Search: as you type, as you speak, as you go on asking, and down to the minute.

Comes in: text or spoken hypotheses, a listener's situation, the index of the catalogue and of what is said
in episodes. Goes out: a ``Decision`` and how the request was read, as chips that can be taken away.

====================  ==================================================================
``spelling``          names folded to plain letters, and the other ways they are written (+ ``.toml``)
``documents``         what is searched of everything that has a name, and what changed since
``fields``            how documents lie in the text index
``kept_rows``         what is known of each document beside its terms
``versions``          indexes on disk: made aside, switched atomically, swept
``building``          a whole new index of the catalogue
``sought``            what is looked for: a text, folded and bounded
``probes``            which documents may be meant, the narrowest looks first
``closeness``         how near documents come to what was typed
``index``             an index opened, asked, and kept up with the catalogue
``hypotheses``        what a recogniser heard, in whatever form it says so
``lattices``          the best ways through a graph of words
``terms``             what is said, as the terms that are compared
``cutting``           a transcript as passages: by time, speaker and topic
``gist``              terms and passages as vectors of one space
``passage_index``     the index of what is said, episode by episode
``focusing``          where to enter an episode, by what is said there
``tokens``            a request as the words it is read by
``chips``             how a request was read: one thing it asks for, as text and in words
``telling``           a chip as people read it
``lexicon``           the words that can be meant, and what each is in a catalogue (+ ``.toml``)
``said_words``        which words of a catalogue can be said
``naming``            what a few words name: artists and shows, or anything
``quantities``        decades and years, beats a minute, minutes and hours
``scanning``          a request taken apart: the longest phrase at each place
``opening``           what "by", "like" and "about" open, and names alone
``negating``          what a "no" reaches
``grammar``           a request read offline: chips, and the words that are left
``language_model``    a request read by somebody's language model, held to the lexicon
``filters``           what chips take away: the rows that must be so
``leaning``           what is nearer to what was asked
``standing``          what a conversation has come to, as plain values the client keeps
``phrases``           what listeners say to change a request (+ ``.toml``)
``axes``              further along than what is shown: calmer, faster, newer
``ground``            what a turn is understood against
``overlay``           a reading laid over what stands
``moves``             what a phrase does to a request
``questions``         one short question where a request can be meant in several ways
``turns``             one turn of a conversation
``passage_building``  that index, made from a home and kept up with it
``mindset``           one known item, or something to be found: a probability, and why (+ ``.toml``)
``recognisers``       a recogniser somebody installed: a command given a sound file
``carriers``          the words people put around what they want (+ ``.toml``)
``spoken_numbers``    numbers as they are read aloud, and back
``sounds``            how names sound: Double Metaphone, and sounds that compare (+ ``.toml``)
``sound_index``       names found by how they sound
``sounded``           how near names come to what was heard, over all hypotheses
``spoken``            what was meant by what was heard, all hypotheses together
``read_back``         a sentence that says it, and whether to act, confirm or ask
``history``           what a listener's own plays say of items and of who made them
``hits``              rows that may be meant: found by the index, and the listener's own
``ranking``           the order of what was found, by declared parts that are its reasons
``own_lists``         a listener's own lists by name, and the moments
``instant``           the likeliest of each kind as somebody types
``recents``           what listeners searched for lately, theirs to forget
``suggestions``       what a query may become
``shelves``           from what was found to shelves with probabilities
``search``            the surface: a search as a decision
``proximity``         how near each other the words of a question are said
``chaptering``        chapters where the feed has none; an episode to read along
====================  ==================================================================
"""
