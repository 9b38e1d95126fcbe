"""A running server, started as a person starts it, and two people with accounts on it."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest
from django.core.management import call_command

from chatmrpt.stack.throwaway import ThrowawayStack
from chatmrpt_client import Client
from tests.running_stack import eventually, processes_of, running


@dataclass(frozen=True)
class Account:
    address: str
    email: str
    password: str

    def client(self, **options: object) -> Client:
        return Client.sign_in(self.address, self.email, self.password, **options)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Its address."""
    folder = ThrowawayStack()
    state = folder.folder / "state"
    with running(state) as stack:
        assert stack.ready_line().startswith("READY ")
        yield f"http://127.0.0.1:{stack.port}"
    assert processes_of(state) == {}
    folder.remove()


@pytest.fixture(scope="session")
def people(server: str) -> tuple[Account, Account]:
    return signed_up(server), signed_up(server)


def signed_up(server: str) -> Account:
    """A new account, opened on the page as people open one."""
    email, password = f"analyst-{secrets.token_hex(6)}@example.org", secrets.token_urlsafe(12)
    with httpx.Client(base_url=server, timeout=60) as browser:
        pages: list[str] = []
        # A machine that is busy may ask to come back.
        assert eventually(
            lambda: pages.append(browser.get("/accounts/sign-up/").text) or "csrfmiddle" in pages[-1], 60
        )
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', pages[-1])
        assert token
        sent = {"csrfmiddlewaretoken": token[1], "email": email, "display_name": "", "new_password": password}
        answer = browser.post("/accounts/sign-up/", data=sent, headers={"Referer": server})
        assert answer.status_code == 302, answer.text
    return Account(server, email, password)


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> tuple[Path, Path]:
    """The made-up state's ward table and boundaries."""
    folder = tmp_path_factory.mktemp("demo")
    call_command("make_demo_data", "--out", str(folder), verbosity=0)
    return folder / "ward_table.csv", folder / "boundaries.gpkg"
