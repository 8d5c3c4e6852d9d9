"""Events to a thousand subscribers over WebSocket, next to a bare broadcast of the same bytes.

`chappe serve` as shipped; a process beside it holds the subscribers and makes each event happen, by a send, as soon as
all have heard the last. The yardstick is a bare Starlette application whose WebSockets, held in the same way, are sent
the bytes of an event when a request asks for it. So both sides begin with a request and end with the last subscriber;
ours pays for the sends, too, which weigh less the more events each makes.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import orjson

from tests.bench.measure import Row
from tests.bench.processes import Helper, Site, bare_site, helper, served
from tests.bench.surroundings import building, operator_tokens, sending, tomorrow

SUBSCRIBERS, OF_ONE_CALLER = 1_000, 100
ROUNDS, ROUND_SECONDS = 5, 2.0
MANY = 20
ACCOUNT = "sms-demo-1"
SUBSCRIBE = """
subscription ($account: String!) {
  deliveryStatusChanged(account: $account) { cursor sequence previousStatus status ptt { code } occurredAt }
}
"""


async def run(folder: Path) -> list[Row]:
    """Run the scenarios on a SQLite database in a folder."""
    home = folder / "fan-out"
    home.mkdir()
    url = f"sqlite://{home}/chappe.db"
    async with building(url) as world:
        account = await world.account(credits=10**12)
        user = await world.user(account)
        tokens = await operator_tokens(world, SUBSCRIBERS // OF_ONE_CALLER)
        sends = {
            count: sending(account, user, to=",".join(receivers(count)), deferred=tomorrow())
            for count in (1, MANY)
        }
    with (
        served(url, home) as site,
        bare_site(url, home) as bare,
        helper("listeners") as followers,
        helper("listeners") as listeners,
    ):
        follow(followers, site, SUBSCRIBERS, tokens)
        listen(listeners, bare, SUBSCRIBERS)
        return [
            _compared(
                f"{count} events at once to 1,000 subscribers / a bare broadcast" if count > 1 else
                "an event to 1,000 subscribers / a bare broadcast",
                site, followers, listeners, f"/http2sms?{query}", count,
            )
            for count, query in sends.items()
        ]  # fmt: skip


def receivers(count: int) -> list[str]:
    """Return so many phones."""
    return [f"+447700{900_000 + number}" for number in range(count)]


def follow(followers: Helper, site: Site, clients: int, tokens: Sequence[str], counts: str = "") -> None:
    """Let these clients subscribe to the account's events, as the owners of these tokens."""
    subscribe = {"query": SUBSCRIBE, "variables": {"account": ACCOUNT}}
    greetings = [
        [
            orjson.dumps(message).decode()
            for message in (
                {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}},
                {"type": "subscribe", "id": "1", "payload": subscribe},
            )
        ]
        for token in tokens
    ]
    _connect(followers, site, "/graphql", clients, greetings, counts)


def listen(listeners: Helper, bare: Site, clients: int) -> None:
    """Let these clients open the bare site's WebSocket."""
    _connect(listeners, bare, "/listen", clients, [])


def _connect(
    clients: Helper, site: Site, path: str, count: int, greetings: list[list[str]], counts: str = ""
) -> None:
    plan = {
        "host": site.host, "port": site.port, "path": path, "clients": count, "greetings": greetings,
        "counts": counts,
    }  # fmt: skip
    assert clients.ask(plan) == {"listeners": count}


def _compared(scenario: str, site: Site, followers: Helper, listeners: Helper, send: str, count: int) -> Row:
    heard = followers.ask({"path": send, "messages": count})
    shout = {"path": f"/shout?times={count}", "body": heard["last"], "messages": count}
    listeners.ask(shout)
    rounds, slowest = [], []
    for _ in range(ROUNDS):
        ours = followers.ask({"path": send, "messages": count, "seconds": ROUND_SECONDS})
        by = listeners.ask(shout | {"seconds": ROUND_SECONDS})
        rounds.append((ours["rate"] * count, by["rate"] * count))
        slowest.append(ours["p99_ms"])
    return Row.of_rounds(
        scenario, rounds, aim="0.5", unit=" events/s", p99=f"{median(slowest):.0f} ms", memory=site.memory
    )
