from datetime import timedelta

from django.utils import timezone

from sessions_app.accounts.expiry import remove_expired_sign_ins
from sessions_app.models import RefreshGrant, WebSession


def test_sign_ins_that_have_expired_are_removed_and_no_others(alice, bob, tokens):
    tokens(alice)
    tokens(bob)
    past = timezone.now() - timedelta(seconds=1)
    WebSession.objects.using("owner").filter(owner_id=alice.user.pk).update(expire_date=past)
    RefreshGrant.objects.using("owner").filter(owner_id=alice.user.pk).update(expires_at=past)

    assert alice.client.get("/accounts/profile/").status_code == 302
    assert remove_expired_sign_ins() >= 2

    for who, left in ((alice, 0), (bob, 1)):
        assert WebSession.objects.using("owner").filter(owner_id=who.user.pk).count() == left
        assert RefreshGrant.objects.using("owner").filter(owner_id=who.user.pk).count() == left
    assert bob.client.get("/accounts/profile/").status_code == 200
