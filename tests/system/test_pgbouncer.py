"""PgBouncer in transaction mode in front: a server connection is another user's a moment later, the claim is not."""

import os
import random
import shutil
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections, transaction

from chatmrpt.stack.folders import service_user, write_private
from chatmrpt.stack.processes import Child, ReservedPort, wait_for
from sessions_app.isolation import claims, testing
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisSession

PROGRAM = shutil.which("pgbouncer") or next(
    (path for path in ("/usr/sbin/pgbouncer", "/usr/bin/pgbouncer") if Path(path).exists()), ""
)
pytestmark = [
    pytest.mark.pgbouncer,
    pytest.mark.skipif(not PROGRAM, reason="no pgbouncer here (apt-get install pgbouncer)"),
]
USERS, ROUNDS, SERVER_CONNECTIONS, THREADS = 8, 50, 2, 6


@pytest.fixture(scope="module")
def pooled_port(stack) -> Iterator[int]:
    """Two server connections for everybody."""
    folder = stack.folder / "pgbouncer"
    folder.mkdir(mode=0o700)
    user = service_user()
    if user.differs:
        os.chown(folder, user.uid, user.gid)
    port = ReservedPort()
    password = stack.services.secrets["web_password"]
    write_private(folder / "users", f'"chatmrpt_web" "{password}"\n', user)
    lines = [
        "[databases]",
        f"chatmrpt = host=127.0.0.1 port={stack.services.postgres_port} dbname=chatmrpt",
        "[pgbouncer]",
        "listen_addr = 127.0.0.1",
        f"listen_port = {port.number}",
        "unix_socket_dir =",
        "auth_type = plain",
        f"auth_file = {folder / 'users'}",
        "pool_mode = transaction",
        f"default_pool_size = {SERVER_CONNECTIONS}",
        "max_client_conn = 200",
        "ignore_startup_parameters = extra_float_digits,options",
    ]
    config = write_private(folder / "pgbouncer.ini", "\n".join(lines) + "\n", user)
    port.hand_over()
    child = Child(
        name="pgbouncer",
        command=[PROGRAM, str(config)],
        log=stack.folder / "log" / "pgbouncer.log",
        environment={"PATH": "/usr/sbin:/usr/bin:/bin"},
        user=user,
    )
    child.start()

    def answers() -> bool:
        try:
            with psycopg.connect(_address(port.number, password), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    assert wait_for(answers, seconds=20, pause=0.2), child.last_lines()
    yield port.number
    child.stop()


def _address(port: int, password: str) -> str:
    return f"postgresql://chatmrpt_web:{password}@127.0.0.1:{port}/chatmrpt"


@pytest.fixture
def people(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        made = [testing.make_user() for _ in range(USERS)]
        for user in made:
            with testing.acting_as(user):
                AnalysisSession.objects.create(owner=user, name=str(user.pk))
        yield made
        testing.forget(*made)


def test_claims_never_mix_on_shared_server_connections(pooled_port, stack, people):
    address = _address(pooled_port, stack.services.secrets["web_password"])
    servers: set[int] = set()
    lock = threading.Lock()

    def read(user) -> list[str]:
        wrong = []
        with psycopg.connect(address, autocommit=True, prepare_threshold=None) as client:
            for _ in range(ROUNDS):
                with client.transaction():
                    client.execute("SELECT set_config('app.claims', %s, true)", [claims.sign(user.pk)])
                    names = [
                        name for (name,) in client.execute("SELECT name FROM sessions_app_analysissession")
                    ]
                    (server,) = client.execute("SELECT pg_backend_pid()").fetchone()
                if names != [str(user.pk)]:
                    wrong.append(f"{user.pk} saw {names}")
                with lock:
                    servers.add(server)
                # And without a claim, on whatever connection was just somebody's: nothing.
                rows = client.execute("SELECT count(*) FROM sessions_app_analysissession").fetchone()
                if rows != (0,):
                    wrong.append(f"nobody saw {rows}")
        return wrong

    with ThreadPoolExecutor(USERS) as pool:
        assert [problem for found in pool.map(read, people) for problem in found] == []
    assert len(servers) <= SERVER_CONNECTIONS, "the connections were not shared, so nothing is proven"


@pytest.fixture
def through_the_pooler(pooled_port, people) -> Iterator[None]:
    """Our engine, its scope and its transactions, on the pooler's port: in every thread, for they share the settings."""
    settings = connections["default"].settings_dict
    kept = dict(settings)

    def begin_afresh() -> None:
        connections["default"].close()
        if connections["default"].pool is not None:
            connections["default"].close_pool()

    begin_afresh()
    settings |= {"PORT": str(pooled_port), "DISABLE_SERVER_SIDE_CURSORS": True}
    try:
        yield
    finally:
        begin_afresh()
        settings.clear()
        settings.update(kept)


@pytest.mark.usefixtures("through_the_pooler")
def test_the_orm_reads_its_own_through_the_pooler(people):
    for _ in range(10):
        for user in people:
            with scope(user.pk), transaction.atomic():
                assert list(AnalysisSession.objects.values_list("name", flat=True)) == [str(user.pk)]


class Undone(Exception):
    pass


@pytest.mark.usefixtures("through_the_pooler")
def test_threads_of_our_engine_share_server_connections_and_no_rows(people):
    """Each thread is one user after the other. BEGIN and the claim go out together, and again after a savepoint."""
    served: dict[int, set[str]] = defaultdict(set)
    lock = threading.Lock()

    def names() -> list[str]:
        return list(AnalysisSession.objects.values_list("name", flat=True))

    def work(number: int) -> list[str]:
        draw, wrong = random.Random(number), []
        try:
            for _ in range(ROUNDS):
                user = draw.choice(people)
                with scope(user.pk), transaction.atomic(), connection.cursor() as cursor:
                    seen = names()
                    with suppress(Undone), transaction.atomic():
                        AnalysisSession.objects.create(owner=user, name=str(user.pk))
                        seen += names()
                        raise Undone
                    seen += names()
                    cursor.execute("SELECT pg_backend_pid()")
                    with lock:
                        served[cursor.fetchone()[0]].add(str(user.pk))
                if seen != [str(user.pk)] * 4:
                    wrong.append(f"{user.pk} saw {seen}")
                # And in nobody's name, on whatever connection was just somebody's: nothing.
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SELECT count(*) FROM sessions_app_analysissession")
                    if (rows := cursor.fetchone()) != (0,):
                        wrong.append(f"nobody saw {rows}")
        finally:
            connections.close_all()
        return wrong

    with ThreadPoolExecutor(THREADS) as pool:
        assert [problem for found in pool.map(work, range(THREADS)) for problem in found] == []
    assert len(served) <= SERVER_CONNECTIONS
    assert min(map(len, served.values())) > 1, "no connection was shared, so nothing is proven"
