"""What no analysis holds: other states and countries, other illnesses, and times.

A name of the analysis' own always comes first, so a state whose name is an LGA's, too, is that LGA. Words that mean
something else in a message about wards ("may", "niger", "plateau", "cold") don't stand here.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

Matter = Literal["place", "illness", "time"]

_PLACES = """
    abia adamawa akwa|ibom anambra bauchi bayelsa benue borno cross|river ebonyi edo ekiti enugu gombe imo jigawa kaduna
    kano katsina kebbi kogi kwara lagos nasarawa ogun ondo osun oyo rivers|state sokoto taraba yobe zamfara fct abuja
    ibadan maiduguri port|harcourt benin|city jos ilorin minna lokoja calabar uyo owerri abeokuta akure zaria
    nigeria naija niamey ouagadougou cotonou accra lome yaounde ndjamena dakar bamako conakry freetown monrovia abidjan
    benin ghana togo cameroon cameroun chad tchad mali senegal gambia guinea guinee liberia sierra|leone ivory|coast
    cote|d|ivoire burkina burkina|faso mauritania mauritanie gabon congo drc rdc zaire angola zambia zambie zimbabwe malawi
    mozambique tanzania tanzanie kenya uganda ouganda rwanda burundi ethiopia ethiopie sudan soudan somalia somalie
    south|sudan egypt egypte libya libye tunisia tunisie algeria algerie morocco maroc botswana namibia namibie
    south|africa lesotho eswatini madagascar mauritius comoros djibouti eritrea central|african|republic equatorial|guinea
    india inde china chine brazil bresil pakistan bangladesh indonesia vietnam thailand myanmar nepal haiti peru
    colombia venezuela mexico usa america amerique france england britain uk london londres paris germany europe africa
    afrique asia asie world monde west|africa sahel
"""
_ILLNESSES = """
    cholera lassa ebola dengue measles rougeole polio meningitis meningite tuberculosis tuberculose tb hiv vih aids sida
    covid covid19 coronavirus influenza flu grippe typhoid typhoide yellow|fever fievre|jaune monkeypox mpox hepatitis
    hepatite diarrhoea diarrhea diarrhee pneumonia pneumonie diphtheria diphterie whooping|cough tetanus tetanos rabies
    fever fievre leprosy lepre onchocerciasis schistosomiasis bilharzia bilharziose filariasis trachoma trachome zika chikungunya
    malnutrition stunting anaemia anemia anemie cancer diabetes diabete hypertension stroke asthma asthme sickle|cell
    guinea|worm sleeping|sickness plague peste syphilis
"""
_TIMES = """
    january february april june july august september october november december janvier fevrier avril mai juin juillet aout
    septembre octobre novembre decembre forecast forecasts predict prediction predictions prevision previsions predire
    last|year next|year this|year l|an|dernier l|an|prochain annee|derniere annee|prochaine next|season rainy|season
    dry|season saison|des|pluies saison|seche next|month last|month mois|prochain mois|dernier last|season
    dernier|mois derniers|mois derniere|semaine semaine|derniere dernieres|semaines derniere|annee dernieres|annees dernier|trimestre
    trimestre|dernier derniere|saison saison|derniere
    previous|year previous|years past|years last|years coming|year coming|years years|ago
"""


@cache
def _matters() -> dict[tuple[str, ...], Matter]:
    listed: tuple[tuple[Matter, str], ...] = (("place", _PLACES), ("illness", _ILLNESSES), ("time", _TIMES))
    return {tuple(name.split("|")): matter for matter, text in listed for name in text.split()}


@cache
def foreign_words() -> frozenset[str]:
    """Return the words of these names: none of them is a misspelling of something else."""
    return frozenset(word for words in _matters() for word in words)


def foreign_at(words: list[str], place: int) -> tuple[Matter | None, int]:
    """Return what begins at a word, the longest name first, and its length in words.

    Parameters
    ----------
    words : list of str
        Folded words of a message.
    place : int
        Where to look.

    Returns
    -------
    (str or None, int)
        None with the length 1 where nothing of that kind stands.
    """
    for length in (3, 2, 1):
        matter = _matters().get(tuple(words[place : place + length]))
        if matter:
            return matter, length
    return None, 1
