r"""What would another policy have earned? Estimators over weighted rounds of a log, as plain arrays.

Of each round: the weight :math:`w = π(a) / p`, the target's probability of what was chosen over the logged one; the
reward :math:`r`; and where there is a model of rewards, what it expected of what was chosen, :math:`q`, and of the
target, :math:`v = \sum_a π(a) q(a)`. All are float64 of shape (n,).

Estimators differ in two things, and every pair can be put together: how they add up (``ips``, ``snips``, ``dm``, ``dr``,
``sndr``) and what they do to large weights (``clipped``, ``switched``, ``shrunk``, ``harmonic``). Switch-DR is
``dr(switched(w, …), …)``, DRos is ``dr(shrunk(w, …), …)``.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue

FloatArray = NDArray[np.float64]


class Found(msgspec.Struct, frozen=True, eq=False):
    r"""A value, and the parts it is made of: :math:`\hat V = \bar m + \sum s / \sum w`.

    Attributes
    ----------
    value : mean reward a round, in units of reward.
    mean_of : (n,) :math:`m`, what is averaged over rounds.
    gains, weights : (n,) :math:`s` and :math:`w` of the self-normalised part; none where there is no such part.
    """

    value: float
    mean_of: FloatArray
    gains: FloatArray | None = None
    weights: FloatArray | None = None

    @property
    def rounds(self) -> FloatArray:
        """What each round contributes, (n,); their mean is the value."""
        if self.gains is None or self.weights is None:
            return self.mean_of
        return np.asarray(self.mean_of + self.gains / self.weights.mean())

    @property
    def influence(self) -> FloatArray:
        r"""How far each round moves the value, (n,), to first order; they sum to 0.

        :math:`ψ_i = m_i - \bar m + (s_i - w_i S) / \bar w` with :math:`S = \sum s / \sum w`: a self-normalised value moves
        with its denominator too, so that its rounds alone overstate its error.
        """
        if self.gains is None or self.weights is None:
            return np.asarray(self.mean_of - self.mean_of.mean())
        mean = float(self.weights.mean())
        moved = self.weights * (-float(self.gains.mean()) / mean)
        moved += self.gains
        moved /= mean
        moved += self.mean_of
        moved -= self.mean_of.mean()
        return np.asarray(moved)

    @property
    def standard_error(self) -> float:
        r"""Standard error of the value where rounds are independent, :math:`\sqrt{\sum ψ^2 / n(n-1)}`; nan for one round."""
        n = len(self.mean_of)
        psi = self.influence
        return float(np.sqrt(psi @ psi / n / (n - 1))) if n > 1 else float("nan")


def ips(w: FloatArray, r: FloatArray) -> Found:
    r"""Return inverse propensity scoring, :math:`\overline{w r}`.

    Unbiased where the log could show all that the target would and propensities are true. Its variance grows with the
    square of the largest weights: few rounds decide.

    Sources: Horvitz, Thompson, JASA 1952; Li, Chu, Langford, Wang, WSDM 2011.

    Examples
    --------
    >>> ips(np.array([2.0, 0.0, 1.0]), np.array([1.0, 1.0, 0.0])).value
    0.6666666666666666
    """
    return _averaged(_fitting(w, r)[0] * r)


def snips(w: FloatArray, r: FloatArray) -> Found:
    r"""Return self-normalised IPS, :math:`\sum w r / \sum w`.

    Within the range of rewards, steadier than IPS, and unmoved by adding a constant to all rewards; biased by
    :math:`O(1/n)`. It hides missing support, because it divides by what is there: look at the mean weight beside it.

    Source: Swaminathan, Joachims, NIPS 2015.

    Raises
    ------
    BadValue : all weights are 0; the log shows nothing the target would choose.
    """
    w, r = _fitting(w, r)
    return _normalised(np.zeros(len(w)), w * r, w)


def dm(v: FloatArray) -> Found:
    r"""Return the direct method, :math:`\bar v`: what the model expects of the target.

    Little variance, and all the bias of the model; its standard error knows nothing of that bias.
    """
    return _averaged(_fitting(v)[0])


def dr(w: FloatArray, r: FloatArray, q: FloatArray, v: FloatArray) -> Found:
    r"""Return the doubly robust estimate, :math:`\overline{v + w (r - q)}`.

    Unbiased where propensities *or* the model are right; less variance than IPS where the model is any good. The model
    must not have seen the round it is asked about.

    Source: Dudík, Erhan, Langford, Li, Statistical Science 2014.
    """
    w, r, q, v = _fitting(w, r, q, v)
    rounds = r - q
    rounds *= w
    rounds += v
    return _averaged(rounds)


def sndr(w: FloatArray, r: FloatArray, q: FloatArray, v: FloatArray) -> Found:
    r"""Return the self-normalised doubly robust estimate, :math:`\bar v + \sum w (r - q) / \sum w`.

    Source: Thomas, Brunskill, ICML 2016 (there: weighted doubly robust).

    Raises
    ------
    BadValue : all weights are 0.
    """
    w, r, q, v = _fitting(w, r, q, v)
    return _normalised(v, w * (r - q), w)


def clipped(w: FloatArray, most: float) -> FloatArray:
    """Return min(w, most): biased downwards where rewards are above 0, and its rounds are bounded.

    Source: Ionides, Journal of Computational and Graphical Statistics 2008.
    """
    return np.minimum(w, _above_zero("clip", most))


def switched(w: FloatArray, most: float) -> FloatArray:
    """Return w up to ``most`` and 0 above it: there the model alone speaks.

    Source: Wang, Agarwal, Dudík, ICML 2017.
    """
    return np.where(w <= _above_zero("switch", most), w, 0.0)


def shrunk(w: FloatArray, shrink: float) -> FloatArray:
    r"""Return :math:`λ w / (w^2 + λ)`, at most :math:`\sqrt λ / 2`: the optimistic shrinkage of DRos; λ = ∞ leaves w as it is.

    Small λ trusts the model. Weights far above :math:`\sqrt λ` come near 0.

    Source: Su, Dimakopoulou, Krishnamurthy, Dudík, ICML 2020.
    """
    if np.isinf(_above_zero("shrink", shrink)):
        return w
    return np.asarray(shrink * w / (w * w + shrink))


def harmonic(w: FloatArray, mix: float) -> FloatArray:
    r"""Return :math:`w / (1 - λ + λ w)`, at most 1/λ, with sub-Gaussian tails; λ = 0 leaves w as it is, λ = 1 makes it 1.

    Source: Metelli, Russo, Restelli, NeurIPS 2021.

    Raises
    ------
    BadValue : λ outside [0, 1].
    """
    if not 0 <= mix <= 1:
        raise BadValue(f"harmonic must be in [0, 1], not {mix}")
    return np.asarray(w / (1 - mix + mix * w)) if mix < 1 else np.where(w > 0, 1.0, 0.0)


def expected(p: FloatArray, q: FloatArray) -> FloatArray:
    """Return Σ p q over the actions of each round, (n,), of p and q (n, n_actions)."""
    return np.asarray(np.einsum("ij,ij->i", p, q))


def effective_n(w: FloatArray) -> float:
    """Return how many rounds of even weight these are worth, (Σ w)² / Σ w² (Kish, 1965); 0 where all weights are."""
    total = float(w.sum())
    return total * total / float(w @ w) if total > 0 else 0.0


def _averaged(rounds: FloatArray) -> Found:
    return Found(float(rounds.mean()), rounds)


def _normalised(mean_of: FloatArray, gains: FloatArray, weights: FloatArray) -> Found:
    total = float(weights.sum())
    if total <= 0:
        raise BadValue("all weights are 0: the log shows nothing that the target would choose")
    return Found(float(mean_of.mean()) + float(gains.sum()) / total, mean_of, gains, weights)


def _fitting(*columns: FloatArray) -> tuple[FloatArray, ...]:
    """Return columns of one length.

    Raises
    ------
    BadValue : none at all, or of different lengths.
    """
    shapes = {column.shape for column in columns}
    if len(shapes) != 1 or not len(columns[0]):
        raise BadValue(f"rounds must be columns of one length above 0, not of shapes {shapes}")
    return columns


def _above_zero(name: str, value: float) -> float:
    if not value > 0:
        raise BadValue(f"{name} must be above 0, not {value}")
    return value
