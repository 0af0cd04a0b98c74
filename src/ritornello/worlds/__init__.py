"""Where do we practise? Simulated catalogues and listeners whose true satisfaction is known.

Comes in: an instant that history ends at, and a generator. Goes out: catalogue items and events of
the same kinds real players send, in time order, to be stored through the same writer; and the truth
behind them, which only tests read. Nothing here knows how anything is served.

================  ====================================================================================
``sounds``        a numbered catalogue: artists, albums, tracks, shows, episodes, and how they sound
``people``        listeners: tastes as mixtures over genres, hours, devices, love of the new
``weeks``         what those people play in some weeks, as columns
``planted``       visits whose intent, satisfaction and effects of every signal are known
``planted_rows``  what those visits did, as the relations ``signals`` reads
``carousels``     listeners before carousels of playlists, as Bendada et al. judged bandits
``titles``        a catalogue of any size with names shaped like names, and its plays
``slates``        slates drawn by known policies before known listeners: what estimators must find out
``speech``        what is said in the toy world's podcasts
``toy``           the small world ``ritornello serve`` offers an empty home
``talks``         hours of talk with known topics: transcripts of any size
================  ====================================================================================
"""
