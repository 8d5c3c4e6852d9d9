"""Who acts: an operator, a holder, an API user, or the server itself."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from server.errors import Forbidden
from server.kit.described_enums import DescribedStr
from server.kit.passwords import SERVER_FLOW, Flow


class Scope(DescribedStr):
    """What a token may do."""

    READ = "read", "Read what its owner may see."
    SEND = "send", "Send and cancel messages."
    MANAGE = "manage", "Create and change users, limits, restrictions, callbacks and senders."
    CREDITS = "credits", "Move credits: set quotas, and transfer between the holder's accounts."
    OPERATE = "operate", "Administer the server: accounts, grants, corrections, rates, sender approval."


USER_SCOPES = frozenset({Scope.READ, Scope.SEND})
HOLDER_SCOPES = USER_SCOPES | {Scope.MANAGE, Scope.CREDITS}
OPERATOR_SCOPES = HOLDER_SCOPES | {Scope.OPERATE}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts, and with which rights.

    Exactly one of `holder_id` and `user_id` is set; the server itself has neither. `bound_account_ids` limits
    a token to some of its holder's accounts; None sets no limit. `in_session` tells a sign-in by password
    from a token.
    """

    name: str
    scopes: frozenset[Scope]
    holder_id: int | None = None
    user_id: int | None = None
    user_account_id: int | None = None
    user_account: str | None = None
    bound_account_ids: frozenset[int] | None = None
    token_id: int | None = None
    in_session: bool = False

    @property
    def key(self) -> str:
        """A short, stable name of who acts, the same for all its tokens (for idempotency keys)."""
        return f"user:{self.user_id}" if self.user_id is not None else f"holder:{self.holder_id}"

    @property
    def logged_name(self) -> str:
        """The name for the log: an API user's login; for others, nothing that identifies a person."""
        return self.name if self.is_user else self.key

    @property
    def flow(self) -> Flow:
        """Whose work it counts as when this principal has a password hashed."""
        return SERVER_FLOW if self is SERVER else Flow(is_known=True, group=self.key)

    @property
    def is_user(self) -> bool:
        """Whether an API user acts."""
        return self.user_id is not None

    @property
    def sees_all_accounts(self) -> bool:
        """Whether this is the server, or an operator acting as such."""
        return self is SERVER or (Scope.OPERATE in self.scopes and self.bound_account_ids is None)

    @property
    def uses_token(self) -> bool:
        """Whether a token is used, not a session."""
        return self.token_id is not None and not self.in_session

    def require_session(self) -> None:
        """Raise `Forbidden` if a token is used: the effect would outlive the token."""
        if self.uses_token:
            raise Forbidden("This needs a session: sign in instead of using a token.")

    def require_to_give(self, scopes: AbstractSet[Scope]) -> None:
        """Raise `Forbidden` unless the principal has all the scopes that it gives to somebody."""
        lacking = sorted(scopes - self.scopes)
        if lacking:
            words = " and ".join(f"'{scope}'" for scope in lacking)
            raise Forbidden(f"This gives somebody the rights of the scope {words}, which you lack.")

    def require(self, scope: Scope) -> None:
        """Raise `Forbidden` unless the principal has this scope."""
        if scope not in self.scopes:
            raise Forbidden(f"This needs the scope '{scope}'.")


SERVER = Principal(name="server", scopes=OPERATOR_SCOPES)
