"""Do lists make the popular more popular? Mean popularity, popularity lift, ΔGAP."""

import numpy as np

from ritornello.measures.about import About, FloatArray, Lists, mean_over, ratio


def mean_popularity(lists: Lists, about: About, k: int | None = None) -> FloatArray:
    """Return the mean popularity of the first k places (ARP), in listeners; nan for an empty list.

    Lower lists less of what everybody hears anyway. Raw counts are led by the few largest: hold it against the listener's
    own by :func:`lift`. Its mean over a group's listeners is the group's GAP_r.

    Source: Yin et al., VLDB 2012; Abdollahpouri, Burke, Mobasher, FLAIRS 2019.
    """
    return mean_over(lists.first(k).items, about.stated("popularity"))


def lift(lists: Lists, about: About, k: int | None = None) -> FloatArray:
    """Return how much more popular the first k places are than what the listener had heard: (shown − heard) / heard.

    0 is as popular as what they choose, 1 twice as popular, −1 the least possible. nan where nothing was heard or listed. Its
    mean over listeners is led by those who hear the obscure, whose lift has no bound; :func:`delta_gap` is not.

    Source: Abdollahpouri et al., The connection between popularity bias, calibration, and fairness, RecSys 2020, for one
    listener.
    """
    heard = _mean_popularity_heard(lists, about)
    return ratio(mean_popularity(lists, about, k) - heard, heard)


def delta_gap(lists: Lists, about: About, k: int | None = None) -> FloatArray:
    """Return the popularity lift of all these listeners as a group: (GAP_r − GAP_p) / GAP_p, one value.

    GAP_p is the mean over listeners of the mean popularity of the different items they had heard, GAP_r of what they were
    shown. 0 leaves the group where it was; above 0 its lists are more popular than its taste. A group's mean hides
    listeners moved to either side, so ask it of groups that are alike (niche, diverse, blockbuster). nan where nobody was
    heard and shown something.

    Source: Abdollahpouri, Mansoury, Burke, Mobasher, The unfairness of popularity bias in recommendation, RMSE at RecSys
    2019; for music Kowald, Schedl, Lex, ECIR 2020.
    """
    shown, heard = mean_popularity(lists, about, k), _mean_popularity_heard(lists, about)
    both = np.isfinite(shown) & np.isfinite(heard)
    return ratio(np.array([(shown - heard)[both].sum()]), np.array([heard[both].sum()]))


def _mean_popularity_heard(lists: Lists, about: About) -> FloatArray:
    """Return the mean popularity of the different items that each list's listener had heard; nan without any."""
    heard = (about.heard > 0).astype(np.float64)
    means = ratio(np.asarray(heard @ about.stated("popularity")), np.diff(heard.indptr))
    return np.asarray(means[lists.topics])
