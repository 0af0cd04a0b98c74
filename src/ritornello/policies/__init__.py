"""What do we show now? Policies turn a shortlist's weights into slots and their propensities.

Comes in: the scores of a shortlist, how many slots there are, a generator; and the outcomes of what was
shown, which become lessons. Goes out: which rows were chosen, in order, the exact probability of each given
those before it, and what is believed of every arm. The weights a policy drew from are logged, so ``replay``
recomputes every propensity from the decision alone.

==================  ==============================================================
``choice``          the contract ``Policy``, its answer ``Choice``, checks of weights
``greedy``          best first, always
``mixing``          the draw of every policy that explores, with its budget
``plackett_luce``   explores near the top
``thompson``        explores what a belief is unsure of
``names``           policy ↔ text, as decisions carry it
``traits``          what objectives read of each candidate
``objectives``      what a list is to be as a whole: text ↔ tilt
``calibrated``      genres in the listener's own shares
``balanced``        discovery, artists' exposure and boosts, with diminishing returns
``sequenced``       an energy arc, transitions, room between an artist's tracks
``replay``          propensities recomputed from a logged decision
``budgets``         how much a listener's surfaces explore
``posteriors``      beliefs of arms by segment: Beta posteriors that borrow from each other
``logistic``          rates of contexts: Bayesian logistic regression
``contexts``          beliefs of arms by what segments have in common
``examination``     how likely each place of a list was looked at
``looks``           the same of outcomes, where nobody said so
``lessons``         what one slot of one decision teaches one belief
``teaching``        what makes lessons: success functions of choice, and what was looked at
``kept_looks``      where a home keeps how lists are looked through
``hearing``         of whom something was heard since the last round
``learning``        what was heard turned into lessons, within seconds
``relearning``      every lesson made anew from what was built
``beliefs``         what is believed at one instant: sums of lessons
``telling``         beliefs told to a person
``kept_beliefs``    beliefs by version, rolled back, and those in use
==================  ==============================================================
"""
