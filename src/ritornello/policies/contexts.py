"""What we believe of every arm by what its segments have in common: beliefs by context.

A segment's name says its parts (``new/road``: the need, the device). By segment each pair of parts is a cell of its own;
here an arm has a level, and each part adds to it, so that what was learned of an arm on the road speaks for every need there.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.policies.logistic import PESSIMISTIC_LEVEL, Logistic
from ritornello.policies.posteriors import Cells

FloatArray = NDArray[np.float64]

SD_OF_ARM, SD_OF_PART = 1.0, 0.7
LEAST_DOUBT = 1e-9


class Contexts(msgspec.Struct, frozen=True):
    r"""Rates of arms in segments whose parts add up, believed by a Bayesian logistic regression.

    .. math:: \operatorname{logit} θ_{a, s} = w_0 + w_a + \sum_{p ∈ s} (w_p + w_{a p}),

    with independent normal weights: :math:`w_0` around −4.6 (one success in a hundred, pessimistic as for
    :class:`~ritornello.policies.posteriors.Betas`). A part or an arm never heard of adds nothing, and leaves the doubt of its prior.

    Right where segments are many for the trials there are, and alike where they share a part: a pair of parts never
    met is foretold from both. It misleads where an arm is good for one pair of parts alone; Betas by segment then find it, and this does not.

    Attributes
    ----------
    arms : place of each arm; parts : of each place in a segment's name, the place of each value.
    weights : the belief, of 1 + arms + parts + arms × parts weights.
    """

    arms: dict[str, int]
    parts: tuple[dict[str, int], ...]
    weights: Logistic

    @classmethod
    def of(cls, cells: Cells) -> "Contexts":
        """Make beliefs of sums; the same sums make the same beliefs.

        Examples
        --------
        >>> cells = Cells.of([("now/road", "x", 90_000, 100_000), ("new/desk", "x", 5_000, 100_000)])
        >>> a, b = Contexts.of(cells).parameters("now/desk", ["x"])[0]
        >>> bool(0.05 < a / (a + b) < 0.9)
        True
        """
        named = [_parts_of(segment) for segment in cells.segments]
        n_parts = max(map(len, named), default=0)
        parts = tuple(
            {value: i for i, value in enumerate(sorted({n[p] for n in named if len(n) > p}))}
            for p in range(n_parts)
        )
        n_values = sum(map(len, parts))
        sd = np.concatenate(
            [
                np.full(1 + len(cells.arms), SD_OF_ARM),
                np.full((1 + len(cells.arms)) * n_values, SD_OF_PART),
            ]
        )
        mean = np.zeros(len(sd))
        mean[0] = PESSIMISTIC_LEVEL
        empty = cls(dict(cells.arms), parts, Logistic(mean, np.diag(sd**2)))
        segments, arms = list(cells.segments), list(cells.arms)
        x = [
            empty.features(segments[s], [arms[a]])[0]
            for s, a in zip(cells.segment, cells.arm, strict=True)
        ]
        counts = (cells.n_success_milli, cells.n_trial_milli)
        believed = empty.weights.after(np.reshape(x, (-1, len(sd))), *counts)
        return msgspec.structs.replace(empty, weights=believed)

    def features(self, segment: str, arms: Sequence[str]) -> FloatArray:
        """Return what stands before each weight for arms in a segment, (n_arms, n_weights) of 0 and 1."""
        values = [len(part) for part in self.parts]
        of_segment = np.zeros(sum(values))
        starts = np.cumsum([0, *values])
        for part, start, value in zip(self.parts, starts, _parts_of(segment), strict=False):
            if value in part:
                of_segment[start + part[value]] = 1
        of_arm = np.zeros((len(arms), len(self.arms)))
        for row, arm in enumerate(arms):
            if arm in self.arms:
                of_arm[row, self.arms[arm]] = 1
        both = (of_arm[:, :, None] * of_segment).reshape(len(arms), -1)
        every = np.broadcast_to(of_segment, (len(arms), len(of_segment)))
        return np.hstack([np.ones((len(arms), 1)), of_arm, every, both])

    def parameters(self, segment: str, arms: Sequence[str]) -> FloatArray:
        """Return the Beta with the mean and the variance of each arm's rate, (n_arms, 2).

        The doubt about what all arms of a segment share is counted with each arm's own, so that arms drawn together vary
        somewhat more among each other than the belief says.
        """
        mean, variance = self.weights.moments(self.features(segment, arms))
        n = mean * (1 - mean) / np.maximum(variance, LEAST_DOUBT) - 1
        return np.column_stack([mean * n, (1 - mean) * n])

    def mean(self, segment: str, arms: Sequence[str]) -> FloatArray:
        """Return the expected rate of success of each arm, (n_arms,) in (0, 1)."""
        return self.weights.rate(self.features(segment, arms))


def _parts_of(segment: str) -> list[str]:
    return segment.split("/") if segment else []
