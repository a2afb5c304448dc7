"""A real nginx with deploy/nginx.conf before a real service: who signs in there is taken for who they are."""

from __future__ import annotations

import datetime
import re
import shutil
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.e2e.processes import Service
from tests.servers.fixtures import missing
from tests.servers.process import Server, free_ports

pytestmark = pytest.mark.servers

CONFIGURATION = (Path(__file__).parents[2] / "deploy" / "nginx.conf").read_text(encoding="utf-8")
TOKEN = "correct horse"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ssl.SSLContext]]:
    """Its address, on a port that is not the usual one, and whom to trust."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        missing("no nginx: Debian's package nginx-light has it")
    folder, port = tmp_path_factory.mktemp("nginx"), free_ports(1)
    certificate, key = _certificate(folder)
    with Service(folder, {"BTT_ADMIN_TOKEN": TOKEN, "BTT_SWEEP_INTERVAL": "0"}) as service:
        block = re.sub(r"\n\s*listen \[::\][^\n]*", "", CONFIGURATION).replace(
            "listen 443", f"listen 127.0.0.1:{port}"
        )
        block = block.replace("http://127.0.0.1:5000", service.url)
        block = re.sub(r"ssl_certificate [^;]*", f"ssl_certificate {certificate}", block)
        block = re.sub(r"ssl_certificate_key [^;]*", f"ssl_certificate_key {key}", block)
        file = folder / "nginx.conf"
        temporary = "".join(
            f"{name}_temp_path {folder};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        file.write_text(
            f"daemon off; pid {folder}/pid; error_log stderr; user root;\n"
            f"events {{}} http {{ access_log off; {temporary} {block} }}\n"
        )
        with Server("nginx", [str(program), "-p", str(folder), "-c", str(file)], port, folder) as server:
            server.start()
            trust = ssl.create_default_context(cafile=str(certificate))
            yield f"https://127.0.0.1:{port}", trust


def test_a_sign_in_through_nginx_on_another_port_is_taken(proxy: tuple[str, ssl.SSLContext]) -> None:
    url, trust = proxy
    with httpx.Client(verify=trust, base_url=url) as browser:
        assert browser.get("/sign-in").status_code == 200
        answer = browser.post("/sign-in", data={"token": TOKEN}, headers={"Origin": url})
        assert answer.status_code == 303, answer.text
        assert "Secure" in answer.headers["set-cookie"]
        # What is signed in may change something, from pages of this host and port.
        assert browser.post("/imports/x/cancel", headers={"Origin": url}).status_code == 303


@pytest.mark.parametrize("origin", ["https://127.0.0.1", "https://127.0.0.1:1", "https://other.example"])
def test_a_page_of_another_port_or_host_signs_nobody_in(
    origin: str, proxy: tuple[str, ssl.SSLContext]
) -> None:
    url, trust = proxy
    answer = httpx.post(f"{url}/sign-in", data={"token": TOKEN}, headers={"Origin": origin}, verify=trust)
    assert answer.status_code == 403


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return files
