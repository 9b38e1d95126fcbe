"""What the browser is told about every response, and where scripts come from."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

ALLOWED_SOURCES = {"'none'", "'self'", "data:", "blob:"}


def policy_of(answer) -> dict[str, list[str]]:
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";")]
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("address", ["/health/live/", "/no-such-page/"])
@pytest.mark.django_db
def test_every_response_carries_the_policy(client: Client, address):
    answer = client.get(address)
    policy = policy_of(answer)
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_the_policy_admits_no_other_host_and_no_inline_code():
    for name, sources in settings.CONTENT_SECURITY_POLICY.items():
        assert set(sources) <= ALLOWED_SOURCES, name
        if name in ("script-src", "style-src", "default-src"):
            assert not {"data:", "blob:"} & set(sources), name


@pytest.mark.parametrize(
    "name", ["vendor/maplibre-gl.js", "vendor/maplibre-gl.css", "django_htmx/htmx-2.min.js"]
)
def test_libraries_come_from_installed_packages(name):
    found = finders.find(name)
    assert found is not None
    assert Path(found).stat().st_size > 10_000
    assert "site-packages" in found


@pytest.mark.parametrize(
    "name", ["vendor/ipywidget.js", "vendor/../__init__.py", "vendor/sub/maplibre-gl.js", "maplibre-gl.js"]
)
def test_nothing_else_of_those_packages_is_served(name):
    assert finders.find(name) is None
