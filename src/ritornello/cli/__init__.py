"""What do I type? ``ritornello`` and its verbs, one module a command.

Comes in: arguments, the environment, a home. Goes out: an answer on standard output, as a sentence
and a table or with ``--json`` as JSON; progress on standard error; 0 done, 1 not done, 2 not asked
properly. Rooms are imported inside the commands, so that ``--help`` is there at once.

===============  ==========================================================================
``app``          the verbs put together, and how an error is told
``options``      the options commands share
``terminal``     answers, progress, tables
``reporting``    ``--report FILE``: a page or JSON, kept in the home
``wiring``       the rooms put together: tables, reducers, the clock
``situations``   what a surface is asked with, outside a server
``init``         make an empty home
``importing``    ``import``: catalogues, events, interactions, histories, feeds
``feed_source``  where a podcast's feed is read from: a file, a folder, the web
``exporting``    ``export``: the catalogue, the events, lists for players
``merge``        state that two ids are one thing
``seal``         move the log into the lake
``rebuild``      make every derived table again
``train``        train the models and put them in use
``index``        make the indexes of search anew
``build``        build the lists that are due
``search``       what a search would show, and how it was read
``recommend``    what would be shown to a listener now
``serve``        answer over HTTP
``filling``      fill an empty home with the toy world
``listener``     take along, erase, let in anew
``listener_show``    ``listener show``: what is believed of somebody, on what evidence
``policies_learn``      ``policies learn``: lessons of what was heard, once or beside a server
``policies_rebuild``    ``policies rebuild``: everything learned anew, and kept
``policies_roll_back``  ``policies roll-back``: earlier beliefs served until told otherwise
``policies_show``       ``policies show``: what is believed, and which versions are kept
``signals_build``    ``signals build``: the tables of what listeners did
``signals_explain``  ``signals explain``: what a visit was read as, event by event
``signals_intents``  ``signals intents``: what visits look like, and what that is called
``signals_measure``  ``signals measure``: measures of engagement, also by arm
``signals_shift``    ``signals shift``: what of all listeners' signals moved
``signals_success``  ``signals success``: how well visits were served, by which function
``evaluate_collection``   ``evaluate collection``: the collections a home keeps
``evaluate_compare``      ``evaluate compare``: whether one run is better than another
``evaluate_counterfactual``  ``evaluate counterfactual``: what another policy would have earned
``evaluate_estimators``   ``evaluate estimators``: which estimator to trust, where the truth is known
``evaluate_export``       ``evaluate export``: judgements and runs for elsewhere
``evaluate_import``       ``evaluate import``: judgements and runs from elsewhere
``evaluate_leaderboard``  ``evaluate leaderboard``: the runs of a collection side by side
``evaluate_offline``      ``evaluate offline``: who would have found what was heard next
``evaluate_replicate``    ``evaluate replicate``: how far a run is what its replica made of it
``evaluate_run``          ``evaluate run``: the runs a home keeps, and their recipes
``evaluate_score``        ``evaluate score``: what measures make of a run
``evaluate_known_items``  ``evaluate known-items``: searches whose answer is known, made from a home
``evaluate_search``       ``evaluate search``: how well searches find it, and what changed
``moments``      ``moments``: editors' pools, and what became of them
``keys``         who may do what
``doctor``       look whether everything is as it should be
``config``       every setting and where its value came from
===============  ==========================================================================
"""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return what the process ends with."""
    from ritornello.cli.app import run

    return run(arguments)
