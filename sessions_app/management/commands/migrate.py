"""Django's own command, made to run beside a version that goes on answering.

A change of a table waits for whoever reads it, and everybody else waits behind the change. So it waits for a moment
only, lets the others through, and tries again.
"""

import random
import time
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections

# What somebody's request may have to wait at most because of us.
LOCK_SECONDS = 1.0
MOST_TRIES = 60
PAUSE_SECONDS = 2.0
# Only that no two of these run at once; any number of our own does.
ADVISORY_LOCK = 4_711_301
LOCK_NOT_AVAILABLE = "55P03"
INVALID_INDEXES = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND n.nspname = 'public'
"""


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        try:
            self._insist(connection, *args, **options)
        finally:
            # Closing gives the lock back, too, when the connection can't be asked any more.
            connection.close()

    def _insist(self, connection: Any, *args: Any, **options: Any) -> None:
        for number in range(1, MOST_TRIES + 1):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_SECONDS * 1000:.0f}ms"]
                )
            try:
                return super().handle(*args, **options)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                    raise
            self.stderr.write(f"A table is in use; its change is tried again ({number}).")
            time.sleep(PAUSE_SECONDS * random.uniform(0.5, 1.5))
            _drop_unfinished_indexes(connection)
        raise CommandError(
            f"A table was in use at each of {MOST_TRIES} tries. What was changed before it stays; run this again "
            "when long transactions have ended (pg_stat_activity, xact_start)."
        )


def _drop_unfinished_indexes(connection: Any) -> None:
    """An index that was being built beside the others' work, and had to give up, stands in the way of the next try."""
    with connection.cursor() as cursor:
        cursor.execute(INVALID_INDEXES)
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX IF EXISTS {name}")
