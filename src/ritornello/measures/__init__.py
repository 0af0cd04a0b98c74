"""How good is it? Measures over plain arrays, one value a listener.

Comes in: what was ranked and what turned out to be relevant. Goes out: a value a listener, and
intervals over listeners.

=====================  ============================================================
``names``              ``nDCG@20`` as a value that parses and prints
``definitions``        what a word means: arithmetic, parameters, direction, unit
``matching``           a run against its judgements: where the judged stand
``places``             the loops of matching, compiled
``ranking``            best k of scores, and rankings of columns matched
``relevance``          is what was asked for at the top: nDCG, R, AP, RR …
``returned``           how good is all that was returned: set precision and recall, counts
``browsing``           how far does a reader go on: RBP, ERR, INST …
``aspects``            does a list cover what may be meant: α-nDCG, ERR-IA, NRBP …
``timeline``           spans of audio, all items laid end to end
``spans``              which seconds were returned, and which of them were relevant
``focused``            is it the minute and not the episode: INEX's nxCG, MAep, gP, MAiP, T2I
``segments``           TREC Podcasts' two-minute segments: nDCG, P
``searching``          how much did it take to find: sDCG, sRBP, keys, results passed
``incomplete``         what stands above what, where little was judged: Bpref, infAP, AUC, Compat
``compiling``          loops that run as machine code, for training and judging
``resampling``         intervals by drawing listeners again
``calibration``        does 70 % happen 70 % of the time: reliability, ECE
``discrimination``     are the satisfied told from the rest: AUC, log loss
``agreement``          two groupings of the same things: adjusted Rand
``diversity``          how wide is a taste: GS-score, entropy, effective number
``beyond``             what a ranking is besides right: the measures below, each under its word
``about``              lists as shown, and what is known about items and listeners
``classification``     a list as a classifier: F, pAUC, pAp, MCC
``exposure``           how listing is spread over the catalogue: coverage, Gini, entropy
``novelty``            how little known is what was listed; serendipity
``intra_list``         how unlike each other the items of a list are
``popularity_bias``    do lists make the popular more popular: lift, ΔGAP
``taste_calibration``  does a list hold tastes in their proportions: KL, JS, Hellinger
``overlap``            how much of a list stood on those of the days before
``rank_agreement``     two rankings of the same topics: RBO, Kendall's τ
``randomisation``      is a difference more than chance: sign flips, Holm
``cusum``              has a daily series moved, and since when
``off_policy``         what would another policy have earned: IPS, SNIPS, DM, DR, Switch-DR, DRos
``slopes``             which hyper-parameter: Lepski's choice, a bound on the squared error
``bounds``             between what and what: asymptotic, bootstrap by listener, Bernstein
``slates``             what would another policy's slates have earned: SIPS, IIPS, RIPS, cascade-DR
``survival``           how long until they come back: Kaplan–Meier, restricted mean
``boundaries``         two ways to part a sequence: P_k, WindowDiff
=====================  ============================================================
"""
