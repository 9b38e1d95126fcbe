"""The trends of test positivity, on a phone without scripts and on a desk."""

import pytest

from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from analysis.writers.geo import write_gpkg
from tests.browser.journey import Journey

PATIENCE_MS = 120_000


@pytest.fixture
def facility_files(tmp_path):
    boundaries = make_state(seed=3, wards=60, lgas=8)[1]
    export = write_export(make_export(make_truth(boundaries, months=53), "B"), tmp_path / "export.csv")
    return export, write_gpkg(boundaries, tmp_path / "wards.gpkg", layer="wards")


def computed(watched, newcomer, files, *, scripts):
    """Sign up, upload and compute; leaves the page on the result."""
    journey = Journey(watched, scripts=scripts)
    page = watched.page
    journey.sign_up(newcomer["email"], newcomer["password"])
    journey.create_session("Facilities")
    for kind, path in zip(("facilities", "boundaries"), files, strict=True):
        journey.upload(kind, path)
    page.goto(page.url.replace("/data/", "/facilities/"))
    page.get_by_role("button", name="Compute test positivity").click()
    found = page.get_by_role("main").locator("a", has_text="see the wards")
    # By htmx, or by the page that refreshes itself.
    found.first.wait_for(timeout=PATIENCE_MS)
    found.first.click()
    page.get_by_role("link", name="Trends, seasons and unusual months").click()
    page.get_by_role("heading", name="Trends of test positivity").wait_for()


@pytest.mark.parametrize(("phone", "scripts"), [(True, False), (False, True)], ids=["phone-plain", "desk"])
def test_trends_of_an_lga_and_of_a_ward(watched, newcomer, facility_files, phone, scripts):
    seen = watched(phone=phone, scripts=scripts)
    computed(seen, newcomer, facility_files, scripts=scripts)
    page = seen.page
    assert page.locator(".multiples svg").count() == 8
    seen.picture("all")
    page.select_option("#lga", index=2)
    page.get_by_role("button", name="Show").click()
    page.locator("#place .series svg").first.wait_for()
    page.select_option("#ward", index=1)
    page.get_by_role("button", name="Show").click()
    page.locator("#place .series svg").first.wait_for()
    assert "ward=" in page.url
    seen.picture("ward")
    if scripts:
        seen.accessible("trends")
    else:
        seen.fits("trends")
    with page.expect_download() as loading:
        page.get_by_role("link", name="Download Months and years of the wards").click()
    assert loading.value.suggested_filename == "ward_series.csv"
