"""Lets an account in again. Staff do the same in the admin, by the action “Allow again”."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_app.events import COMMAND_LINE
from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import User
from sessions_app.staff import locking


class Command(BaseCommand):
    help = (
        "Enables an account that was disabled; one whose password has ended is opened by its owner with a mailed link (over "
        "the staff connection)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address of the account")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            user = User.objects.db_manager(STAFF_ALIAS).get_by_natural_key(email)
        except User.DoesNotExist:
            raise CommandError(f"{email}: no account has this address") from None
        locking.allow_again([user], actor=COMMAND_LINE)
        how = (
            ""
            if user.has_usable_password()
            else "; it has no password: its owner asks for a new one on the sign-in page"
        )
        self.stdout.write(f"{user.email}: enabled{how}")
