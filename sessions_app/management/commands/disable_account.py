"""Locks an account that isn't safe. Staff do the same in the admin, by the action “Lock”."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_app.events import COMMAND_LINE
from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import User
from sessions_app.staff import locking


class Command(BaseCommand):
    help = (
        "Disables an account and ends its sign-ins, tokens and password, so that nothing that somebody else knows or holds "
        "opens it when it is enabled again (over the staff connection)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address of the account")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            user = User.objects.db_manager(STAFF_ALIAS).get_by_natural_key(email)
        except User.DoesNotExist:
            raise CommandError(f"{email}: no account has this address") from None
        locking.lock([user], actor=COMMAND_LINE)
        self.stdout.write(f"{user.email}: disabled; its sign-ins, tokens and password have ended")
