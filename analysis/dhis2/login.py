"""How one signs in to a DHIS2: by a personal access token, or by user name and password. Needs no Django."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Login:
    """Never shown: its text holds no secret, so that no log and no error page can print one."""

    token: str = field(default="", repr=False)
    user_name: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def header(self) -> str:
        """The value of the header ``Authorization``."""
        if self.token:
            return f"ApiToken {self.token}"
        pair = f"{self.user_name}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"
