"""Single screens: weight, the map, refusals, cancelling, dark colours, the keyboard."""

import base64
import re
from pathlib import Path

import pytest

from tests.browser.journey import Journey


@pytest.fixture(scope="module")
def signed_in_state(browser, site):
    """The demo account's cookies, taken once."""
    context = browser.new_context(base_url=site.url)
    page = context.new_page()
    page.goto("/accounts/sign-in/")
    page.fill("[name=email]", site.demo_email)
    page.fill("[name=password]", site.demo_password)
    page.locator("main form button[type=submit]").first.click()
    page.get_by_role("heading", name="Your sessions").wait_for()
    # Who has not accepted the notice yet is asked on every page, above everything else.
    if page.get_by_role("link", name="Read and accept it").count():
        page.get_by_role("link", name="Read and accept it").click()
        page.locator("main form button[type=submit]").first.click()
        page.get_by_role("link", name="Read and accept it").wait_for(state="detached")
    state = context.storage_state()
    context.close()
    return state


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_open_pages_are_accessible_in_both_colours(watched, scheme):
    screen = watched(color_scheme=scheme, expected={404})
    for address in ("/", "/help/", "/accounts/sign-in/", "/accounts/sign-up/", "/no-such-page/"):
        screen.page.goto(address)
        screen.accessible(f"{address} {scheme}")


def test_the_theme_switch_is_remembered(watched):
    screen = watched()
    screen.page.goto("/")
    screen.page.get_by_role("button", name="Dark mode").click()
    screen.page.goto("/help/")
    assert screen.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_on_a_phone_the_top_bar_is_one_row_and_the_map_stands_above_the_fold(watched, signed_in_state):
    screen = watched(phone=True, storage_state=signed_in_state)
    result = ranking_of_the_demo(screen)
    for address in (result, f"{result}map/"):
        screen.page.goto(address)
        assert screen.page.locator(".top").bounding_box()["height"] <= 52
        shown = screen.page.locator(".map-box:visible, .plate img:visible").first.bounding_box()
        assert shown["y"] < 844 / 2 and shown["y"] + shown["height"] < 844 + 10, address
    assert screen.page.get_by_role("button", name="Dark mode").is_visible()
    assert screen.page.get_by_role("button", name="Sign out").is_visible()


def brightness(screen, selector: str) -> float:
    """How light the upper left corner of a picture is, 0 to 255."""
    pixels = screen.page.locator(selector).first.screenshot()
    return screen.page.evaluate(
        """async (base64) => {
            const image = new Image();
            image.src = `data:image/png;base64,${base64}`;
            await image.decode();
            const canvas = document.createElement("canvas");
            canvas.width = canvas.height = 8;
            const pen = canvas.getContext("2d");
            pen.drawImage(image, 3, 3, 8, 8, 0, 0, 8, 8);
            return Math.max(...pen.getImageData(4, 4, 1, 1).data.slice(0, 3));
        }""",
        base64.b64encode(pixels).decode(),
    )


def test_maps_are_dark_on_dark_pages_by_the_switch_alone(watched, signed_in_state):
    screen = watched(color_scheme="light", storage_state=signed_in_state)
    result = ranking_of_the_demo(screen)
    screen.page.goto(result, wait_until="networkidle")
    assert brightness(screen, ".plate img") > 240
    screen.page.get_by_role("button", name="Dark mode").click()
    screen.page.reload(wait_until="networkidle")
    assert brightness(screen, ".plate img") < 60
    screen.page.goto(f"{result}map/")
    screen.page.locator("[data-map][data-ready]").wait_for()
    assert screen.page.evaluate("getComputedStyle(document.querySelector('.map-box')).backgroundColor") == (
        "rgb(24, 33, 34)"
    )


def test_the_interactive_legend_says_what_the_drawn_one_says(watched, signed_in_state):
    screen = watched(storage_state=signed_in_state)
    result = ranking_of_the_demo(screen)
    drawn = screen.page.request.get(f"{result}pictures/map_rank.svg").text()
    legend = re.findall(r'stroke-width="0.5"/><text[^>]*>([^<]+)</text><text[^>]*>([^<]+)<', drawn)
    screen.page.goto(f"{result}map/")
    screen.page.locator("[data-map][data-ready]").wait_for()
    rows = [
        row.locator("span").all_inner_texts()[1:] for row in screen.page.locator("[data-map-legend] li").all()
    ]
    marked = [row for row in rows if "value missing" in row[0]]
    assert [tuple(row) for row in rows if row not in marked] == [
        (label.replace("No data", "no data"), count) for label, count in legend
    ]
    assert len(marked) == 1, "the demo has a ward without its test positivity"
    hint = screen.page.locator("[data-map-legend-hint]").inner_text()
    assert hint.startswith("Rank 1 = highest risk")


def test_one_lga_stands_out_on_the_map_and_the_address_remembers_it(watched, signed_in_state):
    screen = watched(storage_state=signed_in_state)
    result = ranking_of_the_demo(screen)
    shapes = screen.page.request.get(f"{result}pictures/lgas.geojson").json()
    names = sorted(feature["properties"]["lga_name"] for feature in shapes["features"])
    screen.page.goto(f"{result}map/")
    screen.page.locator("[data-map][data-ready]").wait_for()
    select = screen.page.locator("[data-map-lga]")
    assert sorted(select.locator("option").all_inner_texts()[1:]) == names
    before = screen.page.locator(".map-box").screenshot()
    select.select_option(label=names[2])
    assert screen.page.locator(".map-box").get_attribute("data-focus") == names[2]
    wards = screen.page.request.get(f"{result}pictures/map.geojson").json()["features"]
    tiers = [
        one["properties"]["composite_tier"] for one in wards if one["properties"]["lga_name"] == names[2]
    ]
    for layer in ("composite_rank", "composite_tier", "composite_score"):
        screen.page.locator("[data-map-layer]").select_option(layer)
        rows = screen.page.locator("[data-map-legend] li").all_inner_texts()
        counts = [int(row.split()[-2]) for row in rows if "value missing" not in row]
        assert sum(counts) == len(tiers), "the legend counts the wards of the LGA that is looked at"
        if layer == "composite_tier":
            assert counts[:3] == [tiers.count(tier) for tier in ("High", "Medium", "Low")]
    screen.page.locator("[data-map-layer]").select_option("composite_rank")
    screen.page.wait_for_timeout(500)
    assert screen.page.locator(".map-box").screenshot() != before
    screen.accessible("map with one LGA")
    screen.page.reload()
    screen.page.locator("[data-map][data-focus]").wait_for()
    assert select.input_value() and select.locator("option:checked").inner_text() == names[2]
    select.select_option(label="All LGAs")
    assert "lga=" not in screen.page.url


def test_a_ward_is_marked_on_the_maps_of_both_rankings_at_once(watched, signed_in_state):
    screen = watched(storage_state=signed_in_state)
    result = ranking_of_the_demo(screen)
    screen.page.goto(f"{result}comparison/")
    screen.page.locator("[data-linked][data-ready]").wait_for()
    marks = screen.page.locator("[data-linked] .marked")
    assert marks.count() == 2 and marks.first.get_attribute("d") in (None, "")
    row = screen.page.locator("tr[data-ward]").first
    code = row.get_attribute("data-ward")
    row.hover()
    drawn = [marks.nth(k).get_attribute("d") for k in (0, 1)]
    shown = [
        screen.page.locator(f"[data-linked] [data-ward='{code}']").nth(k).get_attribute("d") for k in (0, 1)
    ]
    assert drawn == shown and all(drawn)
    line = screen.page.locator("[data-linked-ward]")
    ranks = [row.locator("td").nth(k).inner_text() for k in (1, 2)]
    assert f"composite rank {ranks[0]}, PCA rank {ranks[1]}" in line.inner_text()
    # Tapped on one map it stays marked on both.
    screen.page.locator("h1").hover()
    assert line.is_hidden()
    other = screen.page.locator("[data-linked] [data-ward]").first
    other.dispatch_event("click")
    assert line.is_visible() and marks.nth(1).get_attribute("d") == other.get_attribute("d")
    screen.accessible("both rankings on the map")


def test_the_api_s_pages_work_under_the_content_policy(watched, signed_in_state):
    screen = watched(storage_state=signed_in_state)
    answer = screen.page.goto("/api/docs/")
    assert "default-src" in answer.headers["content-security-policy"]
    screen.page.locator(".opblock-summary-path").first.wait_for(timeout=60_000)
    screen.page.wait_for_load_state("networkidle")
    screen.picture("api-docs")


def test_the_keyboard_reaches_the_content_first(watched):
    screen = watched()
    screen.page.goto("/")
    screen.page.keyboard.press("Tab")
    assert screen.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    screen.page.keyboard.press("Enter")
    assert screen.page.evaluate("document.activeElement.id") == "main"


def test_a_refused_file_is_explained_and_can_be_replaced(watched, newcomer, demo_files, tmp_path):
    screen = watched(phone=True, expected={422})
    journey = Journey(screen, scripts=True)
    journey.sign_up(**newcomer)
    journey.create_session("Refusals")
    bad = tmp_path / "no_wards.csv"
    bad.write_text("a,b\n1,2\n")
    panel = screen.page.locator("section#ward_table")
    panel.locator("input[type=file]").set_input_files(bad)
    panel.get_by_role("button", name="Upload").click()
    screen.page.locator(".problem").wait_for()
    assert "no_wards.csv" in screen.page.locator(".problem").inner_text()
    journey.seen("refused")
    screen.accessible("refused file")
    journey.upload("ward_table", demo_files[0])
    assert screen.page.locator(".problem").count() == 0


def ranking_of_the_demo(screen) -> str:
    screen.page.goto("/sessions/")
    screen.page.locator(".cards h2 a").first.click()
    link = screen.page.locator(".steps a", has_text="Results")
    link.wait_for()
    return link.get_attribute("href")


def ward_under_a_pointer(page, phone) -> dict[str, str]:
    """What the card says of the ranked ward that a mouse or a finger finds in the middle of the map, or near it."""
    box, card = page.locator(".map-box canvas").bounding_box(), page.locator("[data-card]")
    for right, down in [(0, 0), (0.1, 0), (-0.1, 0), (0, 0.1), (0, -0.1), (0.15, 0.15)]:
        at = box["x"] + (0.5 + right) * box["width"], box["y"] + (0.5 + down) * box["height"]
        (page.touchscreen.tap if phone else page.mouse.move)(*at)
        page.wait_for_timeout(300)
        if card.is_visible() and "not ranked" not in card.inner_text():
            break
    names, values = card.locator("dt").all_inner_texts(), card.locator("dd").all_inner_texts()
    place = {
        "name": card.locator("[data-card-name]").inner_text(),
        "lga": card.locator("[data-card-lga]").inner_text(),
    }
    return place | dict(zip(names, values, strict=True))


@pytest.mark.parametrize(
    "phone", [pytest.param(False, id="desktop", marks=pytest.mark.slow), pytest.param(True, id="phone")]
)
def test_the_map_answers(watched, signed_in_state, phone):
    screen = watched(phone=phone, storage_state=signed_in_state)
    page, ranking = screen.page, ranking_of_the_demo(screen)
    page.goto(f"{ranking}map/")
    page.locator("[data-map][data-ready=true]").wait_for(timeout=60_000)
    reached = ward_under_a_pointer(page, phone)
    assert re.fullmatch(r"\d+ of \d+", reached["Rank"]) and re.fullmatch(r"0\.\d{3}|1\.000", reached["Score"])
    assert reached["name"] and reached["lga"] and reached["Tier"] in ("H · High", "M · Medium", "L · Low")
    screen.picture("reached")
    first = page.locator("datalist#ward-names option").first.get_attribute("value")
    page.get_by_label("Find a ward").fill(first)
    page.get_by_label("Find a ward").press("Tab")
    card = page.locator("[data-card]")
    card.wait_for()
    name = first.split(",")[0].split(" [")[0]
    assert name in card.inner_text()
    assert "Rank" in card.inner_text()
    assert "ward=" in page.url
    page.get_by_label("Show").select_option(label="Tier (high, medium, low)")
    assert page.locator("[data-map-legend] li").first.inner_text().startswith("H")
    screen.picture("card")
    screen.accessible("map with a card")
    page.reload()
    page.locator("[data-map][data-ready=true]").wait_for(timeout=60_000)
    assert name in page.locator("[data-card]").inner_text()
    page.get_by_role("link", name="Why this rank?").click()
    page.get_by_role("heading", name="What stands behind it").wait_for()
    screen.picture("ward")
    screen.accessible("ward")


def test_a_run_can_be_cancelled(watched, newcomer, demo_files):
    screen = watched()
    journey = Journey(screen, scripts=True)
    journey.sign_up(**newcomer)
    journey.create_session("Cancelled")
    journey.upload_both(*demo_files)
    journey.match()
    journey.page.get_by_role("link", name="Go on without them").click()
    journey.page.locator(".primary-bar button").click()
    journey.page.get_by_role("button", name="Cancel").click()
    journey.page.get_by_text("You cancelled this calculation").wait_for(timeout=60_000)
    assert journey.page.locator(".primary-bar button").is_visible()
    journey.seen("cancelled")


def two_sheets(table: Path, path: Path) -> Path:
    import pandas as pd

    wards = pd.read_csv(table)
    with pd.ExcelWriter(path) as book:
        for name in ("Draft", "Final"):
            wards.to_excel(book, sheet_name=name, index=False)
    return path


@pytest.mark.parametrize(
    "scripts", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["scripts", "without-scripts"]
)
def test_the_sheet_to_read_is_asked_for_on_a_phone(watched, newcomer, demo_files, tmp_path, scripts):
    """With scripts the chosen file stays in its form; without them it is chosen again."""
    screen = watched(phone=True, scripts=scripts, expected={422})
    journey = Journey(screen, scripts=scripts, check=scripts)
    journey.sign_up(**newcomer)
    journey.create_session("Sheets")
    book = two_sheets(demo_files[0], tmp_path / "wards.xlsx")
    panel = screen.page.locator("section#ward_table")
    panel.locator("input[type=file]").set_input_files(book)
    panel.get_by_role("button", name="Upload").click()
    panel.get_by_label("Which sheet to read").wait_for()
    journey.seen("which-sheet")
    if scripts:
        panel.get_by_text("wards.xlsx (").wait_for()
    else:
        panel.locator("input[type=file]").set_input_files(book)
    panel.get_by_label("Which sheet to read").select_option("Final")
    panel.get_by_role("button", name="Upload").click()
    panel.locator("time").wait_for()
    assert "sheet Final" in panel.inner_text()


@pytest.mark.parametrize(
    ("phone", "scheme"),
    [
        (False, "light"),
        (True, "dark"),
        pytest.param(False, "dark", marks=pytest.mark.slow),
        pytest.param(True, "light", marks=pytest.mark.slow),
    ],
)
def test_more_options_can_be_read(watched, signed_in_state, phone, scheme):
    screen = watched(phone=phone, color_scheme=scheme, storage_state=signed_in_state)
    page = screen.page
    page.goto(re.match(r".*/sessions/[0-9a-f-]+/", ranking_of_the_demo(screen)).group() + "variables/")
    assert not page.get_by_label("Rank by PCA even if its tests fail").is_visible()
    page.get_by_text("More options", exact=True).click()
    page.get_by_label("High, %").fill("20")
    assert page.get_by_label("my own percentages:").is_checked()
    screen.accessible(f"more options {scheme}")
    screen.picture("more-options")
    page.get_by_label("Zone").select_option("South East")
    page.get_by_role("button", name="Tick the variables usual in this zone").click()
    page.get_by_text("You chose the zone South East").wait_for()
    assert page.locator("input[name=variables][value=rainfall]").is_checked() is False
