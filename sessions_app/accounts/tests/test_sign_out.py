from sessions_app.models import WebSession


def test_it_works(alice):
    old = alice.client.cookies["sessionid"].value
    answer = alice.client.post("/accounts/sign-out/")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert answer["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert not WebSession.objects.using("owner").filter(owner_id=alice.user.pk).exists()
    alice.client.cookies["sessionid"] = old
    assert alice.client.get("/accounts/profile/").status_code == 302


def test_get_does_nothing(alice):
    assert alice.client.get("/accounts/sign-out/").status_code == 405
    assert alice.client.get("/accounts/profile/").status_code == 200


def test_csrf(alice, browser):
    strict = browser(enforce_csrf_checks=True)
    strict.cookies["sessionid"] = alice.client.cookies["sessionid"].value
    assert strict.post("/accounts/sign-out/").status_code == 403
    assert alice.client.get("/accounts/profile/").status_code == 200


def test_others_stay_signed_in(alice, bob):
    alice.client.post("/accounts/sign-out/")
    assert bob.client.get("/accounts/profile/").status_code == 200
