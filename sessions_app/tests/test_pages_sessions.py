"""Making, listing, renaming and deleting sessions in the browser."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sessions_app.tests.browsing import browse, text_of

SESSION_PAGES = ("session_detail", "session_settings", "session_data", "session_check", "session_variables")


@pytest.mark.parametrize("name", ["landing", "help"])
def test_anybody_may_read_the_open_pages(committed, name):
    answer = Client().get(reverse(name))
    assert answer.status_code == 200
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert " style=" not in text_of(answer)
    assert "<script>" not in text_of(answer)


def test_a_new_account_sees_what_to_do_first(alice):
    page = text_of(browse(alice).get(reverse("session_list")))
    assert "Start the first session" in page


def test_create_leads_to_the_data_page(alice):
    browser = browse(alice)
    answer = browser.post(reverse("session_create"), {"name": "Niger 2025", "note": ""}, follow=True)
    assert answer.redirect_chain[-1][0].endswith("/data/")
    assert "Niger 2025" in text_of(answer)
    assert "Niger 2025" in text_of(browser.get(reverse("session_list")))


def test_a_session_without_a_name_is_refused_and_says_why(alice):
    answer = browse(alice).post(reverse("session_create"), {"name": " "})
    assert answer.status_code == 422
    assert "field-error" in text_of(answer)
    assert alice.events("session.created") == []


def test_rename_and_delete(alice):
    browser, session = browse(alice), alice.session("Old name")
    browser.post(reverse("session_settings", args=[session.pk]), {"name": "New name", "note": "for the team"})
    assert "New name" in text_of(browser.get(reverse("session_list")))
    kept = browser.post(reverse("session_delete", args=[session.pk]), follow=True)
    assert "Tick the box" in text_of(kept)
    gone = browser.post(reverse("session_delete", args=[session.pk]), {"sure": "on"}, follow=True)
    assert "New name" not in text_of(gone).partition("<main")[2].partition("<ul")[2]
    assert browser.get(reverse("session_data", args=[session.pk])).status_code == 404


def test_a_refused_name_does_not_show_as_the_sessions_own(alice):
    session = alice.session("Kept")
    answer = browse(alice).post(reverse("session_settings", args=[session.pk]), {"name": "x" * 300})
    assert answer.status_code == 422
    assert "Delete <bdi>Kept</bdi>" in text_of(answer)


def test_names_are_shown_as_text(alice):
    session = alice.session("<script>alert(1)</script>")
    browser = browse(alice)
    for name, arguments in (
        ("session_list", []),
        ("session_data", [session.pk]),
        ("session_settings", [session.pk]),
    ):
        page = text_of(browser.get(reverse(name, args=arguments)))
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("name", SESSION_PAGES)
def test_a_stranger_and_a_wrong_id_get_the_same_404(alice, bob, name):
    browser, theirs = browse(bob), alice.session()
    answers = [browser.get(reverse(name, args=[pk])) for pk in (theirs.pk, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    # But for the token against forged requests, which differs each time.
    plain = [text_of(answer).split("csrfmiddlewaretoken")[0] for answer in answers]
    assert plain[0] == plain[1]


@pytest.mark.parametrize("name", SESSION_PAGES)
def test_without_signing_in_every_page_leads_to_the_sign_in_and_back(alice, name):
    address = reverse(name, args=[alice.session().pk])
    answer = Client().get(address)
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('sign_in')}?next={address}"


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("session_list", "post"),
        ("session_detail", "post"),
        ("session_delete", "get"),
        ("session_upload", "get"),
    ],
)
def test_a_wrong_method_is_405(alice, name, method):
    session = alice.session()
    address = reverse(name, args=[] if name == "session_list" else [session.pk])
    assert getattr(browse(alice), method)(address).status_code == 405


def test_listing_costs_the_same_however_many_sessions_there_are(alice):
    browser = browse(alice)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(reverse("session_list")).status_code == 200
        return len(captured)

    alice.session("first")
    one = queries()
    for number in range(12):
        alice.session(f"more {number}")
    assert queries() == one


def test_an_upload_without_a_file_is_refused_with_what_to_do(alice):
    session = alice.session()
    answer = browse(alice).post(reverse("session_upload", args=[session.pk]), {"kind": "ward_table"})
    assert answer.status_code == 400
    assert "What to do:" in text_of(answer)


def test_a_refused_upload_names_the_file_and_keeps_the_earlier_one(alice):
    session, browser = alice.session(), browse(alice)
    address = reverse("session_upload", args=[session.pk])
    good = SimpleUploadedFile("good.csv", b"WardName,rain,tpr\nA,1,2\nB,2,3\nC,3,1\n")
    assert browser.post(address, {"kind": "ward_table", "file": good}).status_code == 302
    bad = SimpleUploadedFile("bad.csv", b"WardName,rain,tpr\n")
    answer = browser.post(address, {"kind": "ward_table", "file": bad})
    page = text_of(answer)
    assert answer.status_code == 422
    assert "bad.csv" in page.partition('class="problem"')[2].partition("</section>")[0]
    assert "good.csv" in page
    assert [file.name for file in alice.files()] == ["good.csv"]


def test_nobody_uploads_into_anothers_session(alice, bob):
    session = alice.session()
    file = SimpleUploadedFile("a.csv", b"WardName,rain,tpr\nA,1,2\nB,2,3\n")
    answer = browse(bob).post(
        reverse("session_upload", args=[session.pk]), {"kind": "ward_table", "file": file}
    )
    assert answer.status_code == 404
    assert alice.files() == []
