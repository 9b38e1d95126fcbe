"""The whole way, from signing up to the downloads: two sizes of screen, with and without scripts."""

import csv

import pytest

from tests.browser.journey import Journey

WAYS = [
    pytest.param(False, True, id="desktop"),
    pytest.param(True, True, id="phone", marks=pytest.mark.slow),
    pytest.param(False, False, id="desktop-without-scripts", marks=pytest.mark.slow),
    pytest.param(True, False, id="phone-without-scripts"),
]


@pytest.mark.parametrize(("phone", "scripts"), WAYS)
def test_the_whole_journey_on_demo_data(watched, newcomer, demo_files, phone, scripts):
    screen = watched(phone=phone, scripts=scripts)
    journey = Journey(screen, scripts=scripts, check=scripts)
    journey.sign_up(**newcomer)
    journey.create_session("Synthetic State")
    journey.upload_both(*demo_files)
    journey.match()
    assert journey.confirm_all() > 0
    journey.to_variables()
    changed = journey.change_variables()
    ranking = journey.run()
    journey.look_at_every_tab(ranking)
    journey.methods_tell(ranking, changed)
    assert download_of_the_list(screen, ranking) == 60
    if scripts and not phone:
        journey.sort_filter_and_search(ranking)
        journey.download_everything(ranking)


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.parametrize(
    ("phone", "scripts"),
    [(False, True), (True, True), (False, False), (True, False)],
    ids=["desktop", "phone", "desktop-without-scripts", "phone-without-scripts"],
)
def test_the_whole_journey_on_niger(watched, newcomer, niger_files, phone, scripts):
    """275 wards with a row each, all matched by their codes (data README of the published files)."""
    screen = watched(phone=phone, scripts=scripts)
    journey = Journey(screen, scripts=scripts, check=scripts)
    journey.sign_up(**newcomer)
    journey.create_session("Niger State")
    journey.upload_both(*niger_files)
    journey.match()
    assert "We placed 275 of 275 rows" in screen.page.inner_text("main")
    journey.to_variables()
    assert screen.page.locator(".primary-bar button").inner_text() == "Rank 275 wards"
    ranking = journey.run()
    assert "91 of 275 ranked wards are in the high tier" in screen.page.inner_text("main")
    journey.look_at_every_tab(ranking)
    assert download_of_the_list(screen, ranking) == 275


def download_of_the_list(screen, ranking: str) -> int:
    """How many wards the CSV below the list holds."""
    screen.page.goto(f"{ranking}wards/")
    with screen.page.expect_download() as waiting:
        screen.page.get_by_role("link", name="Download these as CSV").click()
    with waiting.value.path().open(newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.DictReader(file))
