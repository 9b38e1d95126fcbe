"""Charts of one's own: the page, the picture, the API and the assistant ask for the same."""

import csv
import html
import io
import re
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from analysis import frames
from analysis.tests.test_pages_ranking import address, carol, done, files
from sessions_app.tests.browsing import text_of

__all__ = ["carol", "done", "files"]
ASKED = (
    {},
    {"chart": "histogram", "x": "composite_score"},
    {"chart": "scatter", "x": "composite_score"},
    {"chart": "bars", "by": "lga"},
    {"chart": "bars", "by": "ward", "order": "lowest"},
    {"chart": "boxes", "by": "lga"},
    {"chart": "boxes", "by": "tier"},
    {"chart": "urban", "urban_from": "12.5"},
)


def shown(done, asked):
    return done[1].get(f"{address('result_charts', done)}?{urlencode(asked)}")


def csv_of(content: bytes):
    return list(csv.reader(io.StringIO(content.decode())))


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: "-".join(asked.values()) or "nothing chosen")
def test_a_chart_is_drawn_with_its_numbers_and_can_be_saved(done, asked):
    page = shown(done, asked)
    assert page.status_code == 200
    text = text_of(page)
    picture = re.search(r'<img src="([^"]+)" alt="([^"]+)"', text)
    link = picture[1].replace("&amp;", "&")
    assert picture[2]
    inline = done[1].get(link)
    assert (inline.status_code, inline["Content-Type"]) == (200, "image/svg+xml")
    assert b"prefers-color-scheme" in inline.content
    saved = done[1].get(f"{link}&as=svg&save=1")
    assert saved["Content-Disposition"].startswith("attachment")
    assert saved.content.startswith(b"<svg") and b"prefers-color-scheme" not in saved.content
    assert done[1].get(f"{link}&as=png").content.startswith(b"\x89PNG")
    header, *rows = csv_of(done[1].get(f"{link}&as=csv").content)
    assert len(rows) == len(page.context["chart"].rows) > 0
    assert header == list(page.context["chart"].header)
    assert all(answer["Cache-Control"] == "private, no-store" for answer in (inline, saved))


def test_urban_wards_are_set_apart_from_any_share_on(done):
    """The map of 30 % that is stored and the one drawn on request are of the same classes, and others are counted anew."""
    page = f"{address('result_variables', done)}?show=urban"
    wards = frames.rows_of(frames.load_wards(done[3], ["composite_tier", "urban_percentage"]))
    for share in ("30", "12.5", "0"):
        answer = done[1].get(f"{page}&urban_from={share}")
        known = [row for row in wards if None not in row.values()]
        urban = [row for row in known if row["urban_percentage"] >= float(share)]
        counted = {tier: (a, b) for tier, a, b in answer.context["tiers"]}
        for tier, (others, those) in counted.items():
            assert those == sum(row["composite_tier"] == tier for row in urban)
            assert others + those == sum(row["composite_tier"] == tier for row in known)
        assert answer.context["chart"].facts["unknown"] == len(wards) - len(known)
    drawn, stored = (
        re.findall(r'stroke-width="0.5"/><text[^>]*>([^<]+)</text><text[^>]*>([^<]+)<', done[1].get(url).content.decode())
        for url in (
            f"{address('result_chart', done)}?chart=urban&urban_from=30",
            address("result_picture", done, "map_urban_30.svg"),
        )
    )  # fmt: skip
    assert drawn == stored and len(drawn) >= 6
    refused = text_of(done[1].get(f"{page}&urban_from=many"))
    assert "is not a share from 0 to 100" in refused and "map_urban_30.svg" in refused


def test_bars_by_lga_are_what_the_maps_by_lga_say(done):
    """The explanation of the map by LGA is made of the same rule and found by another way."""
    from analysis.explained.risk import lga_variable

    first = done[3].summary["parameters"]["variables"][0]
    facts = lga_variable(done[3], "lga_variable_01", {})
    rows = shown(done, {"chart": "bars", "x": first, "by": "lga"}).context["chart"].rows
    assert (rows[0][0], rows[0][1]) == (facts["highest_at"], pytest.approx(facts["highest"]))
    assert rows[-1][1] == pytest.approx(facts["lowest"]) and len(rows) == facts["lgas"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"x": "flags"}, "“flags” is not a variable of this ranking."),
        ({"chart": "scatter", "y": "nothing"}, "“nothing” is not a variable of this ranking."),
        ({"chart": "pie"}, '"pie" is not a valid choice.'),
        ({"chart": "boxes", "by": "ward"}, "This chart can be had by lga or tier."),
        ({"colour": "red"}, "There is no such field."),
        ({"chart": "urban"}, "is not a share from 0 to 100 %."),
        ({"chart": "urban", "urban_from": "100.5"}, "is not a share from 0 to 100 %."),
    ],
)
def test_what_cannot_be_drawn_is_said(done, asked, told):
    page = shown(done, asked)
    assert page.status_code in (400, 422)
    assert told in html.unescape(text_of(page))
    assert "<img src" not in text_of(page).split("Draw</button>")[1]
    drawn = f"{address('result_chart', done)}?{urlencode(asked)}"
    assert done[1].get(drawn).status_code == 404


def test_programs_get_the_same_chart(done, api_of):
    api, place = api_of
    first = done[3].summary["parameters"]["variables"][0]
    asked = {"chart": "scatter", "x": first, "y": "composite_score"}
    numbers = csv_of(api.get(f"{place}?{urlencode(asked | {'as': 'csv'})}").content)
    wards = frames.rows_of(frames.load_wards(done[3], [first, "composite_score"]))
    both = [row for row in wards if None not in row.values()]
    assert len(numbers) == 1 + len(both)
    assert [float(row[0]) for row in numbers[1:]] == [row[first] for row in both]
    assert api.get(f"{place}?{urlencode(asked)}")["Content-Type"] == "image/svg+xml"
    refused = api.get(f"{place}?x=flags")
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/problem+json")
    assert refused.json()["where"] == "x" and first in refused.json()["examples"]


@pytest.fixture
def api_of(done):
    from django.test import Client

    from sessions_app.accounts.jwt import issue_pair
    from sessions_app.models import User

    user = User.objects.using("owner").get(pk=done[3].owner_id)
    api = Client(headers={"Authorization": f"Bearer {issue_pair(user)['access']}"})
    return api, reverse("api-result-chart", args=[done[3].pk])


def test_maps_before_filling_stand_beside_those_after_and_share_their_classes(done):
    page = text_of(done[1].get(f"{address('result_variables', done)}?show=raw"))
    names = re.findall(r"pictures/(map_\w+)\.svg", page)
    assert names and [name.replace("raw", "variable") for name in names[::2]] == names[1::2]
    filled = {row["variable"] for row in frames.csv_rows(done[3], "imputation.csv")}
    used = done[3].summary["parameters"]["variables"]
    assert {used[int(name[-2:]) - 1] for name in names} == filled & set(used)
    for raw, whole in zip(names[::2], names[1::2], strict=True):
        labels = [
            re.findall(
                r'stroke-width="0.5"/><text[^>]*>([^<]+)<',
                done[1].get(address("result_picture", done, f"{name}.svg")).content.decode(),
            )
            for name in (raw, whole)
        ]
        assert [label for label in labels[0] if label != "Not in the table"] == [
            label for label in labels[1] if label != "No data"
        ]
        assert (
            "Not in the table" in done[1].get(address("result_picture", done, f"{raw}.svg")).content.decode()
        )
