"""The persons who sign in: creating one."""

from tortoise.exceptions import IntegrityError

from server.errors import Conflict, ErrorCode, about
from server.kit.email_address import email_key, parse_email
from server.models import Holder
from server.operations import audit
from server.operations.principals import Principal, Scope
from server.operations.services import Services
from server.operations.transactions import Transaction
from server.rules.free_texts import check_line
from server.rules.password_policy import check_holder_password

MAX_NAME = 100


async def create_holder(
    services: Services, principal: Principal, *, email: str, name: str, password: str, is_operator: bool
) -> Holder:
    """Create somebody who signs in with an e-mail address and a password; an operator's right.

    Raises:
        InvalidInput: INVALID_EMAIL, INVALID_PASSWORD, INVALID_TEXT, or a name that is empty or over 100 characters.
        Conflict: EMAIL_TAKEN, in whatever case.
    """
    principal.require(Scope.OPERATE)
    with about("email"):
        address = email_key(parse_email(email))
    with about("password"):
        check_holder_password(password)
    with about("name"):
        check_line(name.strip(), MAX_NAME, shortest=1)
    # Before it is hashed: whoever asks for one that is taken again and again costs next to nothing.
    if await Holder.filter(email=address).exists():
        raise _taken()
    password_hash = await services.passwords.hash(password, principal.flow)

    async def work(_: Transaction) -> Holder:
        now_us = services.clock.now_us()
        try:
            holder = await Holder.create(
                email=address,
                name=name.strip(),
                password_hash=password_hash,
                is_operator=is_operator,
                created_at_us=now_us,
            )
        except IntegrityError as error:
            raise _taken() from error
        await audit.record(
            principal,
            "createHolder",
            address,
            at_us=now_us,
            detail={
                "email": address,
                "name": name.strip(),
                "password": audit.REDACTED,
                "isOperator": is_operator,
            },
        )
        return holder

    return await services.transactions.run(work)


def _taken() -> Conflict:
    return Conflict("A holder has this e-mail address already.", code=ErrorCode.EMAIL_TAKEN, field=("email",))
