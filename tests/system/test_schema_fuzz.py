"""The API's own description, tried with generated requests as two people: no fault, nothing undescribed, nothing of
the other.
"""

import secrets

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks

from crowd.canaries import canaries_in
from sessions_app.accounts.jwt import issue_pair
from sessions_app.isolation import testing
from tests import work

load_all_checks()
CHECKED = [
    schemathesis.checks.not_a_server_error,
    *schemathesis.checks.CHECKS.get_by_names(["content_type_conformance", "response_schema_conformance"]),
]
EXAMPLES = 8
APPLICATION = WSGIHandler()


@pytest.fixture(scope="module")
def two(django_db_setup, django_db_blocker):
    """Each with finished work; the ids of both are known to both."""
    from sessions_app.isolation.storage import owner_prefix
    from sessions_app.storage import delete_under

    with django_db_blocker.unblock():
        people = [testing.make_user() for _ in range(2)]
        made = [work.finished_work(user) for user in people]
        yield made
        testing.forget(*people)
        for user in people:
            delete_under(owner_prefix(user.pk))


def answered_whole(environ, start_response):
    """The application, read to the end and closed as a server does: the client that asks here doesn't close."""
    answer = APPLICATION(environ, start_response)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()


def operations():
    described = SchemaGenerator().get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(described)
    schema.app = answered_whole
    # Signing in is limited on purpose, and has tests of its own.
    return [
        found.ok() for found in schema.get_all_operations() if not found.ok().path.startswith("/api/token/")
    ]


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
def test_generated_requests(two, operation):
    address = ".".join(["127", *(str(secrets.randbelow(250) + 2) for _ in range(3))])
    deletes = operation.method.upper() == "DELETE"

    @given(case=operation.as_strategy(), who=st.integers(0, 1), whose=st.integers(0, 2))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def ask(case, who, whose):
        asker = two[who]
        if whose < 2 and not (deletes and whose == who):
            things = two[whose]
            ids = {
                "session_id": things.session.pk,
                "file_id": things.artifact.pk,
                "result_id": things.risk.pk,
            }
            for name in case.path_parameters:
                if name in ids:
                    case.path_parameters[name] = str(ids[name])
        token = issue_pair(asker.user)["access"]
        answer = case.call(
            headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"},
            environ_overrides={"REMOTE_ADDR": address},
        )
        assert answer.status_code < 500, answer.text
        assert canaries_in(answer.content) <= {asker.belongings.canary}, "the other's data"
        if answer.status_code != 429:
            case.validate_response(answer, checks=CHECKED)

    ask()
