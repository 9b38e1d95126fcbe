"""One text source in two languages: the same holes, the right plural, numbers as each writes them."""

import datetime as dt
import re
import string

import pytest

from itn.core.plan import REASONS
from itn.core.settings import QUANTITY_MODES, STRATEGIES, URBAN_RULES
from reports.core.drawings import for_paper
from reports.core.language import LANGUAGES, TABLES, Language

EN, FR = Language("en"), Language("fr")
THIN = "\u202f"


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", [key for table in TABLES for key in table])
def test_both_languages_fill_the_same_holes(key):
    english, french = next(table[key] for table in TABLES if key in table)
    assert english.strip() and french.strip()
    assert english.count("|") == french.count("|") <= 1
    assert holes(english) == holes(french) or (english == "{text}" and not holes(french))


def test_no_message_stands_in_two_tables():
    keys = [key for table in TABLES for key in table]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("code", [*REASONS, *STRATEGIES, *URBAN_RULES, *QUANTITY_MODES, "best_split"])
def test_every_code_of_a_plan_has_words(code):
    assert all(Language(language).say(code) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("n", "english", "french"),
    [(0, "0 values are filled", "0 valeur est complétée"), (1, "1 value is filled", "1 valeur est complétée"),
     (2, "2 values are filled", "2 valeurs sont complétées"), (1200, "1,200 values", f"1{THIN}200 valeurs")],
)  # fmt: skip
def test_plurals(n, english, french):
    """French takes the singular for 0 and 1 (Unicode CLDR, cardinal rules), English for 1 alone."""
    assert EN.say("l_filled", n).startswith(english)
    assert FR.say("l_filled", n).startswith(french)


def test_numbers_and_days():
    assert (EN.whole(1234567), FR.whole(1234567)) == ("1,234,567", f"1{THIN}234{THIN}567")
    assert (EN.decimal(-1234.5, 2), FR.decimal(-1234.5, 2)) == ("−1,234.50", f"−1{THIN}234,50")
    assert (EN.percent(12.34), FR.percent(12.34)) == ("12.3%", f"12,3{THIN}%")
    assert (EN.significant(0.000123456), EN.significant(98765.4)) == ("0.0001235", "98,765")
    assert FR.date(dt.date(2026, 8, 1)) == "1er août 2026" and EN.date(dt.date(2026, 8, 1)) == "1 August 2026"
    for missing in (None, float("nan")):
        assert EN.whole(missing) == EN.decimal(missing, 1) == EN.percent(missing) == "–"


def test_french_spaces_never_break_a_line():
    text = FR.say("p_population", source="x", year="2026", rule="y")
    assert f"Population{THIN}: x" in text and f"2026{THIN}; populations" in text
    assert not re.search(r" [:;?!%»]|« ", text)


def test_what_users_write_is_never_read_as_a_message():
    assert EN.say("place", ward="{lga} {0} %s", lga="{ward}") == "{lga} {0} %s ({ward})"


def test_a_drawing_is_put_into_french_and_names_are_not():
    svg = (
        '<svg font-family="system-ui"><title>Map</title><text x="1">Composite rank</text><text>1,822 – 2,344</text>'
        "<text>Rainfall, lower = more risk</text><text>Low Cost</text><text>12 wards</text></svg>"
    )
    french = for_paper(svg, "fr", "FiraGO")
    assert "Rang composite" in french and f"1{THIN}822 – 2{THIN}344" in french
    assert "Pluie, bas = plus de risque" in french and "Low Cost" in french and "12 wards" in french
    assert "<title>" not in french and 'font-family="FiraGO"' in french
    assert "Composite rank" in for_paper(svg, "en", "FiraGO")


def lines_of(svg: str) -> list[str]:
    return re.findall(r">([^<>]+)</(?:text|tspan)>", svg)


def test_lines_that_were_one_text_are_put_together_before_they_are_said():
    legend = (
        '<g id="legend" font-size="13"><text x="710" y="70" font-weight="600">Normalised difference</text>'
        '<text x="710" y="88" font-weight="600">vegetation index</text><text x="710" y="108" fill="#57656a">cases per 1,000 people,</text>'
        '<text x="710" y="126" fill="#57656a">lower = more risk</text></g>'
    )
    french = for_paper(legend, "fr", "FiraGO")
    assert "vegetation" not in french and " ".join(lines_of(french)[:2]) == "Indice de végétation (NDVI)"
    assert "cas pour 1 000 personnes, bas = plus de risque" in " ".join(lines_of(french)).replace(THIN, " ")
    label = '<text x="0"><tspan>Enhanced vegetation</tspan><tspan x="0" dy="12">index</tspan></text>'
    assert lines_of(for_paper(label, "fr", "FiraGO")) == ["Indice de végétation", "amélioré (EVI)"]
    english = for_paper(legend + label, "en", "FiraGO")
    assert lines_of(english) == lines_of(legend + label)


def test_a_line_more_stands_above_the_title_of_a_legend_and_numbers_below_each_other_stay_apart():
    svg = (
        '<g id="legend"><text x="710" y="70" font-weight="600">Enhanced vegetation index</text></g>'
        '<text x="5" y="1">0.123</text><text x="5" y="2">1,456</text><text x="5" y="3">Rainfall &amp; Co</text>'
    )
    french = for_paper(svg, "fr", "FiraGO")
    assert re.findall(r'y="(\d+)" font-weight', french) == ["52", "70"]
    assert lines_of(french)[2:] == ["0,123", f"1{THIN}456", "Rainfall &amp; Co"]


def test_the_steps_of_a_ranking_are_said_line_by_line_and_only_indented_ones_go_on():
    same = 'x="5" font-size="12.5" xml:space="preserve"'
    lines = [
        "combinations of two or more variables; a model is the mean of", "  its variables", "Rainfall: more risk when higher",
        "Elevation: more risk when lower", "Elevation: 12, mean of its LGA", "My &lt;own&gt; column: more risk when lower",
    ]  # fmt: skip
    svg = "".join(f'<text y="{17 * k}" {same}>{line}</text>' for k, line in enumerate(lines))
    said = lines_of(for_paper(svg, "fr", "FiraGO"))
    assert (
        " ".join(said[:2])
        == "combinaisons de deux variables ou plus ; un modèle est la moyenne de ses variables"
    )
    assert said[2:] == [
        "Pluie : plus de risque si élevé", "Altitude : plus de risque si bas", "Altitude : 12, moyenne du LGA",
        "My &lt;own&gt; column : plus de risque si bas",
    ]  # fmt: skip
