"""What ends by itself: demo accounts of visitors, and sign-ins that nobody can use any more."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from sessions_app.accounts.actions import DEMO_DOMAIN
from sessions_app.actions import delete_account
from sessions_app.isolation.scope import scope
from sessions_app.models import RefreshGrant, User, WebSession


def remove_old_demos() -> int:
    """Delete each one in its own scope, as its visitor could have; gives back how many."""
    ended = timezone.now() - timedelta(hours=settings.DEMO_ACCOUNT_HOURS)
    # The maintenance role finds them; their address tells them from accounts that were only marked as demo.
    old = User.objects.using("system").filter(
        is_demo=True, email__endswith=f"@{DEMO_DOMAIN}", date_joined__lt=ended
    )
    removed = 0
    for user_id in old.values_list("pk", flat=True):
        with scope(user_id, kind="task"):
            delete_account(by=User(pk=user_id))
        removed += 1
    return removed


def remove_expired_sign_ins() -> int:
    """Delete browser sessions and refresh grants whose time is up; the maintenance role may do no more to them."""
    now = timezone.now()
    sessions, _ = WebSession.objects.using("system").filter(expire_date__lt=now).delete()
    grants, _ = RefreshGrant.objects.using("system").filter(expires_at__lt=now).delete()
    return sessions + grants


@shared_task(name="accounts.remove_expired", ignore_result=True)
def remove_expired() -> None:
    remove_old_demos()
    remove_expired_sign_ins()
