"""Which hyper-parameter? Chosen by the log itself, of estimates that trade bias against variance.

Both choices look at the same thing, one estimate a candidate value; they do not need to know the truth.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from ritornello.kinds.errors import BadValue
from ritornello.measures.off_policy import Found

FloatArray = NDArray[np.float64]

CONFIDENCE = 0.05
_LEEWAY = float(np.sqrt(6) - 1)


def by_slope(found: Sequence[Found], delta: float = CONFIDENCE) -> int:
    r"""Return which estimate to take by Lepski's principle: the narrowest that does not contradict any wider one.

    From the widest to the narrowest, :math:`i` stays while
    :math:`|θ_i - θ_j| \le c_i + (\sqrt 6 - 1) c_j` for every wider :math:`j`, where :math:`c` is the half-width of Student's
    one-sided interval of the rounds. Right where bias grows as variance falls, as with clipping, switching and shrinking:
    the error is within a constant of the best candidate's, which may be much where that constant is. Rounds are taken for
    independent. Of equally wide ones the first given is taken, so put the
    least biased first.

    Sources: Su, Srinath, Krishnamurthy, ICML 2020 (SLOPE); Tucker, Lee, 2021 (the leeway of SLOPE++).

    Raises
    ------
    BadValue : no candidates, or one of fewer than two rounds.
    """
    if not found or min(len(each.mean_of) for each in found) < 2:
        raise BadValue("a choice needs candidates, and each two rounds or more")
    n = len(found[0].mean_of)
    values = np.array([each.value for each in found])
    widths = np.array([each.rounds.std() for each in found]) / np.sqrt(n - 1) * t.ppf(1 - delta, n - 1)  # fmt: skip
    order = np.argsort(widths, kind="stable")[::-1]
    for place in range(1, len(order)):
        here, wider = order[place], order[:place]
        apart = np.abs(values[wider] - values[here])
        if (apart > widths[here] + _LEEWAY * widths[wider]).any():
            return int(order[place - 1])
    return int(order[-1])


def by_mse(
    found: Sequence[Found],
    tempered: Sequence[FloatArray],
    w: FloatArray,
    gap: FloatArray,
    delta: float = CONFIDENCE,
) -> int:
    r"""Return the estimate of the smallest bound on its mean squared error, :math:`\mathrm{var} / n + b^2`.

    :math:`b = |\overline{(w - \hat w)(r - q)}| + \sqrt{2 \overline{w^2} \ln(2/δ) / n} + 2 w_\max \ln(2/δ) / 3n`, the bias that
    tempered weights :math:`\hat w` bring, with high probability. The last two terms are the same for all candidates and
    large in small logs, where it then chooses as if bias mattered most. Of equals the first is taken.

    Source: Su, Dimakopoulou, Krishnamurthy, Dudík, ICML 2020 (direct bias estimation).

    Parameters
    ----------
    tempered : one array (n,) of weights a candidate.
    w, gap : (n,) the weights as they are, and r − q (r where there is no model).
    """
    n, log = len(w), float(np.log(2 / delta))
    slack = np.sqrt(2 * float((w * w).mean()) * log / n) + 2 * float(w.max()) * log / (3 * n)
    bias = np.array([abs(float(((w - each) * gap).mean())) for each in tempered]) + slack
    variance = np.array([float(each.rounds.var()) for each in found]) / n
    return int(np.argmin(variance + bias**2))
