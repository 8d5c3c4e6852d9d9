"""Arguments that several fields share, each with one description."""

from typing import Annotated

import strawberry

AccountName = Annotated[str, strawberry.argument(description="The account's name.")]
MaybeAccountName = Annotated[
    str | None, strawberry.argument(description="Only those of this account; null for all that you may see.")
]
Login = Annotated[str, strawberry.argument(description="The user's login. Case does not matter.")]
MaybeLogin = Annotated[
    str | None, strawberry.argument(description="Only those of this user; null for all that you may see.")
]
