"""What the commands on one account share: its address, and the staff connection that finds it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import User


class AccountCommand(BaseCommand):
    """`act` does what the command is for and returns what has become of the account."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address of the account")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            user = User.objects.db_manager(STAFF_ALIAS).get_by_natural_key(email)
        except User.DoesNotExist:
            raise CommandError(f"{email}: no account has this address") from None
        self.stdout.write(f"{user.email}: {self.act(user)}")

    def act(self, user: User) -> str:
        raise NotImplementedError
