"""This process's counters for Prometheus. None is read from the database, or survives a restart."""

import platform
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector

# All other methods count as one, or a client could create a series with each request.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Meters:
    """The counters of one process, in their own registry."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        build = Info("chappe_build", "The version that this process runs.", registry=registry)
        build.info({"version": version("chappe"), "python": platform.python_version()})
        self._requests = Counter(
            "chappe_http_requests",
            "HTTP requests answered.",
            ("route", "method", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "chappe_http_request_seconds",
            "Seconds until the headers of an answer were sent.",
            ("route",),
            registry=registry,
        )
        self.graphql_errors = Counter(
            "chappe_graphql_errors",
            "Errors in GraphQL answers, and refusals in `userErrors`, by their code.",
            ("code",),
            registry=registry,
        )
        self.sign_ins_throttled = Counter(
            "chappe_sign_ins_throttled",
            "Passwords that were not checked after too many wrong ones.",
            registry=registry,
        )
        self.messages_accepted = Counter(
            "chappe_messages_accepted", "Messages accepted by this process.", registry=registry
        )
        self.delivery_changes = Counter(
            "chappe_delivery_changes",
            "Changes of delivery status recorded by this process, by the new status.",
            ("status",),
            registry=registry,
        )
        self.submit_seconds = Histogram(
            "chappe_submit_seconds",
            "Seconds from handing over a batch of messages until the operator has answered all of it.",
            ("link",),
            registry=registry,
        )
        self.incoming_unclaimed = Counter(
            "chappe_incoming_unclaimed",
            "Messages from phones that belong to no account, by link, and whether they ask to stop.",
            ("link", "asks_to_stop"),
            registry=registry,
        )
        self.callback_attempts = Counter(
            "chappe_callback_attempts",
            "Attempts to deliver a callback, by their result.",
            ("verdict",),
            registry=registry,
        )
        self.mails = Counter(
            "chappe_mails", "Attempts to send a mail, by their result.", ("verdict",), registry=registry
        )

    def count_request(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answer; `route` is the matched template, never the requested path."""
        known_method = method if method in _METHODS else "other"
        self._requests.labels(route, known_method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
