"""SQL compilers that refuse an owned or shared table without a scope and a transaction.

The database alone would answer such a query with no rows, which looks like "nothing there yet". Every statement that
the ORM makes, sub-queries included, passes one ``as_sql`` below.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import compiler

from sessions_app.isolation.errors import NoScope, NoTransaction
from sessions_app.isolation.owned import guarded_tables
from sessions_app.isolation.scope import current_scope


class Guarded:
    """Compiles as usual, then looks at the tables that the statement touches."""

    connection: Any
    query: Any

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        compiled = super().as_sql(*args, **kwargs)  # type: ignore[misc]
        if getattr(self.connection, "scoped", False):
            self._refuse_unscoped()
        return compiled

    def _refuse_unscoped(self) -> None:
        owned = self._tables() & guarded_tables()
        if not owned:
            return
        names = ", ".join(sorted(owned))
        if current_scope() is None:
            raise NoScope(
                f"{names}: rows belong to users, and no user was named. Use `with scope(user_id):`."
            )
        if not self.connection.in_atomic_block:
            raise NoTransaction(
                f"{names}: the claim lives in a transaction. Use `with transaction.atomic():`."
            )

    def _tables(self) -> set[str]:
        tables = {entry.table_name for entry in self.query.alias_map.values()}
        if self.query.model is not None:
            tables.add(self.query.model._meta.db_table)
        return tables


class SQLCompiler(Guarded, compiler.SQLCompiler):
    pass


class SQLInsertCompiler(Guarded, compiler.SQLInsertCompiler):
    pass


class SQLDeleteCompiler(Guarded, compiler.SQLDeleteCompiler):
    pass


class SQLUpdateCompiler(Guarded, compiler.SQLUpdateCompiler):
    pass


class SQLAggregateCompiler(Guarded, compiler.SQLAggregateCompiler):
    def _tables(self) -> set[str]:
        # The outer query is over a sub-query, which was compiled, and guarded, by itself.
        return set()
