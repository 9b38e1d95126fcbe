"""Two users per test, written as the web role and removed afterwards.

No test transaction wraps these tests: what they ask of the database is committed or rolled back as in production.
"""

from collections.abc import Iterator

import pytest

from sessions_app.isolation import testing


@pytest.fixture(autouse=True)
def _database(django_db_setup, django_db_blocker) -> Iterator[None]:
    from django.db import connections

    with django_db_blocker.unblock():
        yield
        for connection in connections.all(initialized_only=True):
            connection.close()


@pytest.fixture
def alice(_database):
    user = testing.make_user(display_name="Alice")
    yield user
    testing.forget(user)


@pytest.fixture
def bob(_database):
    user = testing.make_user(display_name="Bob")
    yield user
    testing.forget(user)


@pytest.fixture
def alices(alice):
    """One row of Alice's in every table."""
    from tests.isolation.rows import rows_of

    return rows_of(alice)


@pytest.fixture(scope="module")
def victim(django_db_setup, django_db_blocker):
    """Somebody whose finished work nobody else may see; the same for all tests of a file."""
    from tests.isolation.victims import Victim, forget

    with django_db_blocker.unblock():
        made = Victim()
        yield made
        forget(made.user)


@pytest.fixture
def attacker(_database):
    from tests.isolation.victims import Attacker, forget

    made = Attacker()
    yield made
    forget(made.user)
