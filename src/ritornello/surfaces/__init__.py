"""Where does it appear? Home, Discover Weekly and Daily Mix, the hard rules, and the ladder of rungs.

Comes in: the catalogue's view, editors' rulings, a bundle of models, a listener's profile, a recipe,
the instant and a generator. Goes out: a ``Decision``, ready to be written down before it is shown.

===================  ==================================================================
``recipes``          what a surface is made of, read from TOML, checked and hashed
``rules``            the one predicate of the hard rules, and its check on the answer
``situation``        who asks and when, what there is to choose from, what follows from both
``sources``          candidates by name: from a bundle and a profile
``slates``           candidates → a shelf of slots with propensities and reasons
``boosts``           what editors lift, and the reason it then carries
``shelf_traits``     what a shelf's objective reads of its candidates
``needs``            what an hour and a device are for
``onboarding``       five choices for whom little is known of
``showings``         what pages of the days before showed, and how it stands back
``shelf_order``      which shelves in which order
``ladder``           personal → last good → segment → popular → editorial
``fallbacks``        what the lower rungs show
``home``             the Home page
``last_good``        which answer was a listener's last personal one
``weekly_draft``     which tracks a Discover Weekly may hold, and their order
``discover_weekly``  one list a listener and ISO week: drafted, revealed, kept
``tastes``           a history as clusters: up to six tastes
``mix_identity``     which of today's tastes is which mix of yesterday
``mix_names``        what a mix is called
``near_tastes``      the adjacent new: which taste a track lies near
``rotation``         whose turn it is today, and how artists are spread
``mixes``            from one taste to one mix
``daily_mix``        up to six mixes a listener and local day
``list_build``       the lists of every surface with a period, for everybody
``lists``            period lists read back from their decision
``stations``         what a radio goes on from, and what it has offered
``pacing``           what may come next on a station, and when one for sleep ends
``near_station``     what is near a station's seed and what was done since, the last event most
``radio``            the next tracks of a station
``pools``            what editors say about a moment: the record, the files, their checks
``pool_files``       a pool as TOML, as JSPF, or both
``pool_edits``       one change to a pool at a time
``pool_rules``       what a pool finds in a catalogue
``pool_store``       every version of every pool
``pool_results``     what became of a pool's lists
``moment_taste``     what fits a listener in a moment
``moment_lists``     from candidates to a moment's list
``moments``          an editors' pool × the listener's own idea of it
``as_playlists``     a list as a playlist other programs understand
``search``           what is typed, said and asked on, down to the minute of an episode
===================  ==================================================================
"""
