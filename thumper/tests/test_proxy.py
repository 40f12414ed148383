"""The proxy of the documentation, a real nginx before the real web server: TLS, limits, uploads, slow senders."""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from conftest import free_port, wait_until
from reid.intake import requests, storage
from thumper.api.problems import CONTENT_TYPE
from thumper.models import ApiToken
from thumper.tests.test_settings import PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).parents[2]
SITE = ROOT / "docs/operating/nginx.conf"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
HOST = "deer.example.org"
START_SECONDS = 120
MEBIBYTE = 2**20
MAIN = """daemon off;
{user}
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Answer(NamedTuple):
    status: int
    headers: Any
    body: bytes


class Proxy(NamedTuple):
    port: int
    plain_port: int
    context: ssl.SSLContext

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=60, context=self.context
        )
        named = {key.replace("_", "-"): text for key, text in headers.items()}
        try:
            connection.request(method, path, body or None, {"Host": HOST} | named)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz").status == 200
        except OSError:
            return False


@pytest.fixture
def upload_root(tmp_path: Path, settings: Any) -> Path:
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    settings.UPLOAD_ROOT.mkdir()
    return tmp_path / "uploads"


@pytest.fixture
def proxy(
    process_env: dict[str, str], upload_root: Path, tmp_path: Path, redis_client: Any
) -> Iterator[Proxy]:
    if not NGINX:
        pytest.skip("no proxy: install the Debian packages nginx-light and openssl")
    plain, secure, behind = free_port(), free_port(), free_port()
    certificate, key = tmp_path / "fullchain.pem", tmp_path / "privkey.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", f"/CN={HOST}", "-out", str(certificate), "-keyout", str(key)),
        ],
        check=True,
        capture_output=True,
    )
    site = SITE.read_text()
    for there, here in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl", f"listen 127.0.0.1:{secure} ssl"),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{behind};"),
        (f"/etc/letsencrypt/live/{HOST}/fullchain.pem", str(certificate)),
        (f"/etc/letsencrypt/live/{HOST}/privkey.pem", str(key)),
    ):
        assert site.count(there) == 1, there
        site = site.replace(there, here)
    (tmp_path / "site.conf").write_text(site)
    user = "user root;" if os.getuid() == 0 else ""  # pytest's folder is open to its owner alone
    (tmp_path / "nginx.conf").write_text(MAIN.format(user=user, folder=tmp_path))
    env = PRODUCTION | process_env
    env |= {"BEHIND_PROXY": "true", "UPLOAD_ROOT": str(upload_root), "UPLOAD_DISK_RESERVE": "0"}
    with ExitStack() as stack:
        for name, command in {
            "web": [
                *(sys.executable, "-m", "gunicorn", "thumper.wsgi"),
                *("--config", "python:thumper.runtime.web_server", "--workers", "1"),
                *("--bind", f"127.0.0.1:{behind}"),
            ],
            "nginx": [NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
        }.items():
            log = stack.enter_context((tmp_path / f"{name}.log").open("wb"))
            process = subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT
            )
            stack.callback(process.wait, 60)
            stack.callback(process.terminate)
        context = ssl.create_default_context(cafile=str(certificate))
        context.check_hostname = False
        proxy = Proxy(secure, plain, context)
        wait_until(proxy.answers, START_SECONDS, f"the proxy answers; see {tmp_path}")
        yield proxy


def test_the_proxy_of_the_documentation_serves_and_limits(proxy: Proxy) -> None:
    """One test: each start of a server takes as long as all of these."""
    serves_over_tls_alone(proxy)
    limits_bodies_that_are_no_photographs(proxy)
    passes_a_long_request_line(proxy)
    lets_no_crowd_of_slow_senders_freeze_it(proxy)
    lets_nobody_try_passwords_for_long(proxy)


def serves_over_tls_alone(proxy: Proxy) -> None:
    plain = http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=60)
    plain.request("GET", "/review/", headers={"Host": HOST})
    answer = plain.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/review/")
    plain.close()
    nothing: dict[str, Any] = {}
    for forged in (nothing, nothing | {"X_Forwarded_Proto": "http"}):
        page = proxy.ask("GET", "/review/", **forged)
        assert (page.status, page.headers["Location"]) == (302, "/sign-in/?next=/review/")
        # Of this host, and not of the others of its domain.
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    api = proxy.ask("GET", "/api/exports/")
    assert (api.status, json.loads(api.body)["status"]) == (401, 401)


def limits_bodies_that_are_no_photographs(proxy: Proxy) -> None:
    asked = [
        proxy.ask("POST", "/api/exports/pdf", b"x" * int(size * MEBIBYTE)) for size in (2.5, 4)
    ]
    assert [answer.status for answer in asked] == [413, 413]
    assert asked[0].headers["Content-Type"] == CONTENT_TYPE
    unknown = "/uploads/11111111-2222-4333-8444-555555555555/"
    assert proxy.ask("POST", unknown, b"x" * (8 * MEBIBYTE)).status == 401
    assert proxy.ask("POST", unknown, b"x" * (10 * MEBIBYTE)).status == 413


def passes_a_long_request_line(proxy: Proxy) -> None:
    assert proxy.ask("GET", f"/healthz?{'x' * 8_000}").status == 200


def lets_no_crowd_of_slow_senders_freeze_it(proxy: Proxy) -> None:
    half = f"POST /sign-in/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 9\r\n".encode()
    with ExitStack() as crowd:
        for _ in range(48):
            raw = crowd.enter_context(socket.create_connection(("127.0.0.1", proxy.port)))
            crowd.enter_context(proxy.context.wrap_socket(raw)).sendall(half)
        assert [proxy.ask("GET", "/healthz").status for _ in range(8)] == [200] * 8


def lets_nobody_try_passwords_for_long(proxy: Proxy) -> None:
    answers = [proxy.ask("POST", "/sign-in/", b"a=1").status for _ in range(40)]
    assert answers[0] != 429
    assert answers[-1] == 429


def test_a_form_is_taken_from_the_port_that_was_asked_for(
    proxy: Proxy, django_user_model: Any
) -> None:
    django_user_model.objects.create_user("ann", password="a long one for Ann")
    place, key = f"{HOST}:{proxy.port}", "k" * 32
    form = f"csrfmiddlewaretoken={key}&username=ann&password=a+long+one+for+Ann".encode()
    sent: Any = {"Host": place, "Origin": f"https://{place}", "Cookie": f"csrftoken={key}"}
    kind: Any = {"Content_Type": "application/x-www-form-urlencoded"}
    answer = proxy.ask("POST", "/sign-in/", form, **sent, **kind)
    assert (answer.status, answer.headers["Location"]) == (302, "/")


def test_a_piece_of_an_upload_comes_whole(
    proxy: Proxy, django_user_model: Any, upload_root: Path
) -> None:
    user = django_user_model.objects.create_superuser("ann", password="a long one for Ann")
    row = requests.create_upload(user, "North gate")
    token = ApiToken(user=user, name="card reader", scope=ApiToken.Scope.WRITE)
    sent: Any = {"Authorization": f"Bearer {token.new_key()}", "Tus_Resumable": "1.0.0"}
    token.save()
    content = os.urandom(5 * MEBIBYTE)
    name = base64.b64encode(b"1.jpg").decode()
    metadata: Any = {"Upload_Length": str(len(content)), "Upload_Metadata": f"filename {name}"}
    made = proxy.ask("POST", f"/uploads/{row.pk}/", **sent, **metadata)
    assert made.status == 201, made.body
    piece: Any = {"Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}
    brought = proxy.ask("PATCH", made.headers["Location"], content, **sent, **piece)
    assert (brought.status, brought.headers["Upload-Offset"]) == (204, str(len(content)))
    assert (storage.folder_of(row.pk) / "1.jpg").read_bytes() == content
