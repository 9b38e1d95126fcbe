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
