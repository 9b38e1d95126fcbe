"""The map of a ranking, drawn and interactive, light and dark."""

import html
import json
import re
from pathlib import Path

from django.urls import reverse

from analysis import frames
from analysis.tests.test_pages_ranking import address, carol, done, files
from sessions_app import kinds
from sessions_app.tests.browsing import text_of

__all__ = ["carol", "done", "files"]


def test_the_drawn_and_the_interactive_map_share_their_classes(done):
    page = text_of(done[1].get(address("result_map", done)))
    options = re.findall(
        r'<option value="(\w+)"[^>]*data-classes="([^"]+)" data-parts="([^"]+)" data-missing="(\d+)"', page
    )
    given = {
        key: (json.loads(html.unescape(classes)), json.loads(parts)) for key, classes, parts, _ in options
    }
    names = done[3].summary["parameters"]["variables"]
    assert set(names) < set(given)
    wards = frames.rows_of(frames.load_wards(done[3]))
    drawn_as = {"composite_rank": "map_rank", "composite_tier": "map_tier", "composite_score": "map_score"}
    drawn_as |= {name: f"map_variable_{place:02d}" for place, name in enumerate(names, 1)}
    for key, picture in drawn_as.items():
        classes, parts = given[key]
        svg = done[1].get(address("result_picture", done, f"{picture}.svg")).content.decode()
        coloured = dict(
            re.findall(r'fill="(#\w+)" stroke="[^"]+" stroke-width="0.5"/><text[^>]*>([^<]+)<', svg)
        )
        assert coloured == {colour: label for label, colour, _ in classes}, key
        assert sum(count for *_, count in classes) == sum(row[key] not in (None, "") for row in wards)
        assert len(parts) == (0 if key == "composite_tier" else len(classes) - 1)


def test_a_page_shows_figures_that_can_be_dark_and_downloads_them_as_they_are(done):
    shown = done[1].get(address("result_picture", done, "map_rank.svg")).content
    page = text_of(done[1].get(address("result_downloads", done)))
    link = re.search(r'href="(/files/[^"]+/download/)"[^>]*>(?:(?!</li>).)*?SVG', page, re.DOTALL)
    saved = b"".join(done[1].get(link[1]).streaming_content)
    assert b"prefers-color-scheme" in shown
    assert saved.startswith(b"<svg") and b"prefers-color-scheme" not in saved


def test_the_overview_says_the_ends_of_the_legend_in_words(done):
    page = done[1].get(address("result_detail", done))
    classes = json.loads(done[1].get(address("result_map", done)).context["layers"][0]["classes"])
    wards = frames.rows_of(frames.load_wards(done[3], ["composite_rank"]))
    unranked = any(row["composite_rank"] is None for row in wards)
    words = f"Darkest: rank {classes[0][0]}; lightest: rank {classes[-1][0]}"
    assert page.context["map_words"] == f"{words}{'; hatched: no data' if unranked else ''}."
    assert words in text_of(page)


def test_the_data_page_has_one_primary_button_and_offers_the_rest_folded(done):
    page = text_of(done[1].get(reverse("session_data", args=[done[2].pk])))
    assert page.count('class="button" type="submit"') == 1
    assert page.count('<details class="optional">') == sum(kind.optional for kind in kinds.file_kinds())


def test_no_page_shows_a_figure_by_its_download_which_would_stay_bright_on_dark_pages():
    pages = sorted((Path(__file__).resolve().parents[2] / "templates").rglob("*.html"))
    assert pages
    assert [page.name for page in pages if re.search(r"<img[^>]*file_download", page.read_text())] == []
