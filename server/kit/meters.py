"""What this process counts, for Prometheus. Nothing here is read from the database, or kept over a restart."""

import platform
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector

# Whatever else a client may put there is counted as one, or it could make a series for each request.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Meters:
    """The counters of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        build = Info("chappe_build", "What this process runs.", registry=registry)
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
            "Passwords that were not looked at after too many wrong ones.",
            registry=registry,
        )
        self.messages_accepted = Counter(
            "chappe_messages_accepted", "Messages that this process accepted.", registry=registry
        )
        self.delivery_changes = Counter(
            "chappe_delivery_changes",
            "Changes of messages' delivery status that this process recorded, by the new status.",
            ("status",),
            registry=registry,
        )
        self.submit_seconds = Histogram(
            "chappe_submit_seconds",
            "Seconds from handing a batch of messages over until the operator had answered all of it.",
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
            "Attempts to deliver a callback, by how they ended.",
            ("verdict",),
            registry=registry,
        )
        self.mails = Counter(
            "chappe_mails", "Attempts to send a mail, by how they ended.", ("verdict",), registry=registry
        )

    def count_request(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answer; `route` is the template that matched, never the path that was asked for."""
        known_method = method if method in _METHODS else "other"
        self._requests.labels(route, known_method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
