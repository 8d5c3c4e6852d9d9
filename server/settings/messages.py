"""How long messages are tried, how long receipts are awaited, and how long data is kept."""

from typing import Literal

from pydantic import Field

from server.settings.section import Section


class MessageSettings(Section):
    """Messages: their bounds, from the number of parts to the deletion of events."""

    max_parts: int = Field(6, ge=1, le=255, description="the most parts of a message")
    claim_lease_seconds: int = Field(
        15, ge=1, description="how long the claims of a dead worker last before others take over"
    )
    validity_seconds: int = Field(
        2 * 86_400,
        ge=60,
        description="how long a message is worth sending and delivering, from its due time",
    )
    receipt_margin_seconds: int = Field(
        86_400, ge=0, description="how much longer to wait for a final receipt"
    )
    unknown_outcome: Literal["resend", "fail"] = Field(
        "resend",
        description="what to do with a message if it is unknown whether the operator has it",
    )
    unknown_outcome_resends: int = Field(
        2, ge=1, le=10, description="how often such a message is sent again, with resend"
    )
    max_refusals: int = Field(
        16,
        ge=1,
        le=100,
        description="how often operators may refuse a message temporarily before it ends",
    )
    event_retention_days: int = Field(
        90,
        ge=1,
        description="how long to keep delivery events, ended callbacks and unclaimed messages",
    )
    orphaned_receipt_seconds: int = Field(
        7 * 86_400,
        ge=3_600,
        description="how long to keep a receipt that fits no message",
    )

    @property
    def max_resends(self) -> int:
        """How often a message that may have been handed over is handed over again."""
        return self.unknown_outcome_resends if self.unknown_outcome == "resend" else 0
