"""Deletes what has expired. Beat does the same every hour; this is for a machine without beat."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from sessions_app.accounts.expiry import remove_expired_sign_ins, remove_old_demos


class Command(BaseCommand):
    help = "Delete demo accounts older than DEMO_ACCOUNT_HOURS, and sign-ins that have expired."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(
            f"{remove_old_demos()} demo accounts and {remove_expired_sign_ins()} sign-ins deleted"
        )
