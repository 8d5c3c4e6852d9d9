"""How long messages are tried, waited for and kept."""

from typing import Literal

from pydantic import Field

from server.settings.section import Section


class MessageSettings(Section):
    """Messages: their bounds, from their parts to when their events are deleted."""

    max_parts: int = Field(6, ge=1, le=255, description="parts that one message may need")
    claim_lease_seconds: int = Field(
        15, ge=1, description="how long others leave alone what a worker has claimed that has died since"
    )
    validity_seconds: int = Field(
        2 * 86_400,
        ge=60,
        description="how long a message is worth handing over and delivering, from when it could first go",
    )
    receipt_margin_seconds: int = Field(
        86_400, ge=0, description="how long after that a final receipt is still waited for"
    )
    unknown_outcome: Literal["resend", "fail"] = Field(
        "resend",
        description="what becomes of a message that may have been handed over, where its worker died or its link broke",
    )
    unknown_outcome_resends: int = Field(
        2, ge=1, le=10, description="how often such a message is handed over again, where it is to be"
    )
    max_refusals: int = Field(
        16,
        ge=1,
        le=100,
        description="how often operators may refuse a message for the time being until it ends",
    )
    event_retention_days: int = Field(
        90,
        ge=1,
        description="how long delivery events, ended callbacks and unclaimed messages are kept; a worker deletes older ones",
    )
    orphaned_receipt_seconds: int = Field(
        7 * 86_400,
        ge=3_600,
        description="how long a receipt that fits no message is kept; purge deletes older ones",
    )

    @property
    def max_resends(self) -> int:
        """How often a message that may have been handed over is handed over again."""
        return self.unknown_outcome_resends if self.unknown_outcome == "resend" else 0
