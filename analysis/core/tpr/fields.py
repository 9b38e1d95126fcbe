"""What a column of a facility export counts, read from its header by token rules.

No network, no likeness of names: a header either holds the tokens of an indicator or it doesn't.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from analysis.core.mojibake import repair_mojibake

GROUPS = ("u5", "o5", "pw", "all")
METHODS = ("rdt", "microscopy", "any")
STATUSES = ("tested", "positive", "presumed")
GROUP_LABELS = {
    "u5": "under five",
    "o5": "five and over",
    "pw": "pregnant women",
    "all": "all ages",
}
METHOD_LABELS = {"rdt": "RDT", "microscopy": "microscopy", "any": "method not stated"}

# The letters "na" come out of some exports as 0; only these headers are repaired.
_GARBLED = (
    (re.compile(r"(?i)(?<=period)0me\b"), "name"),
    (re.compile(r"(?i)(?<=organisationunit)0me\b"), "name"),
    (re.compile(r"(?i)(?<=categoryoptioncomboid)0me\b"), "name"),
    (re.compile(r"(?i)(?<=attributeoptioncomboid)0me\b"), "name"),
    (re.compile(r"(?i)\bartesu0te\b"), "Artesunate"),
    (re.compile(r"(?i)\barte0te\b"), "Artesunate"),
)
_COPY = re.compile(r"\.\d{1,3}$")

_NOT_COUNTED = re.compile(
    r"\b(rate|ratio|percent|percentage|proportion|tpr|positivity|"
    r"hiv|syphilis|hep(atitis)?|hbv|hcv|tb|tuberculosis|covid\W?(19)?|"
    r"llins?|itns?|sp|ipt\w*|presumptive treatment|died|deaths?|admitted|severe|stock\w*)\b|%"
)
_TREATED = re.compile(
    r"\b(given|treated|treatment|received|receiving|acts?|artesunate|artemether|chloroquine)\b"
)
_NEGATIVE = re.compile(r"\b(negatives?|neg)\b|\b(not|non)\W+(tested )?(positives?|pos)\b")
_WITHOUT_TEST = re.compile(r"\b(not|non|without)\W+(yet )?(tested|tests?|examined|confirmed)\b")
_POSITIVE = re.compile(r"\b(positives?|pos|confirmed|conf)\b")
_TESTED = re.compile(r"\b(tested|tests?|examined)\b")
_PRESUMED = re.compile(r"\b(presumed|presumptive|pres|clinically diagnosed)\b")
_RDT = re.compile(r"\b(rdts?|rapid diagnostic)\b")
_MICROSCOPY = re.compile(r"\bmic(ro(scop\w*)?)?\b")
_WITHOUT_PW = re.compile(r"\b(excl\w*|without|not|non)\W*(pw|preg\w*)")
_PW = re.compile(r"\b(pw|preg\w*)\b")
_U5 = re.compile(r"< ?=? ?5(?!\d)|\b(under|below|less than) ?(5(?!\d)|five)|\bu5\b|\b0 ?- ?(4|59)(?!\d)")
_O5 = re.compile(
    r"(>=|>|\?) ?5(?!\d)|\b5 ?(yrs|years)? ?\+|\b(above|over) ?(5(?!\d)|five)|\b(a|ov?)5\b|"
    r"\b(5|five) ?(yrs?|years?|y)? ?(and|or) (above|over|older)\b"
)
# Any other age, looked for in what is left of a header without the ones above.
_AGE_UNIT = r"(yrs?|years?|y|mths?|months?|m)"
_OTHER_AGE = re.compile(
    rf"\b\d{{1,3}} ?{_AGE_UNIT}? ?([-–—]|to) ?\d{{1,3}}( ?{_AGE_UNIT})?\b|[<>]=? ?\d{{1,3}}( ?{_AGE_UNIT})?\b|"
    rf"\b\d{{1,3}} ?{_AGE_UNIT}? ?\+|\b(under|below|above|over|less than) ?\d{{1,3}}( ?{_AGE_UNIT})?\b|"
    rf"\b(ov?|u)\d{{1,3}}\b|\b\d{{1,3}} ?{_AGE_UNIT}? ?(and|or) (above|over|older|below|under|younger)\b"
)
_OUTPATIENTS = re.compile(r"\b(out ?-? ?patients?|opd)\b")


class Indicator(NamedTuple):
    """A count of persons: which age group, which test, and whether tested, positive or presumed."""

    group: str
    method: str
    status: str

    @property
    def field(self) -> str:
        """Its name in a mapping, such as ``u5_rdt_tested``; ``u5_tested`` when no test is named."""
        return "_".join(part for part in self if part != "any")


def repair_header(header: str) -> str:
    """Return a header without mojibake and without the known cases of ``0`` standing for ``na``.

    Examples
    --------
    >>> repair_header("organisationunit0me")
    'organisationunitname'
    """
    text = " ".join(repair_mojibake(str(header)).split())
    for pattern, meant in _GARBLED:
        text = pattern.sub(meant, text)
    return text


def base_header(header: str) -> str:
    """Return a header without the ``.1``, ``.2`` … of a repeated column."""
    return _COPY.sub("", header)


def header_tokens(header: str) -> str:
    """Return a header in the form the token rules read.

    Examples
    --------
    >>> header_tokens("Persons presenting with fever & tested by RDT  ≥5yrs (excl PW).1")
    'persons presenting with fever and tested by rdt >=5yrs (excl pw)'
    """
    text = unicodedata.normalize("NFKC", base_header(repair_header(header))).casefold()
    text = re.sub(r"(?<=\d)_(?=\d)", "-", text)
    for sign, meant in (("&", " and "), ("≥", ">="), ("⩾", ">="), ("=>", ">="), ("≤", "<="), ("_", " ")):
        text = text.replace(sign, meant)
    return " ".join(re.sub(r"([<>]) ?=", r"\1=", text).split())


def indicator_of(header: str) -> Indicator | None:
    """Return what a header counts, or None when it counts neither tests nor cases.

    Examples
    --------
    >>> indicator_of("Persons tested positive for malaria by RDT Preg Women (PW)").field
    'pw_rdt_positive'
    >>> indicator_of("Confirmed uncomplicated malaria given ACT <5yrs") is None
    True
    >>> indicator_of("Persons clinically diagnosed with malaria treated with ACT <5yrs").field
    'u5_presumed'
    >>> indicator_of("PW tested positive for HIV") is None
    True
    """
    text = header_tokens(header)
    status = _status(text)
    if status is None or _is_other_age(text):
        return None
    return Indicator(_group(text), _method(text), status)


def counts_other_age(header: str) -> bool:
    """Whether a header counts tests or cases of an age group that is none of `GROUPS`.

    Examples
    --------
    >>> counts_other_age("Persons tested positive for malaria by RDT 5-14 yrs")
    True
    """
    text = header_tokens(header)
    return _status(text) is not None and _is_other_age(text)


def counts_treated(header: str) -> bool:
    """Whether a header speaks of treatment; of presumed cases these are a part, if not all."""
    return bool(_TREATED.search(header_tokens(header)))


def _status(text: str) -> str | None:
    if _NOT_COUNTED.search(text) or _NEGATIVE.search(text):
        return None
    text = _WITHOUT_TEST.sub(" ", text)
    if _TREATED.search(text):
        # Who was treated and tested is among the tested; who was treated without a test is nowhere else.
        tested = _POSITIVE.search(text) or _TESTED.search(text)
        return "presumed" if _PRESUMED.search(text) and not tested else None
    if _POSITIVE.search(text):
        return "positive"
    if _PRESUMED.search(text):
        return "presumed"
    return "tested" if _TESTED.search(text) else None


def _is_other_age(text: str) -> bool:
    return bool(_OTHER_AGE.search(_O5.sub(" ", _U5.sub(" ", text))))


def _method(text: str) -> str:
    if _RDT.search(text):
        return "rdt"
    return "microscopy" if _MICROSCOPY.search(text) else "any"


def _group(text: str) -> str:
    if _PW.search(text) and not _WITHOUT_PW.search(text):
        return "pw"
    if _U5.search(text):
        return "u5"
    if _O5.search(text) or _WITHOUT_PW.search(text):
        return "o5"
    return "all"


def outpatient_group(header: str) -> str | None:
    """Return which age group's attendance a column counts, or None when it counts no attendance."""
    text = header_tokens(header)
    if not _OUTPATIENTS.search(text) or _POSITIVE.search(text) or _TESTED.search(text) or _is_other_age(text):
        return None
    return _group(text)


def parse_field(name: str) -> Indicator | None:
    """Return the indicator a mapping names, its words in any order; None for anything else.

    Examples
    --------
    >>> parse_field("tested_u5") == parse_field("u5_any_tested")
    True
    """
    words = name.strip().casefold().split("_")
    if len(set(words)) != len(words) or len(words) < 2:
        return None
    status = [word for word in words if word in STATUSES]
    group = [word for word in words if word in GROUPS]
    method = [word for word in words if word in METHODS]
    if len(status) != 1 or len(group) > 1 or len(method) > 1 or len(words) != len(status + group + method):
        return None
    return Indicator(group[0] if group else "all", method[0] if method else "any", status[0])
