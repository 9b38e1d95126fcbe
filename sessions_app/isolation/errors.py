"""What the wall raises. Each one means a mistake in our code or an attack, never a user's mistake."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured


class IsolationError(RuntimeError):
    """Base of the wall's own errors."""


class NoScope(IsolationError):
    """An owned table was queried while it was not said for whom."""


class NoTransaction(IsolationError):
    """An owned table was queried outside a transaction, where no claim reaches the database."""


class BadTaskHeader(IsolationError):
    """A background task arrived without a valid owner, or for another task or object."""


class RefusedRole(ImproperlyConfigured):
    """The database role of a scoped connection could look past the policies."""
