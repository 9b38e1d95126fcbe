"""No transaction waits for the storage: neither that of an upload nor that of what a computation leaves."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.db import transaction

from sessions_app import jobs
from sessions_app.isolation.scope import scope
from sessions_app.tests.watching import OutsideTransactions

pytestmark = pytest.mark.usefixtures("counting", "watched")


@pytest.fixture
def watched(settings):
    described = settings.STORAGES["default"] | {"BACKEND": "sessions_app.tests.watching.OutsideTransactions"}
    settings.STORAGES = settings.STORAGES | {"default": described}
    assert isinstance(storages["default"], OutsideTransactions)


def test_a_write_within_a_transaction_is_noticed(alice):
    with scope(alice.user.pk), transaction.atomic(), pytest.raises(AssertionError, match="is open"):
        default_storage.save(f"{alice.user.pk}/x.txt", ContentFile(b"x"))
    assert alice.objects() == []


def test_an_upload_and_an_artifact_are_written_outside_of_any(alice):
    session = alice.session()
    words = alice.upload(session)
    asked = alice.request(session, "count", words=str(words.pk))
    assert jobs.run_here(alice.user.pk, asked.pk)
    assert alice.result(asked).status == "succeeded"
    stored = alice.files()
    assert [file.name for file in stored] == ["words.csv", "words.txt"]
    assert alice.objects() == sorted(file.storage_key for file in stored)
