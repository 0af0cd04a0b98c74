"""How sure are we? Judgements of what is served, before anybody is served it.

Comes in: rankings and what turned out to be right; logs of decisions with their propensities and
outcomes; policies that might serve. Goes out: values with intervals, comparisons, or a refusal that says
what logging would be needed; and reports a person can read.

==================  ==========================================================
``warned``          what was odd and travels with a result
``content``         rows that may count, and the id of a content
``collections``     topics, judgements and universe, frozen
``runs``            what one system ranked, with its recipe
``known_items``     searches for names, typed or spoken; what is right is known
``known_minutes``   searches for what is said; the second to enter is known
``mishearing``      what a recogniser makes of a spoken name, at stated rates
``sounding``        words as sounds, and sounds as words a recogniser knows
``typing``          how names are typed: letters, slips, what is taken back
``trec``            TREC's qrels and runs, read and written
``parquet``         the same as Parquet
``packing``         studies as files, and back
``studies``         where a home keeps them
``forgetting``      studies without who was erased
``exchange``        files from and for elsewhere, whichever form
``span_ids``        spans of audio as ids, and what is heard of a run of them
``session_topics``  topics as queries of search sessions
``searchers``       the searches that serve, asked for what is known
``search_scores``   what measures make of them, and what changed
``scoring``         a run against a collection: a value a topic
``leaderboard``     the runs of a collection side by side
``leaderboard_files``  JSON, CSV, Markdown, and the one a home shows
``comparing``       runs topic by topic: intervals, p-values, for many at once
``replicating``     a run against its replica: order, values, effects
``splits``          where the past ends, and what each split is blind to
``as_of``           a home as it stood, with the future cut off
``learned``         what policies had learned by the split
``held_out``        what happened after, and what of it was right
``in_service``      the past put into service: trained, in stock, asked
``asking``          how an entrant is asked: everything, the new, the known
``entrants``        who enters: scorers, sources, policies, by name
``surfaces_asked``  whole surfaces as entrants
``run_files``       a run somebody else made, as an entrant
``segments``        which listeners are alike, by what the past says
``field``           who is judged by what among what; answers as runs
``parts``           everything, the new and the known, each judged
``offline``         entrants judged by what happened next
``plans``           an offline evaluation from plain words
``logs``            rounds: chosen from what, how probably, what came of it
``home_log``        our own decisions as a log
``drawn_rounds``    decisions become rounds; what is none is counted
``open_bandit``     logs and targets in the Open Bandit format
``targets``         the policy a log is asked about
``weighing``        the weight of every round, what a model expects, what was never shown
``support``         can this log answer; thresholds
``slate_support``   can this log speak about slates; thresholds
``estimates``       a value with its interval, or a refusal that says what to log
``reward_models``   what each candidate would have earned, out of fold
``questions``       a log, a target, and how sure the answer is to be
``single_actions``  IPS, SNIPS, DM, DR, SNDR, Switch-DR, DRos as named values
``slates``          the rounds of a log put back together as slates
``slate_marginals``  how likely an item stands at a place, whatever stands above
``slate_models``    what a slate still earns, fitted from the last place up
``slate_estimators``  SIPS, IIPS, RIPS, Cascade-DR as named values
``estimators``      estimators as text and back
``counterfactual``  a log asked by several estimators
``synthetic``       logs whose truth is known
``trials``          estimators judged on such logs: bias, spread, coverage
``arrow``           studies for a notebook's data frames
``from_arrow``      a notebook's data frames as studies
``report``          one evaluation as values: verdict, tables, figures, recipe
``offline_report``  one of each evaluation: offline
``counterfactual_report``  what another policy would have earned
``trials_report``  estimators on trial
``comparison_report``  comparisons, and replications
``leaderboard_report``  runs side by side
``verdicts``        what was found, in a sentence
``reports``         a report as a page of its own, and as JSON
``plots``           its figures as pictures
``in_rows``         its figures as tables
``numerals``        a number with the digits it deserves
==================  ==========================================================
"""
