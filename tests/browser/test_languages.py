"""French in a browser: nothing wider than a phone, scripts that speak it, and the choice at the foot of a page."""

import re

import pytest

from tests.browser.test_screens import ranking_of_the_demo, signed_in_state  # noqa: F401

OPEN_PAGES = ("/", "/help/", "/accounts/sign-in/", "/accounts/sign-up/", "/accounts/password/reset/")
WIDER = "document.documentElement.scrollWidth - window.innerWidth"


def test_open_french_pages_fit_a_phone(watched):
    screen = watched(phone=True, locale="fr-FR")
    for address in OPEN_PAGES:
        screen.page.goto(address)
        assert screen.page.evaluate("document.documentElement.lang") == "fr"
        assert screen.page.evaluate(WIDER) <= 0, address


def test_french_pages_of_a_session_fit_a_phone(watched, signed_in_state):  # noqa: F811
    english = watched(storage_state=signed_in_state)
    result = ranking_of_the_demo(english)
    session = re.match(r".*/sessions/[0-9a-f-]+/", result).group()
    screen = watched(phone=True, locale="fr-FR", storage_state=signed_in_state)
    parts = (
        "",
        "map/",
        "wards/",
        "variables/",
        "models/",
        "stability/",
        "pca/",
        "comparison/",
        "filled/",
        "methods/",
        "downloads/",
    )
    pages = [result + part for part in parts]
    pages += [
        session + part
        for part in (
            "data/",
            "files/",
            "check/",
            "variables/",
            "nets/",
            "chat/",
            "reports/",
            "covariates/",
            "settings/",
        )
    ]
    too_wide = {}
    for address in [*pages, "/sessions/", "/accounts/profile/", "/accounts/tokens/", "/remembered/"]:
        screen.page.goto(address)
        assert screen.page.evaluate("document.documentElement.lang") == "fr"
        if (wider := screen.page.evaluate(WIDER)) > 0:
            too_wide[address] = wider
    assert too_wide == {}


def test_the_french_map_speaks_french_down_to_its_legend(watched, signed_in_state):  # noqa: F811
    english = watched(storage_state=signed_in_state)
    result = ranking_of_the_demo(english)
    screen = watched(locale="fr-FR", storage_state=signed_in_state)
    screen.page.goto(f"{result}map/")
    screen.page.locator("[data-map][data-ready]").wait_for()
    assert "risque le plus élevé" in screen.page.locator("[data-map-legend-hint]").inner_text()
    assert re.search(r"\d wards?$", screen.page.locator("[data-map-legend] li").first.inner_text())


@pytest.mark.parametrize("scripts", [True, False])
def test_the_language_is_chosen_at_the_foot_of_a_page(watched, scripts):
    screen = watched(scripts=scripts)
    screen.page.goto("/help/")
    screen.page.get_by_role("button", name="Français").click()
    screen.page.wait_for_url("**/help/")
    assert screen.page.locator("html").get_attribute("lang") == "fr"
    screen.page.goto("/")
    assert screen.page.locator("html").get_attribute("lang") == "fr"
