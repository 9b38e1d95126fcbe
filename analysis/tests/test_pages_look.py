"""What must look the same in a page, a picture and a download."""

import importlib.util
import re
from pathlib import Path

import pytest
from django.db import transaction
from django.template import engines

from analysis import demo
from analysis.figures import night, palette
from analysis.templatetags.look import quantity, score, whole
from sessions_app import selectors
from sessions_app.isolation.scope import scope

ROOT = Path(__file__).resolve().parents[2]


def test_pages_and_pictures_share_their_colours():
    css = (ROOT / "static/css/risk.css").read_text()
    named = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})", css))
    assert tuple(named[f"risk-{step}"] for step in range(1, 8)) == palette.RISK
    assert {tier: named[f"tier-{tier.lower()}"] for tier in palette.TIERS} == palette.TIERS
    assert (named["missing"], named["missing-line"]) == (palette.NO_DATA, palette.NO_DATA_LINE)
    assert (named["ward-line"], named["lga-line"]) == (palette.WARD_LINE, palette.LGA_LINE)


def test_figures_on_dark_pages_have_the_colours_of_those_pages():
    css = (ROOT / "static/css/base.css").read_text()
    dark = css.split('[data-theme="dark"]')[1].split("}")[0]
    named = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", dark))
    assert (named["plate"], named["plate-ink"]) == (night.PAPER, night.INK)
    assert (named["muted"], named["line"], named["brand"]) == (night.MUTED, night.LINE, night.BRAND)


def test_a_figure_is_dark_only_where_a_dark_page_shows_it():
    drawn = b'<svg fill="#1f2a2e"><rect fill="#ffffff"/></svg>'
    shown = night.with_night(drawn)
    assert shown.startswith(b'<svg fill="#1f2a2e"><style>@media (prefers-color-scheme:dark){')
    assert shown.replace(night.STYLE.encode(), b"") == drawn


def test_the_landing_page_names_the_wards_that_the_analysis_ranks_highest_today():
    spec = importlib.util.spec_from_file_location("sample", ROOT / "scripts/make_landing_sample.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.words(script.sample(), script.MAP.read_text()) == script.WORDS.read_text()


def test_the_landing_page_and_the_demo_that_it_opens_tell_the_same_numbers(alice):
    session = demo.fill(by=alice.user, ranking_here=True)
    with scope(alice.user.pk), transaction.atomic():
        ranking = selectors.newest_result(session, "risk").summary
        matched = selectors.newest_result(session, "dataset").summary
    sample = (ROOT / "templates/landing/_sample.html").read_text()
    told = re.search(
        r"with ranked=(\d+) wards=(\d+) variables=(\d+) models=(\d+) %}.* count unranked=(\d+) %}", sample
    )
    assert [int(number) for number in told.groups()] == [
        ranking["ranked"], ranking["wards"], len(ranking["variables"]), ranking["models"], matched["review"],
    ]  # fmt: skip
    listed = re.findall(r"<li>([^<]+) <span>([^<]+)</span>", sample)
    assert listed == [(ward["ward_name"], ward["lga_name"]) for ward in ranking["top"][: len(listed)]]


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_no_template_has_inline_script_style_or_another_host(path):
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\s(style|on[a-z]+)=", text)
    assert not re.search(r"(src|href|action)=[\"']?(https?:)?//", text)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.12345, "0.123"),
        (0, "0"),
        (275, "275"),
        (1234567, "1,234,567"),
        (12.34, "12.3"),
        (4.5e12, "4.5×10¹²"),
        (-0.04, "-0.040"),
    ],
)
def test_a_value_is_shown_to_about_three_digits(value, shown):
    assert quantity(value) == shown


@pytest.mark.parametrize("missing", [None, float("nan"), ""])
def test_a_missing_value_says_so_and_is_never_zero_or_blank(missing):
    for shown in (quantity(missing), score(missing), whole(missing)):
        assert "no data" in shown


def test_tier_has_a_letter_a_word_and_a_colour():
    page = engines["django"].from_string("{% load look %}{% tier name %}").render({"name": "Medium"})
    assert page == '<span class="tier tier-medium"><b aria-hidden="true">M</b>Medium</span>'
