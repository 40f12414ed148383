"""Imports as a person does them: a real browser, a real server, real workers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conftest import free_port, wait_until
from reid.detecting.running.tests.photographed import SIZE, in_use
from reid.detecting.tests import networks
from reid.intake import requests, storage
from reid.intake.tests.uploaded import card, jpeg, megadetector, put
from reid.models import Detection, Image, Import, ImportRequest, ReidRun, UploadedFile
from thumper.conftest import START_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

    from thumper.pages.tests.looking import Looker

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def upload_root(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of one test, for the server and the workers that it starts too."""
    for name in ("UPLOAD_ROOT", "MEDIA_ROOT"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        setattr(settings, name, folder)
        monkeypatch.setenv(name, str(folder))
    for name, value in (("UPLOAD_DISK_RESERVE", 0), ("UPLOAD_CHUNK_BYTES", 20_000)):
        setattr(settings, name, value)
        monkeypatch.setenv(name, str(value))
    return Path(settings.UPLOAD_ROOT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A card of four photographs with its detector's file, and what a system leaves about."""
    folder = tmp_path / "card"
    (folder / "100RECNX").mkdir(parents=True)
    names = [f"100RECNX/RCNX000{number}.JPG" for number in range(1, 5)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(jpeg(number))
    (folder / "boxes.json").write_bytes(megadetector(names))
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / "film.lrv").write_bytes(b"x")
    return folder


class Page:
    def __init__(self, browser: Chrome) -> None:
        self.browser = browser

    def one(self, selector: str) -> WebElement:
        return self.browser.find_element("css selector", selector)

    def press(self, text: str) -> None:
        """Press it once it can be pressed: a script may show it only when it has read the chosen files."""
        from selenium.common.exceptions import WebDriverException

        place = f"//main//*[self::button or self::a][normalize-space()='{text}']"

        def is_ready() -> bool:
            try:
                button = self.browser.find_element("xpath", place)
                return button.is_displayed() and button.is_enabled()
            except WebDriverException:
                return False

        wait_until(is_ready, START_SECONDS, text)
        self.browser.find_element("xpath", place).click()

    def says(self, text: str, seconds: int = START_SECONDS) -> None:
        from selenium.common.exceptions import WebDriverException

        def is_there() -> bool:
            try:
                return text in self.one("body").text
            except WebDriverException:
                return False

        try:
            wait_until(is_there, seconds, text)
        except pytest.fail.Exception:
            pytest.fail(f"not on the page: {text}; it says: {self.one('body').text}")

    def choose(self, selector: str, path: Path) -> None:
        """What a person does in the dialogue of files."""
        self.one(selector).send_keys(str(path))

    @property
    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.browser.get_log("browser")]


@pytest.fixture
def page(redis_client: Any, upload_root: Path, browser: Chrome, site: str) -> Page:
    browser.get(f"{site}/imports/new")
    page = Page(browser)
    page.press("Choose photographs")
    page.says("1. Photographs")
    return page


def test_a_card_is_uploaded_looked_at_imported_identified_and_undone(
    page: Page, folder: Path, start_process: Callable[..., Any]
) -> None:
    for queue in ("imports", "maintenance"):
        start_process("rqworker", queue)
    page.choose("#folder", folder)
    page.says("Photographs and videos: 4. Tables and detector files: 1.")
    page.says("Left out, because they are no photographs, videos, tables or detector files: .lrv 1")
    page.press("Send them")
    page.says("All of them have arrived.")
    page.says("5 files are here")
    page.says("2. What are they?")
    assert (
        sorted(UploadedFile.objects.values_list("path", flat=True))[0]
        == "card/100RECNX/RCNX0001.JPG"
    )
    row = ImportRequest.objects.get()
    there = storage.folder_of(row.pk) / "card/100RECNX/RCNX0003.JPG"
    assert there.read_bytes() == (folder / "100RECNX/RCNX0003.JPG").read_bytes()

    page.one("#camera").send_keys("North gate")
    page.one("[name=animals][value=unknown_deer]").click()
    page.press("Look at what would be imported")
    page.says("3. This would be imported")
    page.says("MegaDetector")
    assert not Image.objects.exists()
    page.one("[name=clock_is_right]").click()
    page.press("Import")
    page.says("deer are being told apart")
    assert Image.objects.count() == Detection.objects.count() == 4
    row.refresh_from_db()
    assert row.run is not None

    record = Import.objects.get()
    page.browser.get(
        page.browser.current_url.partition("/imports/")[0] + f"/imports/{record.pk}/undo"
    )
    page.press("Undo it")
    page.says("Undone: 4 photographs and 4 animals are gone.")
    assert not Image.objects.exists()
    assert page.complaints == []


def test_a_search_is_cancelled_on_its_page_and_goes_on(
    page: Page, tmp_path: Path, settings: Any, start_process: Callable[..., Any]
) -> None:
    """No worker has the search yet when it is cancelled: the one that takes it finds that it is to stop."""
    settings.MODEL_ROOT = tmp_path / "models"
    in_use()
    card = tmp_path / "card"
    card.mkdir()
    for number in range(3):
        content = networks.photograph(SIZE, animal=(30, 30 + number, 60, 30))
        (card / f"{number}.png").write_bytes(content)
    start_process("rqworker", "imports")
    page.choose("#folder", card)
    page.press("Send them")
    page.says("2. What are they?")
    page.one("#camera").send_keys("North gate")
    page.press("Look at what would be imported")
    page.says("3. This would be imported")
    page.one("[name=clock_is_right]").click()
    page.press("Import")
    page.says("animals are being found on them")
    page.press("Cancel")
    page.says("It stops after the photographs in hand.")
    worker = ("rqworker", "gpu", "--worker-class", "thumper.runtime.workers.GpuWorker")
    start_process(*worker, MODEL_ROOT=str(settings.MODEL_ROOT))
    page.says("You have stopped it. The photographs are imported")
    assert ReidRun.objects.get().state == ReidRun.State.CANCELLED
    assert Image.objects.count() == 3
    page.press("Go on")
    page.says("3 photographs were searched: animals 3")
    assert Detection.objects.count() == 3
    assert page.complaints == []


def test_a_folder_that_is_chosen_again_goes_on_where_it_was(page: Page, folder: Path) -> None:
    row = ImportRequest.objects.get()
    name = "card/100RECNX/RCNX0001.JPG"
    source = folder / "100RECNX/RCNX0001.JPG"
    modified = int(source.stat().st_mtime * 1000)
    put(row, name, source.read_bytes(), modified_ms=modified)
    page.choose("#folder", folder)
    page.says("1 of them are here already.")
    page.press("Send them")
    page.says("All of them have arrived.")
    page.choose("#folder", folder)
    page.says("All of them are here already.")
    assert UploadedFile.objects.count() == 5
    assert page.complaints == []


def test_what_the_server_refuses_is_said_by_file_and_the_rest_comes_in(
    page: Page, folder: Path
) -> None:
    row = ImportRequest.objects.get()
    put(row, "card/100RECNX/RCNX0001.JPG", b"another photograph")
    page.choose("#folder", folder)
    page.says("Photographs and videos: 4.")
    page.press("Send them")
    page.says("Not all of them have arrived. 1 could not be sent:")
    page.says("card/100RECNX/RCNX0001.JPG: Another file was uploaded as card/100RECNX/RCNX0001.JPG")
    assert UploadedFile.objects.filter(finished_at__isnull=False).count() == 5


def test_pages_of_an_import_are_in_order_at_every_step(
    upload_root: Path, redis_client: Any, django_user_model: Any, looker: Looker
) -> None:
    from reid.intake.answers import Answers
    from reid.intake.working import work

    user = django_user_model.objects.get(username="local")
    row = requests.create_upload(user, "North gate, May")
    address = f"/imports/requests/{row.pk}/"
    assert not looker.at(address, "import-empty")
    put(row, "boxes.json", megadetector(card(row)))
    put(row, "table.csv", b"Where,Who,When\n100RECNX/RCNX0001.JPG,Old Gus,2025-10-01 18:00\n")
    put(row, "broken.jpg", b"no photograph")
    assert not looker.at(address, "import-questions")
    requests.give_answers(row, "table.csv", Answers())
    assert not looker.at(address, "import-columns")
    requests.give_answers(row, "boxes.json", Answers(camera="North gate", animals="unknown_deer"))
    requests.look(row)
    assert not looker.at(address, "import-progress")
    work.work(row.pk)
    assert not looker.at(address, "import-preview")
    row.refresh_from_db()
    requests.start(row, clock_is_right=True)
    work.work(row.pk)
    assert not looker.at(address, "import-identifying")
    ImportRequest.objects.update(state=ImportRequest.State.DONE)
    assert not looker.at(address, "import-done")
    record = Import.objects.get()
    for name in ("", "problems", "undo"):
        assert not looker.at(f"/imports/{record.pk}/{name}", f"import-one-{name}")
    assert not looker.at("/imports/", "imports")


class Server:
    """A web server in a process of its own, which can be killed and started again at its port."""

    def __init__(self, env: dict[str, str]) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self.env = env
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "thumper.wsgi", "--bind", self.address),
                *("--config", "python:thumper.runtime.web_server", "--workers", "1"),
            ],
            cwd=Path(__file__).parents[4],
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self.answers, START_SECONDS, "the server answers")

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.address}/healthz", timeout=5):
                return True
        except OSError:
            return False

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def asked(server: Server, url: str, method: str, data: bytes = b"", **headers: str) -> Any:
    """One request of a program with a token; the answer, an error of HTTP too."""
    request = urllib.request.Request(
        f"http://{server.address}{url}",
        data or None,
        {"Tus-Resumable": "1.0.0"} | {key.replace("_", "-"): text for key, text in headers.items()},
        method=method,
    )
    try:
        return urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        return error


def test_an_upload_goes_on_after_the_server_was_killed_in_the_middle_of_a_piece(
    upload_root: Path, process_env: dict[str, str], django_user_model: Any
) -> None:
    from thumper.models import ApiToken

    user = django_user_model.objects.get(username="local")
    row = requests.create_upload(user, "North gate")
    token = ApiToken(user=user, name="card reader", scope=ApiToken.Scope.WRITE)
    bearer: Any = {"Authorization": f"Bearer {token.new_key()}"}
    token.save()
    content, whole = os.urandom(3_000_000), 1_500_000
    env = process_env | {"UPLOAD_ROOT": str(upload_root), "UPLOAD_CHUNK_BYTES": "8000000"}
    server = Server(env)
    try:
        made = asked(
            server,
            f"/uploads/{row.pk}/",
            "POST",
            Upload_Length=str(len(content)),
            Upload_Metadata="filename MS5qcGc=",
            **bearer,
        )
        assert made.status == 201
        url = made.headers["Location"]
        patch: Any = {"Content_Type": "application/offset+octet-stream", **bearer}
        first = asked(server, url, "PATCH", content[:whole], Upload_Offset="0", **patch)
        assert first.status == 204
        host, port = server.address.split(":")
        with socket.create_connection((host, int(port))) as half:
            lines = [
                f"PATCH {url} HTTP/1.1",
                f"Host: {server.address}",
                "Tus-Resumable: 1.0.0",
                f"Upload-Offset: {whole}",
                "Content-Type: application/offset+octet-stream",
                f"Content-Length: {len(content) - whole}",
                f"Authorization: {bearer['Authorization']}",
            ]
            half.sendall("\r\n".join([*lines, "", ""]).encode() + content[whole:2_200_000])
            server.kill()
        server.start()
        offset = int(asked(server, url, "HEAD", **bearer).headers["Upload-Offset"])
        assert offset == whole  # the server hands on a piece when all of it has come
        rest = asked(
            server,
            url,
            "PATCH",
            content[offset:],
            Upload_Offset=str(offset),
            **patch,
        )
        assert (rest.status, rest.headers["Upload-Offset"]) == (204, str(len(content)))
        assert (storage.folder_of(row.pk) / "1.jpg").read_bytes() == content
    finally:
        server.kill()


def test_an_import_goes_on_after_its_worker_was_killed(
    upload_root: Path, redis_client: Any, django_user_model: Any, start_process: Callable[..., Any]
) -> None:
    from reid import jobs
    from reid.intake.answers import Answers
    from reid.intake.working import work

    row = requests.create_upload(django_user_model.objects.get(username="local"), "North gate")
    card(row, 40)
    requests.give_answers(row, "", Answers(camera="North gate"))
    requests.look(row)
    work.work(row.pk)
    row.refresh_from_db()
    requests.start(row, clock_is_right=True)
    worker = start_process("rqworker", "imports")

    def horse() -> list[int]:
        children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    wait_until(lambda: Import.objects.exists(), START_SECONDS, "the import has begun")
    for pid in horse():
        os.kill(pid, signal.SIGKILL)

    def is_noticed() -> bool:
        state = ImportRequest.objects.get(pk=row.pk)
        return not state.at_work or state.state != ImportRequest.State.IMPORTING

    wait_until(is_noticed, START_SECONDS, "the worker notices that its work-horse is gone")
    jobs.resume_silent()

    def is_done() -> bool:
        return ImportRequest.objects.get(pk=row.pk).state == ImportRequest.State.DONE

    wait_until(is_done, START_SECONDS, "the import is done")
    assert Image.objects.count() == 40
