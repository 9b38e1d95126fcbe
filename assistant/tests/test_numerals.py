"""Numbers in words are the number that they are, however they are written."""

import pytest

from assistant.core.letters import plain, strange_words
from assistant.core.numerals import in_digits
from assistant.core.verifier import unsupported_numbers


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("twenty two", 22), ("thirty-five", 35), ("thirtyfive", 35), ("OneHundred", 100), ("two hundred and five", 205),
        ("quatre-vingts", 80), ("quatre-vingt-dix-sept", 97), ("soixante et onze", 71), ("vingt et un", 21), ("septante", 70),
        ("huitante-trois", 83), ("nonante", 90), ("deux mille trois cents", 2300), ("fifth", 5), ("twenty-second", 22),
        ("ninth", 9), ("cinquième", 5), ("neuvième", 9), ("vingt-deuxième", 22), ("hundredth", 100), ("5th", 5), ("2e", 2),
        ("ꜰɪꜰᴛʏ", 50), ("🔟", 10), ("⚄", 5),
    ],
)  # fmt: skip
def test_a_number_in_words_is_supported_by_itself_alone(words, number):
    parts = [1, 2, 3, 4, 5, 10, 11, 17, 20, 30, 60, 100, 200, 300, 1000, 2000]
    assert unsupported_numbers(f"about {words} of them", [number]) == []
    assert unsupported_numbers(f"about {words} of them", [one for one in parts if one != number]) != []


@pytest.mark.parametrize(
    "text",
    [
        "four-fifths", "deux cinquièmes", "un tiers", "les deux tiers", "un quart", "trois quarts", "a tenth of wards",
        "one third of them", "A fifth are infected", "un cinquième des enfants", "2/3", "1/2", "½", "2/3/2024", "half", "une vingtaine",
        "cinquantaine", "a score of children", "fourscore", "sixfold", "6-fold", "a fold of 6", "XIV", "LXXX percent", "Ward II", "ward vii",
        "X %", "fіfty wards", "fif-ty", "fif ty", "f i f t y", "four-teen", "fiftyish", "the nineties", "fiftypercent",
        "eiɡht wards", "пять", "one percent", "un pour cent", "one in 6", "one child in six", "un enfant sur six",
        "six point 7", "six point seven", "6 hundred", "6 million", "minus 6", "une dizaine", "des milliers", "two lakhs", "a couple of wards",
        "sixmillion", "quarter of them", "twofifths", "quintuple the rate", "sextupled", "a septuple rise", "octuple", "le quintuple",
        "décuplé", "centuple", "it was doubling", "redoubled", "redoublé", "tripling", "trebled", "quadrupling", "halving", "a rate in the forties",
        "the high fourties", "the sixties", "in the high teens",
    ],
)  # fmt: skip
def test_shares_multiples_round_amounts_and_disguises_are_refused(text):
    found = [{"numbers": [1, 2, 3, 4, 5, 6, 7, 10, 14, 15, 20, 50, 80, 100, 1000], "ward_name": "Kodo"}]
    assert unsupported_numbers(f"In Kodo {text}.", found) != []


@pytest.mark.parametrize(
    "text",
    [
        "Kodo is the first one, Kawo the last.", "The tiers cut the ranking in parts.", "wards in all tiers", "It has a score of 0.95.",
        "Sabon Gari II and SABON GARI II", "IKU 1/IKU SOUTH I", "Zero-dose is another matter: none is known.", "One of the wards stands out.",
        "One ward stands out.", "The second is Kodo, the third one Kawo.", "First, look at Kodo.", "il y a un quartier", "Premièrement, c'est tout.",
        "the household leads", "a height and a weight", "often attended, extended", "centre, central, century", "the 95 % CI", "ρ and σ",
        "l'œuvre des sœurs", "un ward à risque", "d'un ward", "y a t il", "the properties of priorities", "the CDC and the WHO", "mixed, civil, vivid",
        "les premiers wards", "ten first wards", "seconds pass",
    ],
)  # fmt: skip
def test_prose_is_no_number(text):
    found = [{"numbers": [0, 0.95, 2, 3, 10, 95], "ward_names": ["Sabon Gari II", "Iku 1/Iku South I"]}]
    assert unsupported_numbers(text, found) == []


def test_no_letter_hides_behind_another():
    assert plain("ﬁfty 𝐟𝐢𝐟𝐭𝐲 ɗari ｆｉｆｔｙ per cent") == "fifty fifty dari fifty %"
    assert strange_words(plain("fіfty ok é œ ρ µg")) == ["fіfty"]
    assert in_digits("ninety-seven percent") == ("97 percent", [])
