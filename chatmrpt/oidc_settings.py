"""Through which OpenID providers people may sign in: read from the environment as strictly as everything else.

`OIDC_PROVIDERS` names them; each then has variables of its own, `OIDC_<NAME>_…`. None is the default.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from chatmrpt.environment import Environment, WrongSetting

PREFIX = "OIDC_"
NAME = re.compile(r"[a-z][a-z0-9]{0,19}")
PARTS = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "LABEL")
OTHERS = ("OIDC_PROVIDERS", "OIDC_SECONDS")
LOOPBACK = ("127.0.0.1", "localhost", "::1")

Provider = Mapping[str, str]


def oidc_providers(env: Environment) -> Mapping[str, Provider]:
    """The providers by name, in the order of their buttons on the sign-in page."""
    names = env.names("OIDC_PROVIDERS", [])
    for name in names:
        if not NAME.fullmatch(name):
            raise WrongSetting("OIDC_PROVIDERS", f"expected small letters and digits, up to 20, got {name!r}")
    if len(set(names)) != len(names):
        raise WrongSetting("OIDC_PROVIDERS", "a name appears twice")
    known = {f"{PREFIX}{name.upper()}_{part}" for name in names for part in PARTS}
    for variable in sorted(env.values):
        ours = variable.startswith(PREFIX) and variable not in (*OTHERS, *known)
        if ours and env.is_set(variable):
            raise WrongSetting(variable, "belongs to no provider that OIDC_PROVIDERS names, or is misspelt")
    found = {name: _provider(env, name) for name in names}
    issuers = [provider["issuer"] for provider in found.values()]
    if len(set(issuers)) != len(issuers):
        raise WrongSetting("OIDC_PROVIDERS", "two of them have the same issuer")
    return MappingProxyType(found)


def _provider(env: Environment, name: str) -> Provider:
    prefix = f"{PREFIX}{name.upper()}_"
    return MappingProxyType(
        {
            "issuer": _issuer(env, f"{prefix}ISSUER"),
            "client_id": env.text(f"{prefix}CLIENT_ID"),
            # A public client has none: PKCE is what protects its codes.
            "client_secret": env.text(f"{prefix}CLIENT_SECRET", ""),
            "label": env.text(f"{prefix}LABEL", name.title()),
        }
    )


def _issuer(env: Environment, name: str) -> str:
    """Exactly as the provider writes it: some end it with a slash, and it is compared letter by letter."""
    issuer = env.address(name, ("https", "http"))
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise WrongSetting(name, "expected an address that starts with https://")
    if parts.query or parts.fragment:
        raise WrongSetting(name, "expected an address without ? and #")
    return issuer
