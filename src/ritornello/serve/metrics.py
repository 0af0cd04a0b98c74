"""What Prometheus reads at ``/metrics``: base units, one prefix, never a listener in a label."""

from collections.abc import Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from ritornello import __version__
from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import AnyEvent, Listen
from ritornello.kinds.faults import Fault, count_by_rule
from ritornello.store.appending import Verdict

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The counters of one server, in a registry of its own.

    ``ritornello_propensity_min`` is the smallest propensity served since the server started: near
    zero, counterfactual estimates from this log will be wide.
    """

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._listens = Counter(
            "ritornello_listens_received", "Listens stored.", ("intake",), registry=registry
        )
        self._faults = Counter(
            "ritornello_faults", "Rows that were not kept.", ("rule",), registry=registry
        )
        self._decisions = Counter(
            "ritornello_decisions", "Decisions shown.", ("surface", "rung"), registry=registry
        )
        self._slate = Histogram(
            "ritornello_slate_seconds",
            "From the question to the committed decision.",
            ("surface",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._requests = Histogram(
            "ritornello_request_seconds",
            "From the first byte to the last of an answer.",
            ("route", "status"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._model_age = Gauge(
            "ritornello_model_age_seconds", "Age of the model.", ("surface",), registry=registry
        )
        self._lessons = Gauge(
            "ritornello_lessons",
            "Lessons the beliefs in use rest on.",
            ("surface",),
            registry=registry,
        )
        self._propensity_min = Gauge(
            "ritornello_propensity_min", "Smallest propensity served.", registry=registry
        )
        self._propensity_min.set(1)
        self._answered: dict[tuple[str, int], Histogram] = {}
        self._smallest = 1.0
        Info("ritornello_build", "The running version.", registry=registry).info(
            {"version": __version__}
        )

    def received(
        self, intake: str, events: Sequence[AnyEvent], verdicts: Sequence[Verdict]
    ) -> None:
        """Count the listens that were stored, by the door they came through."""
        n_listens = sum(
            verdict == "stored" and type(event) is Listen
            for event, verdict in zip(events, verdicts, strict=True)
        )
        if n_listens:
            self._listens.labels(intake).inc(n_listens)

    def refused(self, faults: Iterable[Fault]) -> None:
        """Count rows that were not kept, by rule."""
        for rule, n in count_by_rule(faults).items():
            self._faults.labels(rule).inc(n)

    def shown(self, decision: Decision, seconds: float) -> None:
        """Count a decision that was committed, and how long it took."""
        self._decisions.labels(decision.surface, decision.rung).inc()
        self._slate.labels(decision.surface).observe(seconds)
        smallest = min((slot.propensity for slot in decision.slots), default=1.0)
        if smallest < self._smallest:
            self._smallest = smallest
            self._propensity_min.set(smallest)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count an answered request by its route's template."""
        child = self._answered.get((route, status))
        if child is None:
            child = self._answered[route, status] = self._requests.labels(route, status)
        child.observe(seconds)

    def model_age(self, surface: str, seconds: float) -> None:
        """Set how old the model is that a surface is served from."""
        self._model_age.labels(surface).set(seconds)

    def learned(self, n_by_surface: Mapping[str, int]) -> None:
        """Set how many lessons the beliefs of each surface rest on."""
        for surface, n_lessons in n_by_surface.items():
            self._lessons.labels(surface).set(n_lessons)

    def page(self) -> bytes:
        """Return what Prometheus reads."""
        return generate_latest(self._registry)
