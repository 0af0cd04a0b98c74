"""How likely was a place looked at? Estimated from what was played and from what is known to have been in view.

What was not seen is no failure: a slot that was looked at with probability p is p of a trial. Listeners look in order,
and from each place go on or leave; whether they do after a play, and after each place where nothing was played, is learned
per device by EM, together with how often what stood there is played when it is looked at.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from ritornello.kinds.errors import BadValue

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

USUAL_GO_ON, USUAL_AFTER_PLAY, HOW_USUAL = 0.9, 0.5, 10.0
N_STEPS, SETTLED = 200, 1e-7
MOST_SURE, SMALLEST = 30.0, 1e-24


class Slates(msgspec.Struct, frozen=True):
    """What was shown, a row a list of at most L places; a shorter list ends before them.

    Parameters
    ----------
    device : (n,) places among the devices.
    group : (n, L) from 0: what stood there, as finely as there is evidence for (an item, an arm, all that is believed
        to be equally good); −1 where the list had ended.
    played : (n, L).
    least, most : (n,) places that were looked at, at least and at most: both the same where the client says so, 1 and
        L where nobody knows. A play further down raises both.

    Raises
    ------
    BadValue : shapes that do not fit, an empty list, one with a gap, a play where nothing stood, or ``least`` above ``most``.
    """

    device: IntArray
    group: IntArray
    played: BoolArray
    least: IntArray
    most: IntArray

    def __post_init__(self) -> None:
        n = len(self.group)
        shapes = (self.device.shape, self.least.shape, self.most.shape, self.played.shape)
        if shapes != ((n,), (n,), (n,), self.group.shape) or self.group.ndim != 2:
            raise BadValue(f"lists of shape {self.group.shape} do not fit columns of {shapes}")
        stood = self.group >= 0
        if n and not (stood[:, 0].all() and (stood[:, :-1] >= stood[:, 1:]).all()):
            raise BadValue("a list must begin at its first place and have no gap")
        if (self.played & ~stood).any():
            raise BadValue("something was played at a place where nothing stood")
        if (self.least > self.most).any():
            raise BadValue("more places were looked at at least than at most")

    @property
    def bounds(self) -> tuple[IntArray, IntArray]:
        """How many places were looked at, at least and at most, by what is reported and played together."""
        length = (self.group >= 0).sum(axis=1)
        n_places = self.group.shape[1]
        reversed_place = self.played[:, ::-1].argmax(axis=1)
        to_last_play = np.where(self.played.any(axis=1), n_places - reversed_place, 1)
        least = np.minimum(np.maximum(self.least, to_last_play), length)
        return least, np.minimum(np.maximum(self.most, least), length)


class Examination(msgspec.Struct, frozen=True):
    """How listeners look through lists, learned by :func:`fit`.

    The first place counts as looked at: what is said of the others is relative to it.

    Attributes
    ----------
    devices : their names, in order.
    go_on : (n_devices, L − 1) P(the next place is looked at | this one was, and nothing was played at it).
    after_play : (n_devices,) the same where something was played.
    p_play : (n_groups,) P(played | looked at).
    log_posterior : of what was observed, in nats up to a constant, along the way; it never falls.
    """

    devices: tuple[str, ...]
    go_on: FloatArray
    after_play: FloatArray
    p_play: FloatArray
    log_posterior: tuple[float, ...] = ()

    def looked_at(self, slates: Slates) -> FloatArray:
        """Return P(place was looked at | all plays of its list and what is known), (n, L); 0 where nothing stood.

        Every place above a play was; below the last play, the more likely what stood there is to be played, the less
        likely it was looked at and passed over.
        """
        return _expect(_Lists.of(slates), self)[0]

    def reach(self, device: str) -> FloatArray:
        """Return P(place is looked at where nothing is played before it), (L,), at a device that is known."""
        steps = self.go_on[self.devices.index(device)]
        return np.concatenate([[1.0], np.cumprod(steps)])


def fit(
    slates: Slates, devices: Sequence[str], n_groups: int, start: Examination | None = None
) -> Examination:
    r"""Return the maximum a posteriori; ``start`` only saves time.

    The cascade with leaving: with :math:`E_k` = place k was looked at, :math:`P(E_{k+1} | E_k)` is ``after_play`` where k was
    played and ``go_on`` of the place else, :math:`P(play_k | E_k) = p_{group}`, no play without a look (dependent click model:
    Guo, Liu, Wang, WSDM 2009; cascade: Craswell et al., WSDM 2008). How far somebody looked is the hidden variable of EM
    (Dempster, Laird, Rubin, JRSS B 1977): each step counts expected looks, and two are followed further along their curve
    where that explains more (Varadhan, Roland, Scand. J. Statist. 2008). Ten imagined lists, of which 9 (after a play 5)
    go on, and ten imagined looks at each group, played as often as all, keep rare devices and groups apart from 0 and 1.

    Identified where what stands at a place varies: if the same stands always last, a low rate of play may be its own
    or the place's, and EM cannot tell. Lists of which it is known what was in view settle it.

    Raises
    ------
    BadValue : no lists, or a device or group out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> group = rng.integers(3, size=(4000, 2))
    >>> seen = np.column_stack([np.ones(4000, bool), rng.random(4000) < 0.5])
    >>> played = seen & (rng.random((4000, 2)) < np.array([0.1, 0.3, 0.6])[group])
    >>> nobody_knows = np.full(4000, 1), np.full(4000, 2)
    >>> found = fit(Slates(np.zeros(4000, int), group, played, *nobody_knows), ["tv"], 3)
    >>> found.reach("tv").round(1).tolist(), found.p_play.round(1).tolist()
    ([1.0, 0.5], [0.1, 0.3, 0.6])
    """
    if not len(slates.group):
        raise BadValue("nothing can be learned of how lists are looked through without a list")
    if slates.group.max() >= n_groups or not 0 <= slates.device.min() <= slates.device.max() < len(devices):  # fmt: skip
        raise BadValue(f"a list names more than the {len(devices)} devices or {n_groups} groups")
    lists = _Lists.of(slates)
    found = start or Examination(
        tuple(devices),
        np.full((len(devices), slates.group.shape[1] - 1), USUAL_GO_ON),
        np.full(len(devices), USUAL_AFTER_PLAY),
        np.full(n_groups, lists.rate),
    )
    now = _step(lists, found)
    likely = [now.log_posterior]
    for _ in range(N_STEPS):
        then = _two_steps(lists, now)
        likely.append(then.log_posterior)
        gained, now = then.log_posterior - now.log_posterior, then
        if gained <= SETTLED * abs(now.log_posterior):
            break
    return msgspec.structs.replace(now.model, log_posterior=tuple(likely))


class _Lists(msgspec.Struct, frozen=True):
    """Slates, and what of them is the same at each step: where lists stood and ended, and which depths are possible."""

    slates: Slates
    stood: BoolArray
    last: BoolArray
    possible: BoolArray
    rate: float

    @classmethod
    def of(cls, slates: Slates) -> "_Lists":
        stood, places = slates.group >= 0, np.arange(slates.group.shape[1])
        least, most = slates.bounds
        rate = float((slates.played.sum() + 1) / (stood.sum() + 2))
        return cls(
            slates,
            stood,
            places == stood.sum(axis=1, keepdims=True) - 1,
            (places >= least[:, None] - 1) & (places <= most[:, None] - 1),
            rate,
        )


class _Step(NamedTuple):
    """A model, how well it explains the lists (in nats), and the model that one step of EM makes of it."""

    model: Examination
    log_posterior: float
    next: Examination


def _step(lists: _Lists, model: Examination) -> _Step:
    looked, log_likelihood = _expect(lists, model)
    log_posterior = log_likelihood + _log_prior(model, lists.rate)
    return _Step(model, log_posterior, _maximise(lists, model, looked))


def _two_steps(lists: _Lists, now: _Step) -> _Step:
    """Return where two steps of EM lead, or further along their curve where that explains more (squared extrapolation)."""
    first = _step(lists, now.next)
    a, b, c = (_flat(model) for model in (now.model, now.next, first.next))
    r, v = b - a, c - 2 * b + a
    length = max(1.0, float(np.sqrt(float(r @ r) / max(float(v @ v), SMALLEST))))
    ahead = _step(lists, _unflat(a + 2 * length * r + length**2 * v, now.model))
    return ahead if ahead.log_posterior >= first.log_posterior else _step(lists, first.next)


def _flat(model: Examination) -> FloatArray:
    """Return all parameters as log-odds, in one vector."""
    flat = np.concatenate([model.go_on.ravel(), model.after_play, model.p_play])
    return np.asarray(logit(flat))


def _unflat(flat: FloatArray, like: Examination) -> Examination:
    n = like.go_on.size
    p = expit(flat.clip(-MOST_SURE, MOST_SURE))
    go_on, after_play, p_play = np.split(p, [n, n + len(like.after_play)])
    return Examination(like.devices, go_on.reshape(like.go_on.shape), after_play, p_play)


def _expect(lists: _Lists, model: Examination) -> tuple[FloatArray, float]:
    """Return P(looked at | what is known), (n, L), and the log likelihood of what is known.

    Σ over depths d of P(looked at places 0…d and no further, and played what was played).
    """
    slates = lists.slates
    p = model.p_play[slates.group]
    onward = _onward(slates, model)
    joint = np.cumsum(np.log(np.where(slates.played, p, 1 - p)), axis=1)
    joint[:, 1:] += np.cumsum(np.log(onward), axis=1)
    joint[:, :-1] += np.log1p(-np.where(lists.last[:, :-1], 0.0, onward))
    joint = np.where(lists.possible, joint, -np.inf)
    most_likely = joint.max(axis=1)
    depth = np.exp(joint - most_likely[:, None])
    total = depth.sum(axis=1)
    looked = np.cumsum(depth[:, ::-1], axis=1)[:, ::-1] / total[:, None]
    return looked, float((np.log(total) + most_likely).sum())


def _onward(slates: Slates, model: Examination) -> FloatArray:
    """Return P(goes on) from each place but the last, (n, L − 1)."""
    device = slates.device
    return np.where(slates.played[:, :-1], model.after_play[device][:, None], model.go_on[device])


def _maximise(lists: _Lists, model: Examination, looked: FloatArray) -> Examination:
    """Return the shares of expected looks that went on and that played."""
    slates, stood = lists.slates, lists.stood
    n_devices, n_steps = model.go_on.shape
    went, could = looked[:, 1:], looked[:, :-1] * stood[:, 1:]
    step = slates.device[:, None] * n_steps + np.arange(n_steps)
    passed = ~slates.played[:, :-1]
    go_on = _shares(step, went * passed, could * passed, (n_devices * n_steps, USUAL_GO_ON))
    row, _ = played_at = np.nonzero(~passed)
    of_played = (slates.device[row], went[played_at], could[played_at])
    after_play = _shares(*of_played, (n_devices, USUAL_AFTER_PLAY))
    played = slates.played[stood].astype(np.float64)
    n_groups = len(model.p_play)
    p_play = _shares(slates.group[stood], played, looked[stood], (n_groups, lists.rate))
    return Examination(model.devices, go_on.reshape(n_devices, n_steps), after_play, p_play)


def _shares(
    keys: IntArray, hits: FloatArray, of: FloatArray, usual: tuple[int, float]
) -> FloatArray:
    """Return the share of hits of each of ``usual[0]`` keys, with ten imagined trials at the rate ``usual[1]``."""
    n, rate = usual
    many = np.bincount(keys.ravel(), hits.ravel(), n) + HOW_USUAL * rate
    return np.asarray(many / (np.bincount(keys.ravel(), of.ravel(), n) + HOW_USUAL))


def _log_prior(model: Examination, rate: float) -> float:
    """Return the log density of the imagined lists and looks, up to a constant."""
    pairs = (
        (model.go_on, USUAL_GO_ON),
        (model.after_play, USUAL_AFTER_PLAY),
        (model.p_play, rate),
    )
    return float(HOW_USUAL * sum((m * np.log(p) + (1 - m) * np.log1p(-p)).sum() for p, m in pairs))
