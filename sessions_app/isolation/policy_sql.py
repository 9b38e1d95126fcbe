"""The SQL of every policy. The words are PostgreSQL's: a policy has a role, a command, USING and WITH CHECK."""

from __future__ import annotations

from dataclasses import dataclass

from sessions_app.isolation.roles import BACKUP, OWNER, STAFF, SYSTEM, WEB

# In a sub-select the function runs once for each statement and not once for each row.
ASKER = "(SELECT app.current_user_id())"

EVERYTHING = "true"
SIGNED_IN = f"{ASKER} IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Policy:
    """One permissive policy. Without ``check``, rows written are held to ``using``."""

    role: str
    command: str
    using: str | None
    check: str | None

    def name(self) -> str:
        short = self.role.removeprefix("chatmrpt_")
        return short if self.command == "ALL" else f"{short}_{self.command.lower()}"

    def create_sql(self, table: str) -> str:
        using = f" USING ({self.using})" if self.using else ""
        check = f" WITH CHECK ({self.check})" if self.check else ""
        return (
            f'CREATE POLICY {self.name()} ON "{table}" AS PERMISSIVE '
            f"FOR {self.command} TO {self.role}{using}{check}"
        )


def own_rows(owner_column: str) -> str:
    """True for rows of the user whose claim the transaction carries; without a claim, for none."""
    return f'"{owner_column}" = {ASKER}'


def usual(owner_column: str, *, also: str = "") -> tuple[Policy, ...]:
    """The policies of nearly every table: the web role its user's rows, the others what their rights allow.

    ``also`` narrows what the web role may see and write.
    """
    own = own_rows(owner_column) + (f" AND {also}" if also else "")
    return (
        Policy(WEB, "ALL", own, own),
        Policy(OWNER, "ALL", EVERYTHING, EVERYTHING),
        Policy(STAFF, "ALL", EVERYTHING, EVERYTHING),
        Policy(SYSTEM, "ALL", EVERYTHING, EVERYTHING),
        Policy(BACKUP, "SELECT", EVERYTHING, None),
    )


def shared() -> tuple[Policy, ...]:
    """A table for everybody: whoever carries a claim reads, nobody writes as the web role, staff keep it."""
    return (
        Policy(WEB, "SELECT", SIGNED_IN, None),
        Policy(OWNER, "ALL", EVERYTHING, EVERYTHING),
        Policy(STAFF, "ALL", EVERYTHING, EVERYTHING),
        Policy(SYSTEM, "SELECT", EVERYTHING, None),
        Policy(BACKUP, "SELECT", EVERYTHING, None),
    )


def computed() -> tuple[Policy, ...]:
    """A table for everybody that is computed over all users: whoever carries a claim reads, maintenance alone writes."""
    return (
        Policy(WEB, "SELECT", SIGNED_IN, None),
        Policy(OWNER, "ALL", EVERYTHING, EVERYTHING),
        Policy(STAFF, "SELECT", EVERYTHING, None),
        Policy(SYSTEM, "ALL", EVERYTHING, EVERYTHING),
        Policy(BACKUP, "SELECT", EVERYTHING, None),
    )


def append_only_for_staff(owner_column: str) -> tuple[Policy, ...]:
    """The admin's log: staff read and add, the web role reads its user's lines, nobody changes or deletes."""
    return (
        Policy(WEB, "SELECT", own_rows(owner_column), None),
        Policy(OWNER, "ALL", EVERYTHING, EVERYTHING),
        Policy(STAFF, "SELECT", EVERYTHING, None),
        Policy(STAFF, "INSERT", None, EVERYTHING),
        Policy(BACKUP, "SELECT", EVERYTHING, None),
    )


def enforce_sql(table: str) -> list[str]:
    """Switch policies on, for the table's owner too."""
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
    ]
