"""All uploads of a session on one page, and deleting one there."""

import pytest
from django.urls import reverse

from sessions_app import jobs
from sessions_app.tests.browsing import browse, text_of

pytestmark = pytest.mark.usefixtures("counting")


def test_every_upload_is_listed_older_ones_too(alice):
    session = alice.session()
    older, newer = alice.upload(session), alice.upload(session, name="again.txt")
    page = text_of(browse(alice).get(reverse("session_files", args=[session.pk])))
    assert page.index("again.txt") < page.index("words.txt")
    for file in (older, newer):
        assert reverse("file_delete", args=[session.pk, file.pk]) in page


def test_a_file_is_deleted_after_one_question(alice):
    session = alice.session()
    file = alice.upload(session)
    address = reverse("file_delete", args=[session.pk, file.pk])
    browser = browse(alice)
    assert "deleted for good" in text_of(browser.get(address))
    assert alice.objects() == [file.storage_key]
    assert "words.txt is deleted" in text_of(browser.post(address, follow=True))
    assert alice.objects() == []
    assert browser.get(address).status_code == 404


def test_a_file_that_results_stand_on_names_them_and_asks_for_a_tick(alice):
    session = alice.session()
    file = alice.upload(session)
    result = alice.request(session, "count", words=str(file.pk))
    jobs.run_here(alice.user.pk, result.pk)
    address, browser = reverse("file_delete", args=[session.pk, file.pk]), browse(alice)
    assert "nobody can calculate them again" in text_of(browser.get(address))
    assert browser.post(address).status_code == 409
    assert file.storage_key in alice.objects()
    assert browser.post(address, {"sure": "on"}).status_code == 302
    assert file.storage_key not in alice.objects()


def test_a_file_is_found_in_its_own_session_only(alice, bob):
    session, other = alice.session(), alice.session("Other")
    file = alice.upload(session)
    assert browse(alice).get(reverse("file_delete", args=[other.pk, file.pk])).status_code == 404
    stranger = browse(bob)
    for name, arguments in (("session_files", [session.pk]), ("file_delete", [session.pk, file.pk])):
        assert stranger.get(reverse(name, args=arguments)).status_code == 404
    assert (
        stranger.post(reverse("file_delete", args=[session.pk, file.pk]), {"sure": "on"}).status_code == 404
    )
    assert alice.objects() == [file.storage_key]
