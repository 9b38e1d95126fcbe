"""Providers of sign-ins are configured by the environment alone, and a wrong word stops the start."""

import pytest

from chatmrpt.environment import Environment, WrongSetting
from chatmrpt.oidc_settings import oidc_providers

ONE = {
    "OIDC_PROVIDERS": "google",
    "OIDC_GOOGLE_ISSUER": "https://accounts.example",
    "OIDC_GOOGLE_CLIENT_ID": "us",
    "OIDC_GOOGLE_CLIENT_SECRET": "not-to-be-repeated",
}
OTHER = {
    "OIDC_REALM_ISSUER": "https://login.example/realms/a/",
    "OIDC_REALM_CLIENT_ID": "us",
    "OIDC_REALM_LABEL": "Ministry account",
}


def test_none_is_the_default():
    assert dict(oidc_providers(Environment({}))) == {}


def test_several_are_read_in_their_order_and_an_issuer_stays_as_it_is_written():
    found = oidc_providers(Environment(ONE | OTHER | {"OIDC_PROVIDERS": "realm,google", "OIDC_SECONDS": "3"}))
    assert list(found) == ["realm", "google"]
    assert dict(found["realm"]) == {
        "issuer": "https://login.example/realms/a/", "client_id": "us", "client_secret": "", "label": "Ministry account",
    }  # fmt: skip
    assert found["google"]["label"] == "Google"


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"OIDC_PROVIDERS": "Google"}, "OIDC_PROVIDERS"),
        ({"OIDC_PROVIDERS": "google,google"}, "OIDC_PROVIDERS"),
        ({"OIDC_GOOGLE_ISSUER": ""}, "OIDC_GOOGLE_ISSUER"),
        ({"OIDC_GOOGLE_ISSUER": "http://accounts.example"}, "OIDC_GOOGLE_ISSUER"),
        ({"OIDC_GOOGLE_ISSUER": "https://accounts.example/?a=b"}, "OIDC_GOOGLE_ISSUER"),
        ({"OIDC_GOOGLE_CLIENT_ID": ""}, "OIDC_GOOGLE_CLIENT_ID"),
        ({"OIDC_GOOGLE_CLIENT_SECRT": "x"}, "OIDC_GOOGLE_CLIENT_SECRT"),
        ({"OIDC_PROVIDERS": ""}, "OIDC_GOOGLE_CLIENT_ID"),
        (
            OTHER | {"OIDC_PROVIDERS": "google,realm", "OIDC_REALM_ISSUER": "https://accounts.example"},
            "OIDC_PROVIDERS",
        ),
    ],
)
def test_a_wrong_word_stops_the_start_and_is_named(changed, names):
    with pytest.raises(WrongSetting) as refusal:
        oidc_providers(Environment(ONE | changed))
    assert refusal.value.name == names
    assert "not-to-be-repeated" not in str(refusal.value)


def test_a_provider_on_this_machine_may_do_without_tls():
    here = ONE | {"OIDC_GOOGLE_ISSUER": "http://127.0.0.1:9000"}
    assert oidc_providers(Environment(here))["google"]["issuer"] == "http://127.0.0.1:9000"
