import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from django.core.files.storage import default_storage
from rasterio import Affine

from reference.actions import load_reference
from reference.models import ReferenceSet
from sessions_app.accounts.tests.conftest import alice, bob, browser, committed, person
from sessions_app.events import COMMAND_LINE

__all__ = ["alice", "bob", "browser", "committed", "person"]


@pytest.fixture
def staff(person):
    return person("sade", staff=True, roles=["Reference manager"])


STATED = {"name": "Test rain", "year": "2021", "licence": "CC BY 4.0", "source": "made for a test"}


def write_raster(path: Path, *bands: np.ndarray, west: float = 0.0, north: float = 4.0, **options) -> Path:
    rows, columns = bands[0].shape
    profile = {"driver": "GTiff", "width": columns, "height": rows, "count": len(bands), "dtype": "float32",
               "crs": "EPSG:4326", "transform": Affine(1.0, 0.0, west, 0.0, -1.0, north), "nodata": -9999.0}  # fmt: skip
    with rasterio.open(path, "w", **(profile | options)) as out:
        for number, band in enumerate(bands, start=1):
            out.write(band.astype("float32"), number)
    return path


@pytest.fixture
def no_sets(committed: None) -> Iterator[None]:
    """Whatever the test loads is gone afterwards."""
    before = set(ReferenceSet.objects.using("owner").values_list("pk", flat=True))
    yield
    made = ReferenceSet.objects.using("owner").exclude(pk__in=before)
    for row in made:
        with contextlib.suppress(FileNotFoundError):
            default_storage.delete(row.storage_key)
    made._raw_delete("owner")


@pytest.fixture
def rain(no_sets: None, tmp_path: Path) -> ReferenceSet:
    path = write_raster(tmp_path / "rain.tif", np.arange(16.0).reshape(4, 4) * 100)
    return load_reference(
        by=COMMAND_LINE, kind="raster", path=path, file_name=path.name, stated=STATED,
        options={"variable": "rainfall", "temporal": "annual_sum"},
    )  # fmt: skip
