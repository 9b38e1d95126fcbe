from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from sessions_app.accounts.actions import DEMO_DOMAIN
from sessions_app.models import AnalysisSession, User


@pytest.fixture
def demo(browser):
    """A visitor in a demo account; removed at the end."""
    client = browser()
    answer = client.post("/demo/")
    assert answer.status_code == 302
    user = User.objects.using("owner").filter(is_demo=True).latest("date_joined")
    session = AnalysisSession.objects.using("owner").get(owner_id=user.pk)
    assert answer["Location"] == f"/sessions/{session.pk}/"
    yield client, user
    User.objects.using("owner").filter(pk=user.pk)._raw_delete("owner")


def test_it_works(demo):
    client, user = demo
    assert user.email.endswith(f"@{DEMO_DOMAIN}")
    assert not user.has_usable_password()
    [session] = AnalysisSession.objects.using("owner").filter(owner_id=user.pk)
    assert session.is_demo
    assert session.name in client.get("/sessions/").content.decode()


def test_two_visitors_share_nothing(demo, browser):
    _, user = demo
    other = browser()
    other.post("/demo/")
    second = User.objects.using("owner").filter(is_demo=True).latest("date_joined")
    assert second.pk != user.pk
    [session] = AnalysisSession.objects.using("owner").filter(owner_id=user.pk)
    assert other.get(f"/sessions/{session.pk}/").status_code == 404
    User.objects.using("owner").filter(pk=second.pk)._raw_delete("owner")


def test_it_has_no_password_and_no_tokens(demo, browser):
    client, user = demo
    assert (
        client.post("/accounts/password/change/", {"password": "", "new_password": "x" * 12}).status_code
        == 200
    )
    assert client.get("/accounts/tokens/").status_code == 302
    answer = client.post("/api/tokens/", {"name": "x"}, content_type="application/json")
    assert answer.status_code == 403
    assert browser().post("/accounts/sign-in/", {"email": user.email, "password": "!"}).status_code == 200


def test_the_visitor_can_delete_it(demo):
    client, user = demo
    assert client.post("/accounts/profile/delete/").status_code == 200
    assert not User.objects.using("owner").filter(pk=user.pk).exists()


def test_by_get(browser):
    assert browser().get("/demo/").status_code == 405


def test_csrf(browser):
    assert browser(enforce_csrf_checks=True).post("/demo/").status_code == 403


def test_old_ones_are_removed_and_nobody_else(demo, alice, settings):
    _, user = demo
    call_command("remove_expired")
    assert User.objects.using("owner").filter(pk=user.pk).exists()
    long_ago = timezone.now() - timedelta(hours=settings.DEMO_ACCOUNT_HOURS, minutes=1)
    User.objects.using("owner").filter(pk__in=[user.pk, alice.user.pk]).update(date_joined=long_ago)
    call_command("remove_expired")
    assert not User.objects.using("owner").filter(pk=user.pk).exists()
    assert User.objects.using("owner").filter(pk=alice.user.pk).exists()
