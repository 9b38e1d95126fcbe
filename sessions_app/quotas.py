"""How much of the storage one user may fill: uploads, what results left, and uploads that are on their way.

The sum over the rows is the one truth. Whoever adds to it holds the user's row meanwhile, so that two tabs, or a tab
and a worker, can't both take the last megabyte.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Sum
from django.http import Http404
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from sessions_app.models import ResumableUpload, StoredFile, User
from sessions_app.problems import Problem

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that a user has taken, and may take."""

    used: int
    quota: int

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.used / self.quota)) if self.quota else 100

    @property
    def words(self) -> str:
        used, quota = filesizeformat(self.used), filesizeformat(self.quota)
        return _("%(used)s of %(quota)s") % {"used": used, "quota": quota}


def quota_of(user: User) -> int:
    """What staff gave this user, else what everybody has."""
    own = user.storage_quota_mb
    return settings.UPLOAD["quota_bytes"] if own is None else own * MB


def room_of(user: User) -> Room:
    """Files count as they are, an upload on its way as large as it will be."""
    stored = StoredFile.objects.filter(owner_id=user.pk).aggregate(total=Sum("size_bytes"))["total"] or 0
    coming = ResumableUpload.objects.filter(owner_id=user.pk, file=None, expires_at__gt=timezone.now())
    announced = coming.aggregate(total=Sum("size_bytes"))["total"] or 0
    return Room(stored + announced, quota_of(user))


def take_room(owner_id: uuid.UUID, more: int, *, announced: int = 0) -> None:
    """Hold the user's row until the transaction ends and refuse what doesn't fit; `announced` of it counts already.

    Call it before other rows are locked: deleting an account begins with the same row.
    """
    user = User.objects.select_for_update(no_key=True).filter(pk=owner_id).first()
    if user is None:
        raise Http404
    refuse_without_room(user, more, announced=announced)


def refuse_without_room(user: User, more: int, *, announced: int = 0) -> None:
    room = room_of(user)
    if room.used - announced + more > room.quota:
        raise Problem(
            "no_room_left",
            _("You use %(room)s, and this needs %(more)s more.")
            % {"room": room.words, "more": filesizeformat(more)},
            where="quota",
        )
