"""Django's PostgreSQL engine with the wall built in.

Every transaction of a scoped connection begins with the claim of the current scope. The claim is local to the
transaction (so a pooled connection never carries it on) and travels as a bound parameter (so that it never stands in
``pg_stat_activity``). A scoped connection whose role could look past the policies is refused when it is opened.
"""

from __future__ import annotations

import select
from typing import Any

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base, operations
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from sessions_app.isolation import claims
from sessions_app.isolation.errors import RefusedRole
from sessions_app.isolation.scope import current_scope

# These aliases have login roles, and policies, of their own. Any other alias is scoped.
PRIVILEGED_ALIASES = frozenset({"owner", "staff", "system", NO_DB_ALIAS})

SET_CLAIM = b"SELECT pg_catalog.set_config('app.claims', $1, true)"

DANGEROUS_ROLE = """
SELECT r.rolsuper, r.rolbypassrls, EXISTS (
    SELECT 1 FROM pg_catalog.pg_class c
    WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace)
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
"""


def _in_one_trip(server: PGconn, first: tuple[bytes, ...], claim: bytes) -> None:
    """Send what begins a transaction and its claim together, the claim as a parameter of its own.

    Every transaction of every page pays for this, so it goes straight to libpq: as two statements of a psycopg
    cursor it costs several times as much.
    """
    server.enter_pipeline_mode()
    try:
        for statement in first:
            server.send_query_params(statement, None)
        server.send_query_params(SET_CLAIM, [claim])
        server.pipeline_sync()
        results = [_result(server) for _ in range(2 * len(first) + 3)]
    finally:
        server.exit_pipeline_mode()
    for result in results:
        if result is not None and result.status == ExecStatus.FATAL_ERROR:
            error = psycopg.errors.error_from_result(result)
            # Without a code it was no answer of the server's: the connection is gone.
            raise error if error.sqlstate else psycopg.OperationalError(str(error))


def _result(server: PGconn) -> PGresult | None:
    """The next result, waited for as Python waits.

    Asked for too early, libpq waits with the interpreter's lock held: no thread runs meanwhile. Behind a pooler that is
    for ever, for the transactions that hold its connections can't end.
    """
    ready = select.poll()
    while server.is_busy():
        ready.register(server.socket, select.POLLIN)
        ready.poll()
        try:
            server.consume_input()
        except psycopg.OperationalError:
            break  # the connection is gone: libpq says so at once
    return server.get_result()


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "sessions_app.isolation.postgresql.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    @property
    def scoped(self) -> bool:
        return self.alias not in PRIVILEGED_ALIASES

    def renew_claim(self) -> None:
        """Give an open transaction the claim of the current scope (or none)."""
        if self._claim_can_be_set():
            self._set_claim()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that answers. Those of the pool that died with their server are replaced one after the other.

        The pool can check them too, but waits longer and longer after each dead one: with five of them a request
        gave up while the server had been back for long.
        """
        connection = super().get_new_connection(conn_params)
        pool = self.pool
        for _ in range(pool.max_size if pool else 0):
            try:
                pool.check_connection(connection)
            except psycopg.OperationalError:
                pool.putconn(connection)
                connection = super().get_new_connection(conn_params)
            else:
                break
        return connection

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)
        if not autocommit and self.scoped and current_scope() is not None:
            self._set_claim()

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)
        # The rollback also took the setting back to what it was when the savepoint was made.
        if self.scoped:
            self.renew_claim()

    def _claim_can_be_set(self) -> bool:
        connection = self.connection
        return (
            connection is not None
            and not connection.closed
            and not connection.autocommit
            and connection.info.transaction_status
            not in (TransactionStatus.INERROR, TransactionStatus.UNKNOWN)
        )

    def _set_claim(self) -> None:
        held = current_scope()
        claim = claims.sign(held.user_id, held.kind) if held else ""
        with self.wrap_database_errors, self.connection.lock:
            server = self.connection.pgconn
            begun = server.transaction_status != TransactionStatus.IDLE
            begin = () if begun else (self.connection._get_tx_start_command(),)
            _in_one_trip(server, begin, claim.encode())

    def _configure_connection(self, connection: Any) -> bool:
        changed = super()._configure_connection(connection)
        if self.scoped:
            self._refuse_dangerous_role(connection)
        return changed

    def _refuse_dangerous_role(self, connection: Any) -> None:
        row = psycopg.Cursor(connection).execute(DANGEROUS_ROLE).fetchone()
        found = [
            word
            for word, true in zip(
                ("a superuser", "exempt from policies", "an owner of tables"), row, strict=True
            )
            if true
        ]
        if found:
            raise RefusedRole(
                f"The role of database {self.alias!r} is {', '.join(found)}: policies would not hold for it. "
                "Connect as chatmrpt_web."
            )
