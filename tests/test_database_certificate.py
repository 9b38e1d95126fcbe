"""docker/start's addresses on a server with TLS: libpq takes the one that the authorities know, and no other."""

import datetime
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.running_stack import ROOT

START = ROOT / "docker" / "start"
WORDS = {"WEB_PASSWORD": "w", "STAFF_PASSWORD": "s", "SYSTEM_PASSWORD": "y"}


def certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """One that signs itself, for a host; and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(
            issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=1
        )
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir()
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return folder / "certificate.pem", folder / "key.pem"


@contextmanager
def server(certificate: Path, key: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Speaks PostgreSQL as far as TLS and the first message, which it writes down."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    heard: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(8)
            connection.sendall(b"S")
            try:
                with context.wrap_socket(connection, server_side=True) as encrypted:
                    heard.append(encrypted.recv(1024))
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1], heard
        thread.join(10)


def address(tmp_path: Path, authorities: Path) -> str:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec env\n")
    python.chmod(0o755)
    done = subprocess.run(
        [START, "manage", "check"], capture_output=True, text=True, check=True,
        env=WORDS | {"PATH": f"{tmp_path}:/usr/bin:/bin", "DATABASE_HOST": "localhost", "DATABASE_CA_FILE": str(authorities)},
    )  # fmt: skip
    return dict(line.split("=", 1) for line in done.stdout.splitlines())["DATABASE_URL"]


@pytest.mark.parametrize(
    ("host", "known", "reached"),
    [("localhost", True, True), ("localhost", False, False), ("another.example", True, False)],
)
def test_only_the_server_that_the_certificates_vouch_for_hears_a_word(tmp_path, host, known, reached):
    own, key = certificate(tmp_path / "own", host)
    other, _ = certificate(tmp_path / "other", host)
    with server(own, key) as (port, heard):
        asked = address(tmp_path, own if known else other).replace(":5432/", f":{port}/")
        with pytest.raises(psycopg.OperationalError) as refused:
            psycopg.connect(asked, connect_timeout=10)
    assert any(b"chatmrpt_web" in one for one in heard) == reached
    assert ("certificate" in str(refused.value)) == (not reached), refused.value
