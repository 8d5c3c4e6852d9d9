"""A plain model of two accounts' money, to compare the operations with."""

from dataclasses import dataclass, field

RATE = 1_000
"""Millicredits for one part to the model's receivers."""


@dataclass
class ModelUser:
    """A user as the model sees it; `quota` is None while it is off."""

    login: str
    quota: int | None = None
    enabled: bool = True


@dataclass
class ModelMessage:
    """A message: who paid (a user's quota, or with None the account), and whether it is still unclaimed."""

    credits: int
    sender: ModelUser | None
    from_quota: bool
    state: str = "queued"


@dataclass
class ModelAccount:
    """An account's credits, its users and its messages by number."""

    name: str
    left: int = 0
    users: dict[str, ModelUser] = field(default_factory=dict)
    messages: dict[int, ModelMessage] = field(default_factory=dict)

    def remaining(self, user: ModelUser | None) -> int:
        """Return what a sender can spend."""
        return self.left if user is None or user.quota is None else user.quota

    def debit(self, user: ModelUser | None, credits: int) -> bool:
        """Take credits from a sender's quota or from the account; return whether the quota paid."""
        if user is None or user.quota is None:
            self.left -= credits
            return False
        user.quota -= credits
        return True

    def end_unbilled(self, message: ModelMessage) -> None:
        """Refund a message: to the quota that paid, if it is still on."""
        message.state = "ended"
        payer = message.sender
        if message.from_quota and payer is not None and payer.quota is not None:
            payer.quota += message.credits
        else:
            self.left += message.credits

    def sweep(self, user: ModelUser | None = None) -> int:
        """Cancel the unclaimed messages, all or one user's; return how many."""
        swept = [
            m for m in self.messages.values() if m.state == "queued" and (user is None or m.sender is user)
        ]
        for message in swept:
            self.end_unbilled(message)
        return len(swept)

    def set_quota(self, user: ModelUser, quota: int | None) -> None:
        """Move the credits for a change of a quota."""
        self.left += (user.quota or 0) - (quota or 0)
        user.quota = quota

    def delete(self, user: ModelUser) -> None:
        """Delete a user."""
        self.sweep(user)
        self.set_quota(user, None)
        del self.users[user.login]
