"""Idle subscriptions over WebSocket: what each takes, next to an idle bare Starlette WebSocket; and many held.

`chappe serve` as shipped and the bare site get as many WebSockets, one subscription on each of ours. The memory is the
growth of the process, divided by their number. That an event reaches each afterwards proves that all were held.
"""

import asyncio
from pathlib import Path

from tests.bench.fan_out import OF_ONE_CALLER, follow, listen
from tests.bench.measure import Row
from tests.bench.processes import bare_site, helper, served
from tests.bench.surroundings import building, operator_tokens, sending, tomorrow

HELD = 9_999
"""With the connection of who makes the event, as many as a server takes."""
SETTLED_SECONDS, IDLE_SECONDS = 2.0, 20.0
"""As long as uvicorn leaves between two pings."""
AIM_KB = 30


async def run(folder: Path) -> list[Row]:
    """Run the scenario on a SQLite database in a folder."""
    home = folder / "idle"
    home.mkdir()
    url = f"sqlite://{home}/chappe.db"
    async with building(url) as world:
        account = await world.account(credits=10**12)
        send = f"/http2sms?{sending(account, await world.user(account), deferred=tomorrow())}"
        tokens = await operator_tokens(world, HELD // OF_ONE_CALLER + 1)
    with (
        bare_site(url, home) as bare,
        served(url, home) as site,
        helper("listeners") as listeners,
        helper("listeners") as followers,
    ):
        before = bare.resident_kb(), site.resident_kb()
        listen(listeners, bare, HELD)
        follow(followers, site, HELD, tokens)
        await asyncio.sleep(SETTLED_SECONDS)
        bare_kb, kb = (
            (each.resident_kb() - at) / HELD for each, at in zip((bare, site), before, strict=True)
        )
        memory, spent = site.memory, (bare.core_seconds(), site.core_seconds())
        await asyncio.sleep(IDLE_SECONDS)
        bare_busy, busy = (
            (each.core_seconds() - at) / IDLE_SECONDS for each, at in zip((bare, site), spent, strict=True)
        )
        followers.ask({"path": send})
    return [
        Row(
            f"memory of each of {HELD:,} idle subscriptions / idle bare WebSockets",
            f"{kb:.1f} KB", f"{bare_kb:.1f} KB", kb / bare_kb, f"at most {1 + AIM_KB / bare_kb:.2f}", memory=memory,
        ),
        Row(
            f"a core's time that {HELD:,} idle subscriptions take / idle bare WebSockets",
            f"{busy:.1%}", f"{bare_busy:.1%}", busy / bare_busy, "-", memory=memory,
        ),
    ]  # fmt: skip
