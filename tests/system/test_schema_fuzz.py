"""The API's own description, tried with generated requests as two people: no fault, nothing undescribed, nothing of
the other.
"""

import secrets
from collections import Counter

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from django_redis import get_redis_connection
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks

from analysis.dhis2 import logins
from analysis.dhis2.login import Login
from analysis.models import RememberedColumns, RememberedName
from assistant import actions as conversations
from assistant import sharing
from crowd.canaries import canaries_in
from sessions_app import resumable
from sessions_app.accounts.actions import make_personal_token
from sessions_app.accounts.jwt import issue_pair
from sessions_app.isolation import testing
from sessions_app.isolation.scope import scope
from sessions_app.privacy import exports
from tests import work
from tests.isolation.rows import battle_rows

load_all_checks()
CHECKED = [
    schemathesis.checks.not_a_server_error,
    *schemathesis.checks.CHECKS.get_by_names(
        [
            "content_type_conformance",
            "response_schema_conformance",
            "status_code_conformance",
        ]
    ),
]
APPLICATION = WSGIHandler()
PASSWORD = "nine blue lanterns 4"
# What the operation is for has to be met more often than its limit.
MOST_TURNED_AWAY = 0.5


class Known:
    """Somebody with finished work and one thing of every kind that an address names; both know all ids."""

    def __init__(self, user) -> None:
        self.user, self.work = user, work.finished_work(user)
        self.belongings, session = self.work.belongings, self.work.session
        words = self.belongings.canary
        with scope(user.pk):
            conversation = conversations.start_conversation(by=user, session=session)
            turn = conversations.begin_turn(by=user, conversation=conversation, text=words)
            link, _ = sharing.share(by=user, conversation=conversation, days=1)
            token, _ = make_personal_token(by=user, name=words, read_only=True, expires_at=None)
            begun = {"kind": "ward_table", "name": f"{words}.csv", "size_bytes": 3, "head_sha256": "0" * 64}
            upload, _ = resumable.begin(by=user, session=session, **begun)
            export, _ = exports.request_export(by=user)
            login = logins.keep_login(
                by=user, session=session, address=f"https://{words}.example.org", login=Login(token="t")
            )
            with transaction.atomic():
                battle = battle_rows(user, session, words)[0]
                name = RememberedName.objects.create(
                    owner=user, key=words, name=words, ward_code="W", ward_name=words
                )
                columns = RememberedColumns.objects.create(owner=user, layout=words, file_name=words)
        self.ids = {
            "session_id": session.pk,
            "file_id": self.work.artifact.pk,
            "result_id": self.work.risk.pk,
            "conversation_id": conversation.pk,
            "turn_id": turn.pk,
            "battle_id": battle.pk,
            "upload_id": upload.pk,
            "link_id": link.pk,
            "export_id": export.pk,
            "token_id": token.pk,
            "login_id": login.pk,
            "name_id": name.pk,
            "columns_id": columns.pk,
        }


@pytest.fixture(scope="module")
def two(django_db_setup, django_db_blocker):
    """Each with finished work; the ids of both are known to both."""
    from sessions_app.isolation.storage import owner_prefix
    from sessions_app.storage import delete_under

    with django_db_blocker.unblock():
        people = [testing.make_user(password=PASSWORD) for _ in range(2)]
        made = [Known(user) for user in people]
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
    return [found.ok() for found in schema.get_all_operations()]


def test_every_id_of_an_address_is_a_real_one(two):
    """But that of a reference set, which is everybody's, and words that are no ids."""
    named = {
        found["name"]
        for operation in operations()
        for found in operation.definition.raw.get("parameters", ())
        if found["in"] == "path" and found["schema"].get("format") == "uuid"
    }
    assert named - {"reference_id"} <= set(two[0].ids)
    assert len(named) >= 10


@pytest.fixture
def no_limit_used_up(two):
    """Limits are counted over all operations; none may turn away what another one asked."""
    get_redis_connection("default").flushdb()


@pytest.mark.usefixtures("no_limit_used_up")
@pytest.mark.parametrize("examples", [8, pytest.param(60, marks=pytest.mark.slow)])
@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
def test_generated_requests(two, operation, examples):
    address = ".".join(["127", *(str(secrets.randbelow(250) + 2) for _ in range(3))])
    deletes = operation.method.upper() == "DELETE"
    answered = Counter()

    @given(case=operation.as_strategy(), who=st.integers(0, 1), whose=st.integers(0, 2))
    @settings(
        max_examples=examples,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def ask(case, who, whose):
        asker = two[who]
        if whose < 2 and not (deletes and whose == who):
            ids = two[whose].ids
            for name in case.path_parameters:
                if name in ids:
                    case.path_parameters[name] = str(ids[name])
            if operation.path.startswith("/api/token/") and isinstance(case.body, dict):
                case.body |= {
                    name: value for name, value in signs_in(two[whose], who).items() if name in case.body
                }
        token = issue_pair(asker.user)["access"]
        answer = case.call(
            headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"},
            environ_overrides={"REMOTE_ADDR": address},
        )
        answered[answer.status_code] += 1
        assert answer.status_code < 500, answer.text
        assert canaries_in(answer.content) <= {asker.belongings.canary}, "the other's data"
        case.validate_response(answer, checks=CHECKED)

    ask()
    assert answered[429] <= MOST_TURNED_AWAY * answered.total(), answered


def signs_in(somebody: Known, who: int) -> dict[str, str]:
    """What opens an account: the right password for the first of the two who ask, a wrong one for the second."""
    refresh = issue_pair(somebody.user)["refresh"]
    return {"email": somebody.user.email, "password": PASSWORD[: len(PASSWORD) - who], "refresh": refresh}


def test_signing_in_is_among_them():
    paths = {operation.path for operation in operations()}
    assert {"/api/token/", "/api/token/refresh/", "/api/token/revoke/"} <= paths
