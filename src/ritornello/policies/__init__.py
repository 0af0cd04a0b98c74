"""What do we show now? Policies turn a shortlist's weights into slots and their propensities.

Comes in: the scores of a shortlist, how many slots there are, a generator. Goes out: which rows
were chosen, in order, and the exact probability of each given those before it. The weights a
policy drew from are logged, so ``replay`` recomputes every propensity from the decision alone.

==================  ==============================================================
``choice``          the contract ``Policy``, its answer ``Choice``, checks of weights
``greedy``          best first, always
``plackett_luce``   mostly best first, exploring with a declared budget
``names``           policy ↔ text, as decisions carry it
``replay``          propensities recomputed from a logged decision
``posteriors``      beliefs of arms by segment: Beta posteriors that borrow from each other
==================  ==============================================================
"""
