"""Random generators that are explicit and can be derived again.

No module keeps a generator of its own. Whoever needs chance is given ``rng``; a page derives it
from the seed, the listener, the surface and the date, so the same page comes out in any order of
building, on any machine (SPEC 7 of scientific Python, and LensKit's derivable seeds).
"""

import hashlib

import numpy as np


def derive(seed: int, *about: str) -> np.random.Generator:
    """Return the generator that belongs to ``about``.

    Parameters
    ----------
    seed : the installation's seed (setting ``seed``).
    about : what the randomness is for, such as listener, surface and date.

    Examples
    --------
    >>> a = derive(7, "ada", "home", "2026-11-16").random()
    >>> b = derive(7, "ada", "home", "2026-11-16").random()
    >>> a == b
    True
    """
    text = "\x1f".join((str(seed), *about)).encode()
    entropy = int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "big")
    return np.random.Generator(np.random.PCG64(entropy))
