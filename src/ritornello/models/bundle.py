"""Everything one training wrote: made, saved, loaded, held while it is in use.

A version in the home's models holds the vocabulary and the popularity, and names its scorers, which
rest beside it under ``components``. So components fail apart: with a scorer that is missing, altered,
not finite or of another shape, the popularity of the version still answers.
"""

import logging
import shutil
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import cast

import msgspec

from ritornello.kinds.errors import ArtefactUnusable
from ritornello.models.blend import Blend
from ritornello.models.cooccurrence import CooccurrenceScorer
from ritornello.models.ease import EaseScorer
from ritornello.models.ials import IalsScorer
from ritornello.models.packing import Packed, pack, pack_vocabulary, unpack, unpack_vocabulary
from ritornello.models.popularity import Popularity
from ritornello.models.repeat import RepeatScorer
from ritornello.models.scorer import Scorer
from ritornello.models.vocabulary import Vocabulary
from ritornello.store import artefacts
from ritornello.store.home import Home

BLENDED = ("cooccurrence", "ease", "ials", "popularity", "repeat")
"""What every blend adds up; what else has a weight joins it."""
COMPONENTS = "components"
UNSAVED = "unsaved"

log = logging.getLogger(__name__)


class Bundle(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The models of one training over one vocabulary; never changes.

    ``scorers`` and ``weights`` are by name; ``broken`` says of a scorer that could not be loaded why.
    """

    trained_at: datetime
    vocabulary: Vocabulary
    scorers: Mapping[str, Scorer]
    weights: Mapping[str, float]
    version: str = UNSAVED
    broken: Mapping[str, str] = {}

    @property
    def popularity(self) -> Popularity:
        """What many play; always there."""
        return cast("Popularity", self._part("popularity"))

    @property
    def cooccurrence(self) -> CooccurrenceScorer:
        """The item neighbours; ``ArtefactUnusable`` where broken."""
        return cast("CooccurrenceScorer", self._part("cooccurrence"))

    @property
    def ease(self) -> EaseScorer:
        """The exact item weights; ``ArtefactUnusable`` where broken."""
        return cast("EaseScorer", self._part("ease"))

    @property
    def ials(self) -> IalsScorer:
        """The latent factors; ``ArtefactUnusable`` where broken."""
        return cast("IalsScorer", self._part("ials"))

    @property
    def repeat(self) -> RepeatScorer:
        """The activation of what is known; ``ArtefactUnusable`` where broken."""
        return cast("RepeatScorer", self._part("repeat"))

    @cached_property
    def blend(self) -> Blend:
        """The weighted sum of all scorers.

        Raises
        ------
        ArtefactUnusable : a scorer of it is broken; a blend without it was never judged.
        """
        names = (*BLENDED, *sorted(self.weights.keys() - set(BLENDED)))
        scorers = tuple(self._part(name) for name in names)
        return Blend(scorers, tuple(self.weights[name] for name in names))

    def scorer(self, name: str) -> Scorer:
        """Return the blend or one of its scorers by name, as it serves.

        Raises
        ------
        ArtefactUnusable : it was never trained, or is broken.
        """
        return self.blend if name == "blend" else self._part(name)

    def _part(self, name: str) -> Scorer:
        if name not in self.scorers:
            why = self.broken.get(name, "it was never trained; train again")
            raise ArtefactUnusable(f"scorer {name!r} of model {self.version} is unusable: {why}")
        return self.scorers[name]


class _Facts(msgspec.Struct, frozen=True):
    """What the manifest of a version says beside its arrays."""

    trained_at: datetime
    n_items: int
    popularity: dict[str, object]
    components: dict[str, str]
    weights: dict[str, float]


def save(home: Home, bundle: Bundle) -> str:
    """Write a bundle into the home's models, durable before this returns; return its version.

    It serves nobody until ``artefacts.switch`` makes it current.

    Raises
    ------
    ArtefactUnusable : it holds something that is not a finite number.
    """
    components = {}
    for name, scorer in bundle.scorers.items():
        if name != "popularity":
            packed = pack(scorer)
            components[name] = artefacts.save(home.models / COMPONENTS, *packed)
    popularity = pack(bundle.popularity)
    facts = _Facts(
        trained_at=bundle.trained_at,
        n_items=len(bundle.vocabulary),
        popularity=dict(popularity.facts),
        components=components,
        weights=dict(bundle.weights),
    )
    arrays = {**popularity.arrays, "vocabulary": pack_vocabulary(bundle.vocabulary)}
    return artefacts.save(home.models, arrays, msgspec.to_builtins(facts))


def load(home: Home, version: str) -> Bundle:
    """Read a version of the home's models and verify it.

    Raises
    ------
    ArtefactUnusable : its vocabulary or popularity is missing, altered, not finite or of another
        shape. A scorer of which this is true is only named in ``broken``.
    """
    arrays, plain = artefacts.load(home.models, version)
    try:
        facts = msgspec.convert(plain, _Facts)
    except msgspec.ValidationError as error:
        raise ArtefactUnusable(f"model {version} garbles its facts: {error}") from error
    if "vocabulary" not in arrays:
        raise ArtefactUnusable(f"model {version} has no vocabulary; train again or roll back")
    vocabulary = unpack_vocabulary(arrays["vocabulary"], facts.n_items)
    scorers = {"popularity": unpack("popularity", Packed(arrays, facts.popularity), facts.n_items)}
    broken = {}
    for name, component in facts.components.items():
        try:
            packed = Packed(*artefacts.load(home.models / COMPONENTS, component))
            scorers[name] = unpack(name, packed, facts.n_items)
        except ArtefactUnusable as error:
            broken[name] = str(error)
    return Bundle(
        trained_at=facts.trained_at,
        vocabulary=vocabulary,
        scorers=scorers,
        weights=facts.weights,
        version=version,
        broken=broken,
    )


def sweep(home: Home) -> list[str]:
    """Remove old versions, and the components that no version left names; return their names.

    The current and the previous version stay. Not to be run while another training saves.
    """
    return [*artefacts.sweep(home), *_sweep_components(home)]


def keep_only(home: Home, version: str | None) -> int:
    """Remove every other version, or all of them, with every component only they name.

    Returns how many versions that were. Needs the training lock.
    """
    removed = artefacts.keep_only(home, version)
    _sweep_components(home)
    artefacts.sweep_scratch(home.models / COMPONENTS)
    return len(removed)


def _sweep_components(home: Home) -> list[str]:
    """Remove the components no version names; none where one version cannot say."""
    named = set()
    for place in home.models.glob(f"*/{artefacts.MANIFEST}"):
        try:
            _, facts = artefacts.load(home.models, place.parent.name)
        except ArtefactUnusable:
            return []  # what it names is unknown, so every component stays
        named |= set(facts["components"].values())
    swept = []
    for place in sorted((home.models / COMPONENTS).glob("*")):
        if place.name not in named and not place.name.startswith("."):
            shutil.rmtree(place)
            swept.append(f"{COMPONENTS}/{place.name}")
    return swept


class Current:
    """Holds the bundle in use, for any number of threads.

    A request takes ``bundle`` once and keeps it for its life. ``refresh`` looks at the pointer and
    loads what it names; ``watch`` does so from a thread of its own. A version that cannot be loaded
    leaves the one in use where it is, and says why in ``trouble``; where none is named any more,
    because nobody is left to train on, none is held.
    """

    def __init__(self, home: Home) -> None:
        self.bundle: Bundle | None = None
        self.trouble: str | None = None
        self._home = home
        self._loading = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def refresh(self) -> Bundle | None:
        """Load the current version if it is another one than is held; return what is now held."""
        with self._loading:
            try:
                version = artefacts.current_version(self._home)
                held = self.bundle.version if self.bundle else None
                if version is not None and version != held:
                    self.bundle = load(self._home, version)
                    log.info("model %s is in use", version)
                elif version is None:
                    self.bundle = None
                self.trouble = None
            except ArtefactUnusable as error:
                self.trouble = str(error)
                log.warning("the model in use stays: %s", error)
            return self.bundle

    def watch(self, every_s: float) -> None:
        """Refresh every ``every_s`` seconds until closed."""
        self._thread = threading.Thread(
            target=self._watch, args=(every_s,), name="models", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop watching; the bundle stays usable."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self, every_s: float) -> None:
        while not self._closed.wait(every_s):
            self.refresh()
