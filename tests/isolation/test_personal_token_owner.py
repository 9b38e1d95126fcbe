"""The function that finds a token's user gives an id for a good token, and nothing for any other."""

from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from sessions_app.isolation.identity import personal_token_owner
from sessions_app.isolation.testing import acting_as
from sessions_app.models import PersonalToken


def test_a_good_token_names_its_owner(alices):
    assert personal_token_owner(alices.token.secret_hash) == alices.user.pk


def test_an_unknown_token_names_nobody(_database):
    assert personal_token_owner("0" * 64) is None


@pytest.mark.parametrize(
    "change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(seconds=1)}]
)
def test_a_revoked_or_expired_token_names_nobody(alices, change):
    with acting_as(alices.user):
        PersonalToken.objects.update(**change)
    assert personal_token_owner(alices.token.secret_hash) is None


def test_a_disabled_users_token_names_nobody(alices):
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE sessions_app_user SET is_active = false WHERE id = %s", [alices.user.pk])
    assert personal_token_owner(alices.token.secret_hash) is None
