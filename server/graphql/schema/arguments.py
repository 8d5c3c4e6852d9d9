"""Arguments that several fields take, each with the one description it has everywhere."""

from typing import Annotated

import strawberry

AccountName = Annotated[str, strawberry.argument(description="The account's name.")]
MaybeAccountName = Annotated[
    str | None, strawberry.argument(description="Only those of this account; null for all that you may see.")
]
Login = Annotated[str, strawberry.argument(description="The user's login, in any case.")]
MaybeLogin = Annotated[
    str | None, strawberry.argument(description="Only those of this user; null for all that you may see.")
]
