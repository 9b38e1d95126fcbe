"""docker/start puts addresses and keys together; docker/upgrade goes through its steps and stops at the first that fails."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running_stack import ROOT
from tests.test_environment import PRODUCTION

START = ROOT / "docker" / "start"
FIRST, SECOND = "a" * 40, "b" * 40
HOSTED = {
    "DATABASE_HOST": "db.example",
    "WEB_PASSWORD": "web-word",
    "STAFF_PASSWORD": "staff-word",
    "SYSTEM_PASSWORD": "system-word",
    "CACHE_HOST": "cache.example",
    "CACHE_PASSWORD": "cache-word",
    "CLAIM_KEY": FIRST,
    "TASK_KEY": FIRST,
}
OWNER = {"OWNER_PASSWORD": "owner-word", "BACKUP_PASSWORD": "backup-word", "SUPERUSER_PASSWORD": "super-word"}
# Written to $CALLS with what it would build; fails at the step that $FAILS names. The web containers are the lines of
# $CALLS.web, each an id and its state; a new one becomes healthy when it is asked the second time, and never where $FAILS
# is "health". One of `docker compose run` is shown to whoever doesn't leave such out.
DOCKER = """#!/bin/sh
web=$CALLS.web
case "$*" in
    "compose config"*) [ "$FAILS" != config ] || exit 1; printf 'name: chatmrpt\\nservices:\\n  web: {}\\n'; exit ;;
    "ps "*)
        [ "$FAILS" != listing ] || exit 1
        case "$*" in *" label=com.docker.compose.project=chatmrpt "*" label=com.docker.compose.service=web "*) ;; *) exit 2 ;; esac
        case "$*" in
            *" status="*) grep -v ' running$' "$web" | cut -d ' ' -f 1 ;;
            *) cut -d ' ' -f 1 "$web" ;;
        esac
        case "$*" in *" label=com.docker.compose.oneoff=False"*) ;; *) echo one-off ;; esac
        exit ;;
    inspect*)
        touch "$CALLS.asked"
        shift 3
        for id; do
            if [ "$FAILS" != health ] && grep -qx "$id" "$CALLS.asked"; then echo healthy; else echo starting; fi
            echo "$id" >> "$CALLS.asked"
        done
        exit ;;
esac
echo "${CODE_VERSION:-as in .env}: $*" >> "$CALLS"
case "$*" in *"${FAILS:-nothing fails}"*) exit 1 ;; esac
case "$*" in
    *" --scale web="*)
        wanted=${*##*--scale web=}
        wanted=${wanted%% *}
        while [ "$(wc -l < "$web")" -lt "$wanted" ]; do
            echo "$CODE_VERSION-$(cat /proc/sys/kernel/random/uuid) running" >> "$web"
        done ;;
    "rm "*)
        for id; do
            grep -v -e "^$id " "$web" > "$web.kept" || true
            mv "$web.kept" "$web"
        done ;;
esac
"""


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def assembled(tmp_path):
    """What the program that docker/start becomes finds in its environment."""
    program(tmp_path / "python", "#!/bin/sh\nexec env\n")

    def ask(*command: str, **given: str) -> dict[str, str]:
        done = subprocess.run(
            [START, *(command or ("manage", "check"))], env={"PATH": f"{tmp_path}:/usr/bin:/bin"} | given,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return dict(line.split("=", 1) for line in done.stdout.splitlines())

    return ask


@pytest.fixture
def authorities(tmp_path) -> dict[str, str]:
    """The file of certificates that an operator puts beside docker/start before the image is built."""
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    return {"DATABASE_CA_FILE": str(tmp_path / "ca.pem")}


def at(authorities: dict[str, str]) -> str:
    return f"@db.example:5432/chatmrpt?sslmode=verify-full&sslrootcert={authorities['DATABASE_CA_FILE']}"


def test_addresses_are_put_together_from_host_and_passwords(assembled, authorities):
    found = assembled(**HOSTED, **authorities)
    assert found["DATABASE_URL"] == f"postgresql://chatmrpt_web:web-word{at(authorities)}"
    assert found["DATABASE_STAFF_URL"] == f"postgresql://chatmrpt_staff:staff-word{at(authorities)}"
    assert found["DATABASE_SYSTEM_URL"] == f"postgresql://chatmrpt_system:system-word{at(authorities)}"
    assert found["REDIS_URL"] == "rediss://:cache-word@cache.example:6379/0"
    assert not {"DATABASE_OWNER_URL", "DATABASE_BACKUP_URL", "DATABASE_SUPERUSER_URL"} & set(found)


def test_only_who_is_given_the_owners_password_gets_the_powerful_addresses(assembled, authorities):
    found = assembled(**HOSTED, **OWNER, **authorities)
    assert found["DATABASE_OWNER_URL"] == f"postgresql://chatmrpt_owner:owner-word{at(authorities)}"
    assert found["DATABASE_BACKUP_URL"] == f"postgresql://chatmrpt_backup:backup-word{at(authorities)}"
    assert found["DATABASE_SUPERUSER_URL"] == f"postgresql://postgres:super-word{at(authorities)}"


def test_a_database_server_whose_certificate_cannot_be_looked_at_stops_the_start(tmp_path):
    done = subprocess.run(
        [START, "manage", "check"], env={"PATH": "/usr/bin:/bin", "DATABASE_CA_FILE": str(tmp_path / "none")} | HOSTED,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert (
        f"{tmp_path / 'none'}: the certificates by which the database server is known are missing"
        in done.stderr
    )


def test_event_streams_start_without_any_password_of_the_database(assembled, authorities):
    given = {
        name: word
        for name, word in HOSTED.items()
        if name in ("DATABASE_HOST", "CACHE_HOST", "CACHE_PASSWORD")
    }
    found = assembled("streams", **given, **authorities)
    for role in ("web", "staff", "system"):
        name = "DATABASE_URL" if role == "web" else f"DATABASE_{role.upper()}_URL"
        assert found[name] == f"postgresql://chatmrpt_{role}:{at(authorities)}"
    # Nor does its health check, which goes the same way, want one.
    assert assembled("healthy", "streams", **given, **authorities)["DATABASE_HOST"] == "db.example"
    # What somebody hands it all the same is not passed on.
    assert "web-word" not in str(assembled("streams", **HOSTED, **authorities)["DATABASE_URL"])


@pytest.mark.parametrize("command", ["worker", "turns", "beat"])
def test_a_sign_of_life_of_the_container_before_is_none_of_the_next(assembled, tmp_path, command):
    """`/tmp` of a worker is on the disk and goes over to the container that takes its place, whose first look takes seconds."""
    mark = tmp_path / "heartbeat"
    mark.touch()
    assembled("healthy", WORKER_HEARTBEAT_FILE=str(mark))
    assert mark.exists()
    program(
        tmp_path / "python",
        '#!/bin/sh\n[ ! -e "$WORKER_HEARTBEAT_FILE" ] || { echo "still there: $*"; exit 1; }\nexec env\n',
    )
    assembled(command, WORKER_HEARTBEAT_FILE=str(mark))
    assert not mark.exists()


@pytest.mark.parametrize("command", ["web", "worker", "turns", "streams", "beat"])
def test_whoever_asks_rows_looks_at_the_wall_before_it_starts(tmp_path, command):
    """Streams and beat ask none and sign no claim: `assistant/streams` knows no database, the plain scheduler neither."""
    program(tmp_path / "python", '#!/bin/sh\necho "$*" >> "$CALLS"\n')
    calls = tmp_path / "calls"
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "CALLS": str(calls)}
    subprocess.run([START, command], env=environment, check=True)
    first = calls.read_text().splitlines()[0]
    assert (first == "manage.py check --database default") == (command in {"web", "worker", "turns"})


def test_whole_addresses_and_key_lists_stay_as_they_are(assembled):
    given = {name: PRODUCTION[name] for name in ("DATABASE_URL", "REDIS_URL", "CLAIM_KEYS", "TASK_KEYS")}
    found = assembled(**given)
    assert {name: found[name] for name in given} == given
    assert "DATABASE_STAFF_URL" not in found


@pytest.mark.parametrize("key", ["CLAIM_KEY", "TASK_KEY"])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, f"k1:{FIRST}"),
        ({"_NEXT": SECOND}, f"k1:{FIRST},k2:{SECOND}"),
        ({"_NEXT": SECOND, "_ID": "k2", "_NEXT_ID": "k1"}, f"k2:{FIRST},k1:{SECOND}"),
        ({"_ID": "k2", "_NEXT_ID": "k1"}, f"k2:{FIRST}"),
        ({"_ID": "k2", "_NEXT_ID": "k1", "_NEXT": ""}, f"k2:{FIRST}"),
    ],
)
def test_two_keys_are_valid_while_they_are_rotated(assembled, key, given, expected):
    found = assembled(**{key: FIRST}, **{f"{key}{part}": value for part, value in given.items()})
    assert found[f"{key}S"] == expected


def test_the_settings_read_what_was_put_together(authorities):
    """As a task on AWS starts: no whole address, no key list. That TLS itself works needs a server with it."""
    whole = {
        "DATABASE_URL",
        "DATABASE_STAFF_URL",
        "DATABASE_SYSTEM_URL",
        "REDIS_URL",
        "CLAIM_KEYS",
        "TASK_KEYS",
    }
    given = {name: value for name, value in PRODUCTION.items() if name not in whole}
    given |= (
        HOSTED
        | authorities
        | {
            "CLAIM_KEY_NEXT": SECOND,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
    )
    asked = (
        "from django.conf import settings as s; web = s.DATABASES['default']; "
        "print(web['USER'], web['PASSWORD'], web['HOST'], web['OPTIONS']['sslmode'], "
        "web['OPTIONS']['sslrootcert'], sorted(s.DATABASES)); "
        "print(s.CACHES['default']['LOCATION'], list(s.CLAIM_KEYS), list(s.TASK_KEYS)); "
        "from chatmrpt.celery import app; print(app.connection().ssl['ssl_cert_reqs'].name)"
    )
    done = subprocess.run(
        [START, "manage", "shell", "--no-imports", "-c", asked],
        env=given, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"chatmrpt_web web-word db.example verify-full {authorities['DATABASE_CA_FILE']} ['default', 'staff', 'system']",
        "rediss://:cache-word@cache.example:6379/0 ['k1', 'k2'] ['k1']",
        # The transport's own choice would be to take any certificate.
        "CERT_REQUIRED",
    ]


@pytest.fixture
def checkout(tmp_path):
    """A repository with one commit, an installation of an older one, and a `docker` that only writes down its calls."""
    (tmp_path / "docker").mkdir()
    shutil.copy(ROOT / "docker" / "upgrade", tmp_path / "docker")
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin" / "docker", DOCKER)
    program(tmp_path / "bin" / "sleep", "#!/bin/sh\n")
    (tmp_path / "calls.web").write_text("older-1 running\nolder-2 running\n")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "docker"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *command], check=True)
    (tmp_path / "docker" / ".env").write_text("CODE_VERSION=older\nSECRET_KEY=secret\n")
    return tmp_path


def upgraded(checkout: Path, **given: str) -> tuple[subprocess.CompletedProcess[str], list[str], str]:
    calls = checkout / "calls"
    calls.unlink(missing_ok=True)
    done = subprocess.run(
        [checkout / "docker" / "upgrade"], env={"PATH": f"{checkout / 'bin'}:/usr/bin:/bin", "CALLS": str(calls)} | given,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    written = calls.read_text().splitlines() if calls.exists() else []
    return done, written, (checkout / "docker" / ".env").read_text()


def serving(checkout: Path) -> list[str]:
    """Of which version each web container is that is left."""
    return [line.partition("-")[0] for line in (checkout / "calls.web").read_text().splitlines()]


def commit_of(checkout: Path) -> str:
    return subprocess.run(
        ["git", "-C", str(checkout), "rev-parse", "--short=12", "HEAD"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip


BESIDE = "compose up -d --no-deps --no-recreate --scale"


def test_an_upgrade_saves_builds_migrates_and_only_then_replaces(checkout):
    commit = commit_of(checkout)
    done, calls, written = upgraded(checkout)
    assert done.returncode == 0, done.stderr
    saved, *rest = calls
    # With the image that still runs, of which docker/.env tells.
    assert saved.startswith(f"as in .env: compose run --rm --no-deps backup backup /backups/before-{commit}-")
    assert rest == [
        f"{commit}: compose build web",
        f"{commit}: compose run --rm --no-deps roles",
        f"{commit}: compose run --rm --no-deps migrate",
        # Who knows the new tasks is there before who asks for them.
        f"{commit}: compose up -d --no-deps --wait --wait-timeout 300 worker turns",
        # One more is healthy before one of the old ones ends, so that somebody answers all the time.
        f"{commit}: {BESIDE} web=3 web",
        f"{commit}: stop older-1",
        f"{commit}: rm --volumes older-1",
        f"{commit}: {BESIDE} web=3 web",
        f"{commit}: stop older-2",
        f"{commit}: rm --volumes older-2",
        f"{commit}: compose up -d --wait",
    ]
    assert serving(checkout) == [commit, commit]
    assert written == f"SECRET_KEY=secret\nCODE_VERSION={commit}\n"
    assert (checkout / "docker" / ".env").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("stopped", ["", "older-3 exited\n"])
@pytest.mark.parametrize("running", ["", "older-1 running\n"])
def test_an_upgrade_of_fewer_web_containers(checkout, running, stopped):
    """One has a successor, too; where none runs there is none to wait for, and what is stopped is none of them."""
    (checkout / "calls.web").write_text(running + stopped)
    done, calls, _ = upgraded(checkout)
    assert done.returncode == 0, done.stderr
    commit = commit_of(checkout)
    assert [call for call in calls if BESIDE in call] == [f"{commit}: {BESIDE} web=2 web"] * bool(running)
    assert serving(checkout) == [commit] * bool(running)
    assert calls[-1].endswith("compose up -d --wait")


OLD_ENV = "CODE_VERSION=older\nSECRET_KEY=secret\n"


@pytest.mark.parametrize(
    ("step", "calls_made", "told"),
    [
        ("config", 0, "Nothing was changed"),
        ("backup", 1, "Nothing was changed"),
        ("build", 2, "Nothing was changed"),
        ("roles", 3, "Roles and tables may be those of"),
        ("migrate", 4, "Roles and tables may be those of"),
        ("worker turns", 5, "`docker compose up -d --no-deps worker turns` brings the old ones back."),
        ("listing", 5, "docker/.env names the old one"),
    ],
)  # fmt: skip
def test_a_step_that_fails_leaves_the_old_version(checkout, step, calls_made, told):
    done, calls, written = upgraded(checkout, FAILS=step)
    assert done.returncode != 0
    assert len(calls) == calls_made
    assert written == OLD_ENV
    assert serving(checkout) == ["older", "older"]
    assert told in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("step", ["health", "--scale", "stop"])
def test_a_new_web_container_that_fails_goes_and_the_old_ones_stay(checkout, step):
    done, calls, written = upgraded(checkout, FAILS=step)
    assert done.returncode != 0
    assert ("didn't get healthy in 300 s" in done.stderr) == (step == "health")
    assert "Workers are of" in done.stderr.splitlines()[-1]
    # Nor is any other container replaced, and the next `docker compose up -d` doesn't do it either.
    assert not [call for call in calls if call.endswith("up -d --wait")]
    assert written == OLD_ENV
    # What is healthy stays: the old one that didn't stop may be gone all the same.
    assert serving(checkout) == ["older", "older"] + [commit_of(checkout)] * (step == "stop")
    # The cause mended, the same script ends what was begun.
    done, _, _ = upgraded(checkout)
    assert done.returncode == 0, done.stderr
    assert set(serving(checkout)) == {commit_of(checkout)}


def test_when_the_last_step_fails_the_new_version_is_named(checkout):
    """Who runs compose again goes on with what serves already."""
    done, _, written = upgraded(checkout, FAILS="compose up -d --wait")
    assert done.returncode != 0
    commit = commit_of(checkout)
    assert written == f"SECRET_KEY=secret\nCODE_VERSION={commit}\n"
    assert serving(checkout) == [commit, commit]
    assert f"Workers and web containers are of {commit}" in done.stderr.splitlines()[-1]


@pytest.fixture
def heard():
    """A shell can't trap what was ignored when it began, as INT and HUP are in the background."""
    before = {one: signal.signal(one, signal.SIG_DFL) for one in (signal.SIGINT, signal.SIGHUP)}
    # What begins now begins with the defaults; this process itself ignores or handles them again afterwards.
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.mark.parametrize("sent", ["INT", "TERM", "HUP"])
@pytest.mark.usefixtures("heard")
def test_an_upgrade_that_is_broken_off_takes_away_what_it_has_started(checkout, sent):
    program(checkout / "bin" / "sleep", f"#!/bin/sh\nkill -{sent} $PPID\n")
    done, calls, written = upgraded(checkout)
    assert done.returncode == 130
    assert serving(checkout) == ["older", "older"]
    assert written == OLD_ENV
    assert not [call for call in calls if ": stop" in call]


def test_an_upgrade_refuses_what_it_cannot_begin(checkout):
    (checkout / "docker" / "models.env").write_text("LANGUAGE_MODELS=local\n")
    done, calls, _ = upgraded(checkout)
    assert (done.returncode, calls) == (1, [])
    assert "docker/settings.env" in done.stderr
    (checkout / "docker" / "models.env").unlink()
    with (checkout / "docker" / ".env").open("a") as env:
        env.write("MAIL_USER=programme\n")
    done, calls, _ = upgraded(checkout)
    assert (done.returncode, calls) == (1, [])
    assert "docker/settings.env" in done.stderr
    (checkout / "docker" / ".env").rename(checkout / "docker" / "moved")
    done = subprocess.run([checkout / "docker" / "upgrade"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "docker/setup" in done.stderr
