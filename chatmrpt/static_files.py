"""Static files: ours, and the libraries that installed packages carry."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

VENDOR_PREFIX = "vendor"
MAPLIBRE_FILES = ("maplibre-gl.js", "maplibre-gl.css")


class VendorFinder(BaseFinder):
    """Offers MapLibre from its wheel as vendor/maplibre-gl.js and .css, and nothing else of that wheel."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # find_spec locates the package without importing it: its import costs a second.
        spec = importlib.util.find_spec("maplibre")
        assert spec is not None and spec.origin is not None
        self.storage = FileSystemStorage(location=Path(spec.origin).parent / "srcjs")
        self.storage.prefix = VENDOR_PREFIX  # type: ignore[attr-defined]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        folder, _, name = path.rpartition("/")
        known = folder == VENDOR_PREFIX and name in MAPLIBRE_FILES
        if not known:
            return []
        match = self.storage.path(name)
        return [match] if find_all else match

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        for name in MAPLIBRE_FILES:
            yield name, self.storage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Names with a content hash, so that browsers may keep them for ever."""

    # Without Django's source-map pattern: wheels ship minified files whose maps they leave out.
    patterns = (
        (
            "*.css",
            (
                r"""(?P<matched>url\(['"]{0,1}\s*(?P<url>.*?)["']{0,1}\))""",
                (
                    r"""(?P<matched>@import\s*["']\s*(?P<url>.*?)["'])""",
                    """@import url("%(url)s")""",
                ),
            ),
        ),
    )
