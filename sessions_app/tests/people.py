"""Alice and Bob, strangers to each other. Rows are committed, as in real life, and removed at the end."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from sessions_app import actions
from sessions_app.accounts.jwt import issue_pair
from sessions_app.isolation.scope import scope
from sessions_app.isolation.storage import owner_prefix
from sessions_app.models import AnalysisResult, AnalysisSession, Event, StoredFile, User
from sessions_app.storage import delete_under

PASSWORD = "nine blue lanterns 4"


@dataclass
class Person:
    user: User

    def browser(self) -> Client:
        """A client of the API with this person's token."""
        return Client(headers={"Authorization": f"Bearer {issue_pair(self.user)['access']}"})

    def session(self, name: str = "Work") -> AnalysisSession:
        with scope(self.user.pk):
            return actions.create_session(by=self.user, name=name)

    def upload(
        self,
        session: AnalysisSession,
        content: bytes = b"one two three",
        name: str = "words.txt",
        kind: str = "words",
    ) -> StoredFile:
        with scope(self.user.pk):
            return actions.store_file(
                by=self.user, session=session, kind=kind, upload=SimpleUploadedFile(name, content)
            )

    def request(self, session: AnalysisSession, kind: str, **params: Any) -> AnalysisResult:
        """A result in the ledger that nobody was told of."""
        with scope(self.user.pk):
            return actions.request_result(
                by=self.user, session=session, kind=kind, params=params, publish=False
            )

    def result(self, result: AnalysisResult) -> AnalysisResult:
        with scope(self.user.pk), transaction.atomic():
            return AnalysisResult.objects.get(pk=result.pk)

    def files(self) -> list[StoredFile]:
        with scope(self.user.pk), transaction.atomic():
            return list(StoredFile.objects.order_by("name"))

    def objects(self) -> list[str]:
        """The keys of everything this person has in the storage."""
        return sorted(_keys_under(owner_prefix(self.user.pk).rstrip("/")))

    def events(self, verb: str = "") -> list[Event]:
        with scope(self.user.pk), transaction.atomic():
            events = Event.objects.order_by("at")
            return list(events.filter(verb=verb) if verb else events)


def _keys_under(prefix: str) -> Iterator[str]:
    try:
        folders, names = default_storage.listdir(prefix)
    except FileNotFoundError:
        return
    yield from (f"{prefix}/{name}" for name in names)
    for folder in folders:
        yield from _keys_under(f"{prefix}/{folder}")


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Assert that the API refused with this code, in full sentences; return the body."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["detail"]
    assert body["fix"]
    return body


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Database access without a surrounding transaction: threads and other processes see what is written."""
    with django_db_blocker.unblock():
        yield


@contextmanager
def people() -> Iterator[Callable[[str], Person]]:
    """Makes people; at the end they are gone with everything of theirs."""
    made: list[User] = []

    def make(name: str) -> Person:
        user = User.objects.create_user(f"{name}-{secrets.token_hex(6)}@example.org", PASSWORD)
        made.append(user)
        return Person(user)

    yield make
    for user in made:
        User.objects.using("owner").filter(pk=user.pk)._raw_delete("owner")
        delete_under(owner_prefix(user.pk))


@pytest.fixture
def person(committed: None) -> Iterator[Callable[[str], Person]]:
    with people() as make:
        yield make


@pytest.fixture
def alice(person: Callable[[str], Person]) -> Person:
    return person("alice")


@pytest.fixture
def bob(person: Callable[[str], Person]) -> Person:
    return person("bob")


@pytest.fixture
def counting(settings: Any) -> None:
    """Only the small kinds of this app's own tests."""
    here = "sessions_app.tests.counting"
    settings.FILE_KINDS = (f"{here}.WORDS",)
    settings.RESULT_KINDS = (f"{here}.COUNT", f"{here}.DOUBLE")
