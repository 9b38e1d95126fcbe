"""Names, states, headers and variables."""

import pandas as pd
import pytest

from analysis.core.errors import BadInput
from analysis.core.names import (
    canonical_table,
    clean_code,
    identify_columns,
    name_tokens_agree,
    normalise_name,
    parenthesised,
    repair_dhis2,
)
from analysis.core.variables import (
    default_direction,
    find_column,
    is_identifier,
    is_support,
    legacy_direction,
    lookup,
    suggest,
)
from analysis.core.zones import STATES, ZONE_VARIABLES, state_of, zone_of, zone_variables


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Afon Ward", "afon"),
        ("Zone IV", "zone 4"),
        ("Sàbon  Gàrí", "sabon gari"),
        ("Maya/Ile-Apa", "maya ile apa"),
        ("Ward A", "ward a"),
        ("Ungwar Rimi (KDS01)", "ungwar rimi"),
        ("Tudun XX", "tudun 20"),
        ("Tudun XXI", "tudun xxi"),
        ("Zone 01", "zone 1"),
        ("Ward", "ward"),
        (None, ""),
        (float("nan"), ""),
        ("", ""),
        ("حي السلام", "حي السلام"),
    ],
)
def test_normal_form(written, normal):
    assert normalise_name(written) == normal


def test_only_the_prefix_of_the_state_goes():
    assert normalise_name("kw Afon Ward", state_prefix="kw") == "afon"
    assert normalise_name("Oke Ode", state_prefix="kw") == "oke ode"
    assert normalise_name("Ka Gida", state_prefix="kw") == "ka gida"


def test_trailing_words_depend_on_the_level():
    assert normalise_name("Ilorin East Local Government Area", level="lga") == "ilorin east"
    assert normalise_name("Kwara State", level="state") == "kwara"
    assert normalise_name("Kwara State", level="ward") == "kwara state"


def test_brackets_are_kept_aside():
    assert parenthesised("Kawo (NISKNT04)") == "nisknt04"
    assert parenthesised("Kawo") == ""


@pytest.mark.parametrize(
    ("a", "b", "agree"),
    [
        ("Girei 1", "Girei 2", False),
        ("Girei I", "Girei 1", True),
        ("Girei", "Girei 1", False),
        ("Turaki A", "Turaki B", False),
        ("Magajin Gari One", "Magajin Gari Two", False),
        ("Magajin Gari One", "Magajin Gari 1", True),
        ("Magajingari1", "Magajingari2", False),
        ("Girei (1)", "Girei (2)", False),
        ("Kawo (NISKNT04)", "Kawo", True),
        ("N'gura", "Ngura", True),
        ("Kano North", "Kano South", False),
        ("Zone 1 Ward 2", "Zone 2 Ward 1", False),
        ("Sabon Gari", "Sabongari", True),
    ],
)
def test_numbers_and_letters_tell_sisters_apart(a, b, agree):
    assert name_tokens_agree(a, b) is agree
    assert name_tokens_agree(b, a) is agree


def test_zero_inside_a_word_is_read_as_na():
    assert repair_dhis2("ade0") == "adena"
    assert repair_dhis2("0sarawa") == "nasarawa"
    assert repair_dhis2("zone 10") == "zone 10"


@pytest.mark.parametrize(("value", "code"), [(10101, "10101"), (10101.0, "10101"), (" ni01 ", "NI01"), (None, ""),
                                             (float("nan"), ""), ("24006.0", "24006")])  # fmt: skip
def test_codes_are_text(value, code):
    assert clean_code(value) == code


def test_headers_are_recognised_by_whole_names():
    found = identify_columns(
        ["X", "Ward", "WARD_NAME", "adm3_pcode", "LGA", "lga_code", "STATE", "StateCode"]
    )
    assert found == {"ward_name": "WARD_NAME", "ward_code": "adm3_pcode", "lga_name": "LGA", "lga_code": "lga_code",
                     "state_name": "STATE", "state_code": "StateCode"}  # fmt: skip
    assert identify_columns(["forwarding", "awards"]) == {}


def test_table_without_a_ward_column_is_refused_with_its_headers():
    with pytest.raises(BadInput) as refusal:
        canonical_table(pd.DataFrame({"place": ["a"], "x": [1]}))
    assert refusal.value.problem()["code"] == "no_ward_column"
    assert refusal.value.problem()["examples"] == ["place", "x"]


def test_rows_are_counted_as_lines_of_the_file():
    assert canonical_table(pd.DataFrame({"Ward": ["a", "b"]}))["table_row"].tolist() == [2, 3]


def test_every_state_is_known_by_name_code_and_prefix():
    assert len(STATES) == 37
    for state in STATES:
        for text in (state.name, state.name.upper(), f"{state.name} State", *state.codes):
            assert state_of(text) is state, text
        assert state_of(f"{state.prefixes[0]} {state.name} State") is state


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Niger", "North Central"),
        ("NI", "North Central"),
        ("Abuja", "North Central"),
        ("Fct", "North Central"),
        ("Federal Capital Territory", "North Central"),
        ("FC", "North Central"),
        ("Akwa-Ibom", "South South"),
        ("DE", "South South"),
        ("Nigeria", None),
        ("", None),
        (None, None),
    ],
)
def test_zone_by_alias_only(text, zone):
    assert zone_of(text) == zone


def test_default_variables_of_several_zones_are_what_they_share():
    assert zone_variables(["North East"]) == ZONE_VARIABLES["North East"]
    assert zone_variables(["North East", "South East"]) == ("u5_tpr_rdt", "urban_percentage")
    assert zone_variables([]) == ()


@pytest.mark.parametrize(
    ("header", "variable"),
    [
        ("mean_rainfall", "rainfall"),
        ("distance_to_water", "distance_to_waterbodies"),
        ("avgRAD", "nighttime_lights"),
        ("mean_soil_wetness", "soil_wetness"),
        ("u5_tpr_rdt", "u5_tpr_rdt"),
        ("tpr_u5_new", "u5_tpr_rdt"),
        ("Burden", "burden"),
        ("NDMI", "ndmi"),
        ("NDWI", "ndwi"),
        ("urbanPercentage", "urban_percentage"),
        ("UrbanPerce", "urban_percentage"),
        ("val_housing_15", "housing_quality"),
        ("meanEVI", "evi"),
        ("temp_mean", "temp"),
        ("RH_mean", "humidity"),
    ],
)
def test_aliases(header, variable):
    assert lookup(header).id == variable


def test_unknown_headers_are_not_guessed():
    assert lookup("ndxi") is None and lookup("rain") is None
    assert suggest("ndxi", ["ndwi", "ndmi", "elevation"])[:2] == ["ndwi", "ndmi"]


@pytest.mark.parametrize("header", ["X", "X.1", "x", "Unnamed: 0", "WardCode", "lga_code", "facility_id", "GlobalID",
                                    "AMAPCODE", "Shape_Area", "properties", "country_na", "1", ""])  # fmt: skip
def test_identifiers(header):
    assert is_identifier(header)


@pytest.mark.parametrize(
    "header", ["rainfall", "flood", "elevation", "pfpr", "settlement_type", "totalArea", "exposure"]
)
def test_variables_are_no_identifiers(header):
    assert not is_identifier(header)


def test_support_columns_are_not_chosen():
    assert is_support("Population") and is_support("totalArea") and is_support("latitude")
    assert not is_support("rainfall")


@pytest.mark.parametrize(
    ("header", "direction", "legacy"),
    [
        ("distance_to_water", "inverse", "inverse"),
        ("avgRAD", "inverse", "direct"),
        ("dist_to_clinic", "direct", "direct"),
        ("urbanPercentage", "inverse", "inverse"),
        ("mean_rainfall", "direct", "direct"),
        ("something", "direct", "direct"),
    ],
)
def test_directions(header, direction, legacy):
    assert default_direction(header) == direction
    assert legacy_direction(header) == legacy


def test_a_variable_is_found_by_header_or_registry_name():
    headers = ["mean_rainfall", "NDWI", "NDMI"]
    assert find_column("Mean Rainfall", headers) == "mean_rainfall"
    assert find_column("rainfall", headers) == "mean_rainfall"
    assert find_column("ndwi", headers) == "NDWI"
    assert find_column("elevation", headers) is None
    assert find_column("tpr", ["TPR_pct", "test_positivity_rate"]) is None  # two could be meant
