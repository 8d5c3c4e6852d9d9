"""Metrics for Prometheus. They tell how busy a business is: keep `/metrics` from the internet.

What a process counts (requests, messages accepted) is that process's own. What is read from the
database at each scrape (queues, delivery events) is the same in every process.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.gateways.smpp.link import ChannelState
from server.models import CallbackDelivery, CallbackState, Message, MessageState, OperatorLink, Receipt
from server.models.outages import OUTAGES
from server.models.sql import fetch
from server.operations.links import reported_states
from server.operations.services import Services
from server.rules.callbacks import TryVerdict

log = structlog.get_logger()

# Whatever else a client may put there is counted as one, or it could make a series for each request.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """What this process counts, in a registry of its own."""

    def __init__(self) -> None:
        """Start at zero."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "chappe_http_requests",
            "HTTP requests answered.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "chappe_http_request_seconds",
            "Seconds until the headers of an answer were sent.",
            ("route",),
            registry=self.registry,
        )
        self._accepted = Counter(
            "chappe_messages_accepted",
            "Messages that callers were told are accepted; an answer repeated for its idempotency key counts again.",
            registry=self.registry,
        )
        self._callback_tries = Counter(
            "chappe_callback_tries",
            "Tries to deliver a callback, by how they ended.",
            ("verdict",),
            registry=self.registry,
        )

    def count_request(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answer; `route` is the template that matched, never the path that was asked for."""
        known_method = method if method in _METHODS else "other"
        self._requests.labels(route, known_method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_callback_try(self, verdict: TryVerdict) -> None:
        """Count a try to deliver a callback."""
        self._callback_tries.labels(str(verdict)).inc()

    def count_accepted(self, messages: int) -> None:
        """Count messages that were accepted."""
        self._accepted.inc(messages)


def metrics_routes(
    metrics: Metrics, services: Services, *, followed: Callable[[], Mapping[str, int]]
) -> list[Route]:
    """Return `/metrics`, which works without the database too (with `chappe_database_up` 0).

    `followed` tells how many operations clients follow by each transport.
    """

    async def scrape(_: Request) -> Response:
        body = generate_latest(metrics.registry) + generate_latest(
            _Read([_followed(followed()), *await _read(services)])
        )
        return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    return [Route("/metrics", scrape)]


class _Read(Collector):
    """What one scrape has read, for that scrape alone."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _followed(counts: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(
        "chappe_followed_operations",
        "GraphQL operations that clients of this process follow at present.",
        labels=("transport",),
    )
    for transport, count in counts.items():
        family.add_metric((transport,), count)
    return family


async def _read(services: Services) -> list[Metric]:
    listeners = GaugeMetricFamily(
        "chappe_bus_listeners",
        "Subscriptions and worker loops of this process that wait for news.",
        value=services.bus.listener_count(),
    )
    try:
        rows = [*await _read_database(services.clock.now_us()), *await _read_links(services)]
    except OUTAGES:
        log.exception("metrics are read without the database")
        rows = []
    up = GaugeMetricFamily(
        "chappe_database_up", "Whether the database answered this scrape.", value=bool(rows)
    )
    return [listeners, up, *rows]


async def _read_links(services: Services) -> list[Metric]:
    """Return how the links are; one that no worker holds is told as not bound, so that its absence shows."""
    reported = await reported_states(services)
    bound = GaugeMetricFamily("chappe_link_bound", "Binds of the link that are open.", labels=("link",))
    window = GaugeMetricFamily(
        "chappe_link_window", "Submissions by the link that are written and not answered.", labels=("link",)
    )
    slow = GaugeMetricFamily(
        "chappe_link_slowed", "Whether the operator has the link slow down at present.", labels=("link",)
    )
    times = CounterMetricFamily(
        "chappe_link_throttled", "How often the operator had the link slow down.", labels=("link",)
    )
    for row in await OperatorLink.filter(enabled=True):
        if row.name not in reported:
            bound.add_metric((row.name,), 0)
    for name, state in reported.items():
        bound.add_metric((name,), sum(bind.state is ChannelState.BOUND for bind in state.binds))
        window.add_metric((name,), state.in_flight)
        slow.add_metric((name,), state.throttled)
        times.add_metric((name,), state.times_throttled)
    return [bound, window, slow, times]


async def _read_database(now_us: int) -> list[Metric]:
    queued = Message.filter(state=MessageState.QUEUED)
    messages = GaugeMetricFamily(
        "chappe_messages_waiting",
        "Messages on their way to the operator: due, deferred to a later time, or claimed by a worker.",
        labels=("state",),
    )
    messages.add_metric(("due",), await queued.filter(due_at_us__lte=now_us).count())
    messages.add_metric(("deferred",), await queued.filter(due_at_us__gt=now_us).count())
    messages.add_metric(("claimed",), await Message.filter(state=MessageState.CLAIMED).count())
    receipts = GaugeMetricFamily(
        "chappe_receipts_waiting",
        "Receipts written down and not applied yet.",
        value=await Receipt.filter(message_part_id=None).count(),
    )
    # An account counts its events without a gap, so this needs no look at the events themselves.
    (row,) = await fetch("SELECT COALESCE(SUM(event_sequence), 0) AS total FROM accounts")
    events = CounterMetricFamily(
        "chappe_delivery_events", "Changes of messages' delivery status.", value=int(row["total"])
    )
    callbacks = GaugeMetricFamily(
        "chappe_callbacks_waiting",
        "Callbacks that are to be tried, maybe again.",
        value=await CallbackDelivery.filter(state=CallbackState.WAITING).count(),
    )
    return [messages, receipts, events, callbacks]
