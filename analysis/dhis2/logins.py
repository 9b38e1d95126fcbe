"""Logins to DHIS2 servers: kept sealed for the session they were given in, replaced, forgotten, expired."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from analysis.core.errors import BadInput
from analysis.dhis2.addresses import Address, Policy, read_address
from analysis.dhis2.login import Login
from analysis.models import Dhis2Login
from sessions_app.events import record
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisSession, User


def policy() -> Policy:
    """What this installation's settings allow."""
    return Policy(frozenset(settings.DHIS2["hosts"]), frozenset(settings.DHIS2["trusted"]))


def logins_of(user: User) -> QuerySet[Dhis2Login]:
    """Those that can still be used."""
    return Dhis2Login.objects.filter(owner_id=user.pk, expires_at__gt=timezone.now())


@transaction.atomic
def keep_login(*, by: User, session: AnalysisSession, address: str, login: Login) -> Dhis2Login:
    """Seal and keep a login; it replaces what the session had. Nothing is asked of the server yet.

    Raises `BadInput` for an address that can't be read or must not be asked.
    """
    # Sealing is needed by few requests, and what it loads by no other.
    from analysis.dhis2.sealing import seal

    server = read_address(address, policy())
    if AnalysisSession.objects.select_for_update().filter(pk=session.pk).first() is None:
        raise Http404
    Dhis2Login.objects.filter(owner_id=by.pk, session_id=session.pk).delete()
    row_id = uuid.uuid4()
    row = Dhis2Login.objects.create(
        id=row_id,
        owner_id=by.pk,
        session_id=session.pk,
        address=str(server),
        sealed=seal(login, owner_id=by.pk, row_id=row_id),
        expires_at=timezone.now() + timedelta(minutes=settings.DHIS2["login_minutes"]),
    )
    record(owner_id=by.pk, verb="dhis2.login_kept", of=row, session_id=session.pk)
    return row


@transaction.atomic
def forget_login(*, by: User, login: Dhis2Login) -> None:
    record(owner_id=by.pk, verb="dhis2.login_forgotten", of=login, session_id=login.session_id)
    Dhis2Login.objects.filter(pk=login.pk).delete()


def opened(owner_id: uuid.UUID, login_id: uuid.UUID) -> tuple[Address, Login]:
    """Where and how to sign in, for the worker. Raises `BadInput` when the login is gone."""
    from analysis.dhis2.sealing import NotSealedHere, unseal

    with scope(owner_id), transaction.atomic():
        row = logins_of(User(pk=owner_id)).filter(pk=login_id).first()
    if row is None:
        raise gone()
    try:
        login = unseal(row.sealed, owner_id=owner_id, row_id=row.pk)
    except NotSealedHere:
        raise gone() from None
    return read_address(row.address, policy()), login


def gone() -> BadInput:
    return BadInput("dhis2_login_gone", "The token is no longer kept",
                    "It was forgotten when its import ended, or its time was up.", "Connect to the server again.",
                    where="login")  # fmt: skip


def remove_expired(*, most: int) -> int:
    """Each one in its owner's scope; the maintenance role only finds them."""
    late = Dhis2Login.objects.using("system").filter(expires_at__lte=timezone.now())
    found = list(late.order_by("expires_at").values_list("owner_id", "pk")[:most])
    for owner_id, login_id in found:
        with scope(owner_id, kind="task"), transaction.atomic():
            row = Dhis2Login.objects.filter(pk=login_id).first()
            if row is not None:
                forget_login(by=User(pk=owner_id), login=row)
    return len(found)
