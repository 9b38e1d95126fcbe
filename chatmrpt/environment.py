"""Reads settings from environment variables, strictly.

A value that is missing where it is needed, or that is not what was expected, stops the start and names
the variable. Nothing is guessed and a secret is never repeated in a message.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SHORTEST_KEY = 32


class WrongSetting(ImproperlyConfigured):
    """An environment variable that stops the start."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"{name}: {expected}")
        self.name = name


@dataclass(frozen=True)
class Environment:
    """One set of variables; an empty value counts as not set."""

    values: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def is_set(self, name: str) -> bool:
        return bool(self.values.get(name, "").strip())

    def text(self, name: str, default: str | None = None) -> str:
        if self.is_set(name):
            return self.values[name].strip()
        if default is None:
            raise WrongSetting(name, "must be set")
        return default

    def choice(self, name: str, options: Sequence[str], default: str | None = None) -> str:
        value = self.text(name, default)
        if value not in options:
            raise WrongSetting(name, f"expected one of {', '.join(options)}, got {value!r}")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name, "true" if default else "false")
        if value not in ("true", "false"):
            raise WrongSetting(name, f"expected true or false, got {value!r}")
        return value == "true"

    def integer(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        value = self.text(name, str(default))
        expected = f"expected a whole number from {minimum} to {maximum}, got {value!r}"
        if not (value.isascii() and value.isdecimal()):
            raise WrongSetting(name, expected)
        if not minimum <= int(value) <= maximum:
            raise WrongSetting(name, expected)
        return int(value)

    def names(self, name: str, default: Sequence[str] | None = None) -> list[str]:
        """Comma-separated words, such as host names."""
        if not self.is_set(name) and default is not None:
            return list(default)
        found = [part.strip() for part in self.text(name).split(",")]
        if not all(found):
            raise WrongSetting(name, "expected values separated by single commas, found an empty one")
        return found

    def secret(self, name: str) -> str:
        value = self.text(name)
        if len(value) < SHORTEST_KEY:
            raise WrongSetting(name, f"expected at least {SHORTEST_KEY} characters, got {len(value)}")
        return value

    def keys(self, name: str) -> dict[str, bytes]:
        """Read `id:secret,id:secret`. The first one signs, all of them verify."""
        found: dict[str, bytes] = {}
        for pair in self.names(name):
            key_id, colon, secret = pair.partition(":")
            if not (colon and key_id.isalnum() and key_id.isascii()):
                raise WrongSetting(name, "expected id:secret pairs whose ids are letters and digits")
            if len(secret) < SHORTEST_KEY:
                raise WrongSetting(name, f"the secret of {key_id} has fewer than {SHORTEST_KEY} characters")
            if key_id in found:
                raise WrongSetting(name, f"the id {key_id} appears twice")
            found[key_id] = secret.encode()
        return found

    def address(self, name: str, schemes: Sequence[str], default: str | None = None) -> str:
        value = self.text(name, default)
        parts = self._split(name, value)
        if parts.scheme not in schemes or not (parts.hostname or parts.path):
            raise WrongSetting(name, f"expected an address that starts with {' or '.join(schemes)}://")
        return value

    def database(self, name: str) -> dict[str, object]:
        """Django's connection settings of `postgresql://user:password@host:port/name?sslmode=require`."""
        expected = "expected postgresql://user:password@host:port/name"
        parts = self._split(name, self.text(name))
        if parts.scheme not in ("postgresql", "postgres"):
            raise WrongSetting(name, expected)
        if not (parts.hostname and parts.username and parts.path.strip("/")):
            raise WrongSetting(name, expected)
        return {
            "NAME": unquote(parts.path.strip("/")),
            "USER": unquote(parts.username),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname),
            "PORT": str(parts.port or 5432),
            "OPTIONS": dict(parse_qsl(parts.query)),
        }

    def _split(self, name: str, value: str):
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError:
            raise WrongSetting(name, "expected an address; its host or port can't be read") from None
        return parts


def refuse_headless(who: str) -> None:
    """Stop a process that needs services when none were configured."""
    from django.conf import settings

    if settings.MODE == "headless":
        raise WrongSetting("CHATMRPT_MODE", f"{who} needs embedded or production; `make run` sets it")
