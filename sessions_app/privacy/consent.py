"""Who has accepted which version of the privacy notice. People who have not are asked on each page; nothing is closed to
them meanwhile, and programs go on working."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from sessions_app.events import record
from sessions_app.models import User
from sessions_app.privacy.notice import current_version
from sessions_app.problems import Problem


def must_accept(user: User) -> bool:
    """A demo account belongs to nobody who could be asked."""
    return not user.is_demo and user.privacy_version != current_version()


@transaction.atomic
def accept(*, by: User, version: str) -> None:
    """Record that this version was accepted, and when. Only the one that is shown now can be."""
    if version != current_version():
        raise Problem("notice_changed", where="version")
    if by.privacy_version == version:
        return
    by.privacy_version, by.privacy_accepted_at = version, timezone.now()
    by.save(update_fields=["privacy_version", "privacy_accepted_at"])
    record(owner_id=by.pk, verb="privacy.accepted", of=by, version=version)


def asked(request: HttpRequest) -> dict[str, bool]:
    """For every page: whether to ask. It costs no query, the user is there already."""
    user = getattr(request, "user", None)
    return {"privacy_asked": user is not None and user.is_authenticated and must_accept(user)}
