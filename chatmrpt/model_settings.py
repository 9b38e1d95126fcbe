"""Which language models are configured: read from the environment as strictly as everything else.

`LANGUAGE_MODELS` names them; each then has variables of its own, `LANGUAGE_MODEL_<NAME>_…`. None is the default.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from chatmrpt.environment import Environment, WrongSetting

PREFIX = "LANGUAGE_MODEL_"
NAME = re.compile(r"[a-z][a-z0-9]{0,19}")
PRICE = re.compile(r"\d{1,6}(\.\d{1,6})?")
PROTOCOLS = ("openai", "anthropic")
PARTS = ("PROTOCOL", "URL", "MODEL", "KEY", "PRICES")

Model = Mapping[str, object]


def language_models(env: Environment) -> Mapping[str, Model]:
    """The models by name, in the order in which they are named; the first one answers the chat."""
    names = env.names("LANGUAGE_MODELS", [])
    for name in names:
        if not NAME.fullmatch(name):
            raise WrongSetting(
                "LANGUAGE_MODELS", f"expected small letters and digits, up to 20, got {name!r}"
            )
    if len(set(names)) != len(names):
        raise WrongSetting("LANGUAGE_MODELS", "a name appears twice")
    known = {f"{PREFIX}{name.upper()}_{part}" for name in names for part in PARTS}
    for variable in env.values:
        if variable.startswith(PREFIX) and env.is_set(variable) and variable not in known:
            raise WrongSetting(variable, "belongs to no model that LANGUAGE_MODELS names, or is misspelt")
    return MappingProxyType({name: _model(env, f"{PREFIX}{name.upper()}_") for name in names})


def _model(env: Environment, prefix: str) -> Model:
    protocol = env.choice(f"{prefix}PROTOCOL", PROTOCOLS)
    key = env.text(f"{prefix}KEY", "")
    if protocol == "anthropic" and not key:
        raise WrongSetting(f"{prefix}KEY", "must be set for this protocol")
    return MappingProxyType(
        {
            "protocol": protocol,
            "url": env.address(f"{prefix}URL", ("https", "http")).rstrip("/"),
            "model": env.text(f"{prefix}MODEL"),
            "key": key,
            "prices": _prices(env, f"{prefix}PRICES"),
        }
    )


def _prices(env: Environment, name: str) -> tuple[Decimal, Decimal] | None:
    """US dollars for a million tokens read and a million written; without them costs stay unknown."""
    if not env.is_set(name):
        return None
    parts = env.names(name)
    if len(parts) != 2 or not all(PRICE.fullmatch(part) for part in parts):
        raise WrongSetting(name, "expected two prices such as 0.15,0.60, in US dollars for a million tokens")
    return Decimal(parts[0]), Decimal(parts[1])
