"""Locks an account that isn't safe. Staff do the same in the admin, by the action “Lock”."""

from __future__ import annotations

from sessions_app.events import COMMAND_LINE
from sessions_app.models import User
from sessions_app.staff import locking
from sessions_app.staff.commands import AccountCommand


class Command(AccountCommand):
    help = (
        "Disables an account and ends its sign-ins, tokens and password, so that nothing that somebody else knows or holds "
        "opens it when it is enabled again (over the staff connection)."
    )

    def act(self, user: User) -> str:
        locking.lock([user], actor=COMMAND_LINE)
        return "disabled; its sign-ins, tokens and password have ended"
