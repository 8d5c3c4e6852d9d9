"""The one place of wiring: what the command line, the web and the workers share, and the web application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from server.events.bus import MemoryBus
from server.gateways.gateway import OperatorGateway
from server.gateways.simulator import Simulator
from server.kit.clock import Clock, SystemClock
from server.kit.passwords import PasswordHasher
from server.models.database import Database
from server.operations.message_numbers import MessageNumbers
from server.operations.services import Policy, Services
from server.operations.transactions import Transactions
from server.settings import Settings
from server.workers.loops import Loops
from server.workers.receiver import Receiver
from server.workers.sender import Sender


def build_services(settings: Settings, clock: Clock | None = None) -> Services:
    """Build what operations need, from settings; nothing is opened yet."""
    clock = clock or SystemClock()
    bus = MemoryBus()
    transactions = Transactions(bus)
    return Services(
        clock=clock,
        transactions=transactions,
        passwords=PasswordHasher(
            clock=clock,
            time_cost=settings.password_time_cost,
            memory_cost_kib=settings.password_memory_kib,
        ),
        message_numbers=MessageNumbers(transactions),
        bus=bus,
        policy=Policy(
            max_parts=settings.max_parts,
            session_seconds=settings.session_seconds,
            claim_lease_seconds=settings.claim_lease_seconds,
        ),
    )


def build_gateway(settings: Settings, services: Services) -> OperatorGateway:
    """Build the link to the operator."""
    return Simulator(services.clock, step_seconds=settings.simulator_step_seconds)


def build_worker(services: Services, gateway: OperatorGateway) -> Loops:
    """Build the worker's loops."""
    sender, receiver = Sender(services, gateway), Receiver(services, gateway)
    return Loops(
        services.bus, {"sender": sender.step, "receiver": receiver.receive, "receipts": receiver.apply}
    )
