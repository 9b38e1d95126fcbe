from sessions_app.accounts.tests.conftest import PASSWORD, bearer

PAGE = "/accounts/profile/"


def test_it_works(alice, stored):
    answer = alice.client.post(PAGE, {"display_name": "Àjọkẹ́ <b>"})
    assert answer.status_code == 302
    assert stored(alice).display_name == "Àjọkẹ́ <b>"
    assert "<b>" not in alice.client.get(PAGE).content.decode().split("<main")[1]
    assert len(alice.events("account.renamed")) == 1


def test_other_fields_cannot_be_set(alice, stored):
    alice.client.post(PAGE, {"display_name": "A", "email": "x@example.org", "is_staff": "on"})
    row = stored(alice)
    assert (row.email, row.is_staff) == (alice.email, False)


def test_sign_out_elsewhere(alice, bob, browser, tokens):
    other, pair = browser(), tokens(alice)
    other.post("/accounts/sign-in/", {"email": alice.email, "password": PASSWORD})
    assert alice.client.post("/accounts/profile/sign-out-elsewhere/").status_code == 302
    assert alice.client.get(PAGE).status_code == 200
    assert bob.client.get(PAGE).status_code == 200
    assert other.get(PAGE).status_code == 302
    assert browser().get("/api/tokens/", **bearer(pair)).status_code == 401


def test_sign_out_elsewhere_by_get(alice):
    assert alice.client.get("/accounts/profile/sign-out-elsewhere/").status_code == 405


def test_anonymous_is_sent_to_sign_in(browser):
    assert browser().get(PAGE)["Location"] == "/accounts/sign-in/?next=/accounts/profile/"
