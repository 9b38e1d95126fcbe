"""Whatever is asked of a table of users' rows is asked of an index that begins with the owner."""

import re
from collections.abc import Iterator

import pytest
from django.db import connections

from sessions_app.isolation import testing
from sessions_app.isolation.owned import owned_models

OWNED = {model._meta.db_table: column for model, column in owned_models()}


@pytest.fixture(scope="module")
def somebody(django_db_setup, django_db_blocker) -> Iterator[object]:
    with django_db_blocker.unblock():
        user = testing.make_user()
        yield user
        testing.forget(user)
        for connection in connections.all(initialized_only=True):
            connection.close()


@pytest.mark.parametrize("table", OWNED)
def test_the_policys_condition_is_the_indexs(somebody, table):
    """With sequential scans made dear. A filter on rows that were read first would grow with everybody's rows."""
    with testing.acting_as(somebody), connections["default"].cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f'EXPLAIN SELECT * FROM "{table}"')
        plan = "\n".join(line for (line,) in cursor.fetchall())
    condition = re.search(r"Index Cond: (.*)", plan)
    assert condition, plan
    assert re.match(rf"\({OWNED[table]} = ", condition[1]), plan
    assert "Seq Scan" not in plan, plan
