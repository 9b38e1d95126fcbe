"""What each role may do: groups of Django's, kept as the settings say with every `migrate`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import models, transaction

from sessions_app.isolation.staff import OWNER_ALIAS


def role_names() -> tuple[str, ...]:
    return tuple(name for name, _ in settings.STAFF_ROLES)


def after_migrate(sender: Any, using: str, **details: Any) -> None:
    """Give each role its permissions of the app that was just migrated, and take away those it has no more."""
    if using != OWNER_ALIAS or "plan" not in details or not _is_there(using, details["apps"]):
        return
    with transaction.atomic(using=using):
        for name, rights in settings.STAFF_ROLES:
            group, _ = Group.objects.using(using).get_or_create(name=name)
            mine = {right.partition(".")[2] for right in rights if right.startswith(f"{sender.label}.")}
            of_app = Permission.objects.using(using).filter(content_type__app_label=sender.label)
            given: models.Manager = group.permissions
            given.remove(*of_app.exclude(codename__in=mine).filter(group=group))
            given.add(*of_app.filter(codename__in=mine))


def _is_there(using: str, known: Any) -> bool:
    """A run that stops half-way, at an early migration, has no groups to keep."""
    try:
        known.get_model("auth", "Permission")
    except LookupError:
        return False
    return True
