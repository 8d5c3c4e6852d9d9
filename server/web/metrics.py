"""Metrics for Prometheus. They show how busy the business is: keep `/metrics` off the internet.

The counters (meters) are those of this process. Values that each scrape reads from the database (queues,
links) are the same in every process.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.gateways.link_state import ChannelState
from server.kit.clock import SECOND_US
from server.operations.core.services import Services
from server.operations.links.links import reported_states
from server.store.outages import outage_of
from server.store.queries.dispatch.queues import queue_lengths
from server.store.queries.links import enabled_links

log = structlog.get_logger()


def metrics_routes(
    services: Services, *, followed: Callable[[], Mapping[str, int]] | None = None
) -> list[Route]:
    """Return `/metrics`, which also works without the database (then `chappe_database_up` is 0).

    `followed` returns how many operations clients follow, by transport; None if there are no clients.
    """

    async def scrape(_: Request) -> Response:
        followed_now = [] if followed is None else [_followed(followed())]
        body = generate_latest(services.meters.registry) + generate_latest(
            _Read([*followed_now, *await _read(services)])
        )
        return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    return [Route("/metrics", scrape)]


class _Read(Collector):
    """The values of one scrape."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _followed(counts: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(
        "chappe_followed_operations",
        "GraphQL operations that clients of this process follow now.",
        labels=("transport",),
    )
    for transport, count in counts.items():
        family.add_metric((transport,), count)
    return family


async def _read(services: Services) -> list[Metric]:
    listeners = GaugeMetricFamily(
        "chappe_bus_listeners",
        "Subscriptions and worker loops of this process that wait for a wake-up.",
        value=services.bus.listener_count(),
    )
    try:
        rows = [*await _read_database(services.clock.now_us()), *await _read_links(services)]
    except Exception as error:
        outage = outage_of(error)
        if outage is None:
            log.exception("metrics are read without the database")
        else:
            log.warning("metrics are read without the database", cause=outage, error=repr(error))
        rows = []
    up = GaugeMetricFamily(
        "chappe_database_up", "Whether the database answered this scrape.", value=bool(rows)
    )
    return [listeners, up, *rows]


async def _read_links(services: Services) -> list[Metric]:
    """Return the state of the links; a link without a worker counts as not bound, so that it shows."""
    reported = await reported_states(services)
    bound = GaugeMetricFamily("chappe_link_bound", "Open binds of the link.", labels=("link",))
    window = GaugeMetricFamily(
        "chappe_link_window", "Submissions of the link that are written and not answered.", labels=("link",)
    )
    slow = GaugeMetricFamily(
        "chappe_link_slowed", "Whether the operator slows the link down now.", labels=("link",)
    )
    times = CounterMetricFamily(
        "chappe_link_throttled", "How often the operator has slowed the link down.", labels=("link",)
    )
    for row in await enabled_links():
        if row.name not in reported:
            bound.add_metric((row.name,), 0)
    for name, state in reported.items():
        bound.add_metric((name,), sum(bind.state is ChannelState.BOUND for bind in state.binds))
        window.add_metric((name,), state.in_flight)
        slow.add_metric((name,), state.throttled)
        times.add_metric((name,), state.times_throttled)
    return [bound, window, slow, times]


async def _read_database(now_us: int) -> list[Metric]:
    queues = await queue_lengths(now_us)
    oldest_us = now_us if queues.oldest_due_us is None else queues.oldest_due_us
    messages = GaugeMetricFamily(
        "chappe_messages_waiting",
        "Messages on their way to the operator: due, deferred to a later time, or claimed by a worker.",
        labels=("state",),
    )
    messages.add_metric(("due",), queues.due)
    messages.add_metric(("deferred",), queues.deferred)
    messages.add_metric(("claimed",), queues.claimed)
    receipts = GaugeMetricFamily(
        "chappe_receipts_waiting",
        "Stored receipts that are not applied yet.",
        value=queues.receipts,
    )
    oldest = GaugeMetricFamily(
        "chappe_oldest_due_seconds",
        "How long the oldest due message has waited for a worker; 0 without one.",
        value=(now_us - oldest_us) / SECOND_US,
    )
    callbacks = GaugeMetricFamily(
        "chappe_callbacks_waiting",
        "Callbacks that wait for an attempt.",
        value=queues.callbacks,
    )
    disabled = GaugeMetricFamily(
        "chappe_callback_urls_disabled",
        "Callback URLs that are disabled, because they failed for too long or answered 410.",
        value=queues.disabled_targets,
    )
    return [messages, oldest, receipts, callbacks, disabled]
