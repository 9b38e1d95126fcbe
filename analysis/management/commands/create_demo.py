"""`manage.py create_demo`: the demo account with its finished demo session. Running it again changes nothing."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand
from django.db import transaction

from analysis import demo
from sessions_app import actions
from sessions_app.isolation.identity import user_by_email
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult, AnalysisSession, User

EMAIL = "demo@chatmrpt.example"


class Command(BaseCommand):
    help = "Creates the demo account and its session of synthetic data, once."
    # All of them would load every page, which is most of what a later start costs here; `handle` runs those that matter.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        # Every start goes through here once its tables are made: no person comes in before role, clock and walls are right.
        self.check(tags=[Tags.database], databases=["default"])
        email = os.environ.get("DEMO_EMAIL") or EMAIL
        password = os.environ.get("DEMO_PASSWORD") or _kept_password(settings.STATE_FOLDER / "demo-password")
        user = _demo_user(email, password)
        if not _has_finished_demo(user):
            demo.fill_facilities(by=user)
            demo.fill(by=user, ranking_here=True)
        self.stdout.write(f"{email} {password}")


def _kept_password(path: Path) -> str:
    """The password in a file that only this machine's user can read, made when it is not there yet."""
    if path.exists():
        return path.read_text().strip()
    password = secrets.token_urlsafe(12)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(password)
    return password


def _demo_user(email: str, password: str) -> User:
    user = user_by_email(email)
    if user is None:
        return User.objects.create_user(email, password, display_name="Demo")
    if not user.check_password(password):
        user.set_password(password)
        with scope(user.pk), transaction.atomic():
            user.save(update_fields=["password"])
    return user


def _has_finished_demo(user: User) -> bool:
    """An interrupted first attempt is cleared away and made again."""
    with scope(user.pk):
        with transaction.atomic():
            sessions = list(AnalysisSession.objects.filter(is_demo=True))
            finished = AnalysisResult.objects.filter(
                session__in=sessions, kind="risk", status=AnalysisResult.Status.SUCCEEDED
            ).exists()
        if not finished:
            for session in sessions:
                actions.delete_session(by=user, session=session)
    return finished
