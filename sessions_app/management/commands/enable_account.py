"""Lets an account in again. Staff do the same in the admin, by the action “Allow again”."""

from __future__ import annotations

from sessions_app.events import COMMAND_LINE
from sessions_app.models import User
from sessions_app.staff import locking
from sessions_app.staff.commands import AccountCommand


class Command(AccountCommand):
    help = (
        "Enables an account that was disabled; one whose password has ended is opened by its owner with a mailed link (over "
        "the staff connection)."
    )

    def act(self, user: User) -> str:
        locking.allow_again([user], actor=COMMAND_LINE)
        if user.has_usable_password():
            return "enabled"
        return "enabled; it has no password: its owner asks for a new one on the sign-in page"
