"""Loading by staff, as a command and in the admin: checked, versioned, told; and never by anybody else."""

import hashlib
from io import StringIO

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from reference.actions import load_reference, withdraw_reference
from reference.models import ReferenceSet
from reference.selectors import offered
from reference.tests.conftest import STATED, write_raster
from sessions_app.events import COMMAND_LINE
from sessions_app.isolation.testing import acting_as
from sessions_app.models import Event
from sessions_app.problems import Problem

OF_A_YEAR = ("--variable", "rainfall", "--temporal", "annual_sum")
ARGUMENTS = ["--name", "Test rain", "--year", "2021", "--licence", "CC BY 4.0", "--source", "made for a test"]


def run(path, *more, kind="raster"):
    out = StringIO()
    call_command("load_reference", str(path), "--kind", kind, *ARGUMENTS, *more, stdout=out)
    return out.getvalue()


def only_row():
    return ReferenceSet.objects.using("owner").order_by("-loaded_at").first()


def test_a_raster_by_the_command_is_kept_whole_with_what_it_holds(no_sets, staff, alice, tmp_path):
    path = write_raster(tmp_path / "rain.tif", np.full((4, 4), 900.0))
    said = run(path, *OF_A_YEAR, "--by", staff.email)
    row = only_row()
    assert str(row.pk) in said and "version 1" in said
    assert row.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    facts = {
        name: row.facts[name] for name in ("variable", "unit", "crs", "no_data", "valid_range", "temporal")
    }
    assert facts == {
        "variable": "rainfall", "unit": "mm", "crs": "EPSG:4326", "no_data": -9999.0, "valid_range": [0, 6000],
        "temporal": "annual_sum",
    }  # fmt: skip
    assert row.storage_key == f"reference/{row.pk}.tif"
    with default_storage.open(row.storage_key) as stored:
        assert stored.read() == path.read_bytes()
    [event] = staff.events("reference.loaded")
    assert (event.object_id, event.data["version"]) == (row.pk, 1)
    with acting_as(alice.user):
        assert [found.pk for found in offered("raster").filter(name="Test rain")] == [row.pk]


def test_a_load_without_an_account_is_an_event_of_the_command_line(rain):
    event = Event.objects.using("owner").get(verb="reference.loaded", object_id=rain.pk)
    assert event.actor == COMMAND_LINE


def test_the_same_name_again_is_the_next_version_and_the_same_bytes_are_refused(rain, alice, tmp_path):
    with pytest.raises(CommandError, match="version 1 of “Test rain” already"):
        run(tmp_path / "rain.tif", "--variable", "rainfall")
    path = write_raster(tmp_path / "newer.tif", np.full((4, 4), 900.0))
    run(path, *OF_A_YEAR)
    newer = only_row()
    assert newer.version == 2
    with acting_as(alice.user):
        assert [row.version for row in offered("raster").filter(name="Test rain")] == [2]
    assert withdraw_reference(by=COMMAND_LINE, reference=newer)
    with acting_as(alice.user):
        assert [row.version for row in offered("raster").filter(name="Test rain")] == [1]


@pytest.mark.parametrize(
    ("values", "options", "told"),
    [
        # What 2021 rainfall files are known to hold instead of rain: millions everywhere.
        ([np.full((4, 4), 9.3e6)], ("--variable", "rainfall"), "9.3e\\+06; rainfall lies between 0 and 6,000 mm"),
        ([np.full((4, 4), 9.0)], (), "Say what the raster holds"),
        ([np.full((4, 4), 9.0)], ("--variable", "moonlight"), "not a known variable"),
        ([np.ones((4, 4)), np.ones((4, 4))], ("--variable", "pfpr"), "which one is meant"),
        ([np.full((4, 4), -9999.0)], ("--variable", "pfpr"), "no cell with data"),
        ([np.ones((4, 4))], ("--variable", "pfpr", "--band", "3"), "bands 1 to 1, not 3"),
        ([np.ones((4, 4))], ("--variable", "pfpr", "--valid-max", "7"), "wider than"),
        ([np.ones((4, 4))], ("--variable", "pfpr", "--temporal", "hourly"), "no rule"),
        ([np.full((4, 4), 244.0)], ("--variable", "rainfall"), "One month or a whole year"),
        ([np.full((4, 4), 25.0)] * 12, ("--variable", "temp", "--band", "8"), "One month or a whole year"),
        ([np.full((4, 4), 3.0)], ("--variable", "livestock", "--unit", "animals", "--valid-min", "0", "--valid-max", "9"),
         "valid_max and temporal"),
        ([np.full((4, 4), 244.0)], ("--variable", "rainfall", "--temporal", "month"), "“2021” does not say which"),
        ([np.full((4, 4), 900.0)], (*OF_A_YEAR, "--year", "2021-08"), "2021-08 is a month"),
        ([np.full((4, 4), 900.0)], (*OF_A_YEAR, "--year", "2021-13"), "“2021-13” is no year"),
    ],
)  # fmt: skip
def test_a_raster_that_can_not_be_right_is_refused_and_leaves_nothing(
    no_sets, tmp_path, values, options, told
):
    before = ReferenceSet.objects.using("owner").count()
    path = write_raster(tmp_path / "wrong.tif", *values)
    with pytest.raises(CommandError, match=told):
        run(path, *options)
    assert ReferenceSet.objects.using("owner").count() == before


def test_a_band_without_data_is_no_band_and_twelve_bands_are_a_year(no_sets, tmp_path):
    empty = np.full((4, 4), -9999.0)
    run(write_raster(tmp_path / "pfpr.tif", np.full((4, 4), 0.3), empty), "--variable", "pfpr")
    assert (only_row().facts["band"], only_row().facts["months"]) == (1, 0)
    run(write_raster(tmp_path / "year.tif", *[np.full((4, 4), 80.0)] * 12), "--variable", "rainfall")
    assert (only_row().facts["band"], only_row().facts["months"]) == (None, 12)


def test_an_unknown_variable_brings_its_own_unit_and_range(no_sets, tmp_path):
    path = write_raster(tmp_path / "x.tif", np.full((4, 4), 3.0))
    told = ("--unit", "animals/km²", "--valid-min", "0", "--valid-max", "500", "--temporal", "static")
    run(path, "--variable", "livestock", *told)
    facts = only_row().facts
    assert (facts["unit"], facts["valid_range"]) == ("animals/km²", [0, 500])


def test_a_file_that_is_no_raster_is_refused(no_sets, tmp_path):
    path = tmp_path / "words.tif"
    path.write_text("not a picture")
    with pytest.raises(CommandError, match="not a GeoTIFF or is damaged"):
        run(path, "--variable", "pfpr")


@pytest.mark.parametrize("field", ["name", "year", "licence", "source"])
def test_what_is_not_stated_is_asked_for(no_sets, tmp_path, field):
    path = write_raster(tmp_path / "rain.tif", np.full((4, 4), 900.0))
    with pytest.raises(Problem, match=f"The {field} is not stated"):
        load_reference(by=COMMAND_LINE, kind="raster", path=path, file_name="rain.tif",
                       stated=STATED | {field: " "}, options={"variable": "rainfall"})  # fmt: skip


def test_only_a_staff_account_can_be_named(no_sets, alice, tmp_path):
    path = write_raster(tmp_path / "rain.tif", np.full((4, 4), 900.0))
    with pytest.raises(CommandError, match="no active staff account"):
        run(path, "--variable", "rainfall", "--by", alice.email)


def form_of(path, **changes):
    said = STATED | {"kind": "raster", "raster:variable": "rainfall", "raster:temporal": "annual_sum"}
    return said | {"file": SimpleUploadedFile(path.name, path.read_bytes())} | changes


def test_staff_load_and_withdraw_in_the_admin_and_both_are_events(no_sets, staff, alice, tmp_path):
    path = write_raster(tmp_path / "rain.tif", np.full((4, 4), 900.0))
    page = "/admin/reference/referenceset/"
    assert "licence" in staff.client.get(f"{page}add/").content.decode()
    answer = staff.client.post(f"{page}add/", form_of(path))
    assert answer.status_code == 302, answer.content.decode()
    row = only_row()
    assert [event.object_id for event in staff.events("reference.loaded")] == [row.pk]
    assert "Test rain" in staff.client.get(page).content.decode()
    assert row.sha256 in staff.client.get(f"{page}{row.pk}/change/").content.decode()
    answer = staff.client.post(page, {"action": "withdraw", "_selected_action": [str(row.pk)]})
    assert answer.status_code == 302
    assert [event.object_id for event in staff.events("reference.withdrawn")] == [row.pk]
    with acting_as(alice.user):
        assert not offered("raster").filter(name="Test rain").exists()


def test_a_refused_file_is_told_in_the_admin(no_sets, staff, tmp_path):
    path = write_raster(tmp_path / "rain.tif", np.full((4, 4), 9.3e6))
    answer = staff.client.post("/admin/reference/referenceset/add/", form_of(path))
    assert answer.status_code == 422
    assert "impossible values" in answer.content.decode()


def test_nobody_else_finds_the_admin_page(no_sets, alice, tmp_path):
    path = write_raster(tmp_path / "rain.tif", np.full((4, 4), 900.0))
    before = ReferenceSet.objects.using("owner").count()
    assert alice.client.get("/admin/reference/referenceset/add/").status_code == 404
    assert alice.client.post("/admin/reference/referenceset/add/", form_of(path)).status_code == 404
    assert ReferenceSet.objects.using("owner").count() == before


def test_the_api_lists_and_shows_them_to_who_is_signed_in_and_to_nobody_else(rain, alice, browser):
    assert browser().get("/api/reference/").status_code == 401
    listed = alice.client.get("/api/reference/?kind=raster")
    assert listed.status_code == 200
    [row] = [row for row in listed.json() if row["id"] == str(rain.pk)]
    assert (row["source"], row["year"], row["version"]) == ("made for a test", "2021", 1)
    assert "storage_key" not in row
    assert alice.client.get(f"/api/reference/{rain.pk}/").json()["facts"]["variable"] == "rainfall"
    assert alice.client.get("/api/reference/?kind=secrets").status_code == 400
    assert alice.client.get("/api/reference/?year=2021").status_code == 400
    assert alice.client.post("/api/reference/", {}).status_code in (403, 405)
    assert alice.client.get(f"/api/reference/{alice.user.pk}/").status_code == 404
