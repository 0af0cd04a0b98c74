"""What fits whom? Scorers, how they are trained, and the artefacts they live in.

Comes in: interactions (who played what, how often, when) for training; a ``Taste`` for scoring.
Goes out: a ``Bundle`` whose scorers answer for any taste at once, also one the training never saw.

==================  =============================================================
``vocabulary``      item id ↔ column
``interactions``    who played what: the arrays every training reads
``extract``         lake and state → interactions
``evidence``        what plays, skips and loves say, as one number
``scorer``          the contract of everything that scores
``popularity``      what many play: all time, recently, and in the listener's segment
``cooccurrence``    what is played by the same listeners: item neighbours
``ease``            what is heard together: the best item weights in least squares
``gram``            the dense algebra of a sparse matrix, for training
``ials``            latent factors, folded in exactly
``topk``            the best of many listeners at once
``repeat``          what is played again: base-level activation
``succession``      what was played after what: ordered pairs, counted by distance
``sequential``      scores that add up over the latest plays, the newest first
``markov``          what is played right after the last play
``sequence_rules``  what is played within a few places after the latest
``transitions``     how much likelier than chance something follows: PCTM
``optional``        the scorers a home may ask for beside the usual ones
``blend``           the weighted sum that ranks
``holdout``         part of the history hidden, to fit and tune on
``tuning``          parameters by a bounded number of trials
``space``           words, artists and items as places in one space
``training``        interactions → bundle
``packing``         a component of a bundle ↔ arrays and facts
``bundle``          everything one training wrote: save, load, switch, hold
==================  =============================================================
"""
