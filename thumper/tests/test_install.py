"""Installing from lock files: what comes, from where, what is said before, and what is refused."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import socket
import subprocess
import sys
import threading
import zipfile
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PYTHON = f"cp{sys.version_info[0]}{sys.version_info[1]}"
TAG = f"{PYTHON}-{PYTHON}-manylinux_2_5_{platform.machine()}"
HERE = f"{sys.version_info[0]}.{sys.version_info[1]} linux-{platform.machine()}"
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="torch has a CPU build for Linux")


def tool(monkeypatch: pytest.MonkeyPatch, name: str) -> Any:
    """A module of the folder .install, which is no package."""
    monkeypatch.syspath_prepend(str(ROOT / ".install"))
    return import_module(name)


# --- the lock files of the project ----------------------------------------------------------------

LOCKS = {
    "requirements.txt": "requirements.lock",
    "requirements-dev.txt": "requirements-dev.lock",
    "benchmarks/quality/requirements.txt": "benchmarks/quality/requirements.lock",
}


def pins(path: str) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", (ROOT / path).read_text(), re.M)
    return {name.lower().replace("_", "-"): version for name, version in found}


@pytest.mark.parametrize(("source", "target"), LOCKS.items())
def test_a_lock_fits_its_requirements(source: str, target: str) -> None:
    """Where it does not: ./run lock."""
    asked, locked = pins(source), pins(target)
    assert asked
    assert {name: locked.get(name) for name in asked} == asked


def test_all_locks_have_the_same_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    install = tool(monkeypatch, "install")
    runtime, dev, mutants = (
        {key.partition(" ")[0] for key in install.Lock.read(ROOT / name).requirements}
        for name in LOCKS.values()
    )
    assert runtime <= dev <= mutants


@pytest.mark.parametrize("target", LOCKS.values())
def test_everything_that_is_locked_has_checksums(
    monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    lock = tool(monkeypatch, "install").Lock.read(ROOT / target)
    assert len(lock.requirements) > 50
    for name, text in lock.requirements.items():
        assert re.findall(r"--hash=sha256:[0-9a-f]{64}\b", text), name


@pytest.mark.parametrize("target", [*LOCKS.values(), "requirements-cpu.lock"])
def test_a_lock_names_no_place_to_install_from(target: str) -> None:
    assert not re.search(r"://|index-url|find-links", (ROOT / target).read_text())


@pytest.mark.parametrize("target", LOCKS.values())
def test_a_lock_says_how_much_it_downloads(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    lock = tool(monkeypatch, "install").Lock.read(ROOT / target)
    for python in ("3.11", "3.12", "3.13"):
        for system in ("linux-x86_64", "linux-aarch64", "darwin-arm64", "windows-amd64"):
            whole, with_cpu = lock.sizes[python, system]
            assert 100 < with_cpu <= whole < 10_000


def test_the_lock_of_the_cpu_build_is_of_the_torch_that_is_locked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install = tool(monkeypatch, "install")
    text = (ROOT / "requirements-cpu.lock").read_text()
    assert re.findall(r"^torch==(\S+)", text, re.M) == [pins("requirements.txt")["torch"] + "+cpu"]
    wheels = install.WHEEL.findall(text)
    assert len(wheels) == len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", text)) > 0
    replaced = set(install.REPLACED.search(text)[1].split(", "))
    assert {"torch", "triton", "nvidia-cublas"} <= replaced <= set(pins("requirements.lock"))
    assert not replaced & (set(pins("requirements.txt")) - {"torch"})


def test_only_the_installer_calls_pip() -> None:
    for name in ("run", "Dockerfile", ".ci/run"):
        assert not re.search(r"pip install|-m pip\b", (ROOT / name).read_text()), name


# --- the installer --------------------------------------------------------------------------------


@dataclass
class Store:
    """An index of a registry and torch's own, served from a folder."""

    folder: Path
    url: str

    def add(self, index: str, name: str, version: str, tag: str, *requires: str) -> str:
        """A wheel with nothing in it; its checksum."""
        place = self.folder / index / name.replace("_", "-")
        place.mkdir(parents=True, exist_ok=True)
        file = place / f"{name}-{version}-{tag}.whl"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        metadata += "".join(f"Requires-Dist: {one}\n" for one in requires)
        with zipfile.ZipFile(file, "w") as wheel:
            home = f"{name}-{version}.dist-info"
            wheel.writestr(f"{home}/METADATA", metadata)
            wheel.writestr(
                f"{home}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
            )
            wheel.writestr(f"{home}/RECORD", "")
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        with (place / "index.html").open("a") as page:
            page.write(
                f'<a href="{file.name.replace("+", "%2B")}#sha256={digest}">{file.name}</a>\n'
            )
        return digest


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    folder = tmp_path / "store"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Store(folder, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def locked(store: Store, tmp_path: Path) -> Path:
    """A lock of a torch with CUDA, and one of its CPU build, of which both indexes have the wheels."""
    digests = {
        "nvidia-cublas==13.1": store.add("registry", "nvidia_cublas", "13.1", "py3-none-any"),
        "herdtools==1.0": store.add(
            "registry", "herdtools", "1.0", "py3-none-any", "torch==2.13.0"
        ),
        "torch==2.13.0": store.add("registry", "torch", "2.13.0", "py3-none-any", "nvidia-cublas"),
    }
    cpu = store.add("cpu", "torch", "2.13.0+cpu", TAG)
    lines = [f"{name} \\\n    --hash=sha256:{digest}\n" for name, digest in digests.items()]
    head = f"# size {HERE} 2991 MB, 453 MB with torch's CPU build\n"
    (tmp_path / "requirements.lock").write_text(head + "".join(lines))
    (tmp_path / "requirements-cpu.lock").write_text(
        f"# instead of nvidia-cublas, torch\n# wheel torch-2.13.0+cpu-{TAG}.whl 192 MB\n"
        f"torch==2.13.0+cpu \\\n    --hash=sha256:{cpu}\n"
    )
    return tmp_path


def install(
    folder: Path, store: Store, *options: str, **env: str
) -> tuple[subprocess.CompletedProcess[str], set[str]]:
    """Run the installer on the folder's locks; what it said, and what is installed."""
    site = folder / "site"
    done = subprocess.run(
        [sys.executable, str(ROOT / ".install/install.py"), "requirements.lock", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        | {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": f"{store.url}/registry",
            "PIP_NO_CACHE_DIR": "1",
            "PIP_TARGET": str(site),
            "THUMPER_TORCH_INDEX": f"{store.url}/cpu",
        }
        | env,
    )
    names = {path.name.removesuffix(".dist-info") for path in site.glob("*.dist-info")}
    return done, names


WITH_CUDA = {"herdtools-1.0", "torch-2.13.0", "nvidia_cublas-13.1"}
WITH_CPU = {"herdtools-1.0", "torch-2.13.0+cpu"}


@on_linux
@pytest.mark.service
def test_the_cpu_build_comes_from_its_own_index_and_brings_no_cuda(
    locked: Path, store: Store
) -> None:
    done, names = install(locked, store, "--torch", "cpu")
    assert names == WITH_CPU, done.stderr
    assert done.stderr.startswith("Downloading at most 453 MB (torch's CPU build, 192 MB, in it)")
    assert done.returncode == 0


@on_linux
@pytest.mark.service
def test_a_computer_decides_by_its_card(locked: Path, store: Store, tmp_path: Path) -> None:
    if Path("/proc/driver/nvidia/version").exists():
        pytest.skip("this computer has an NVIDIA card")
    _, names = install(locked, store, PATH="/nowhere")
    assert names == WITH_CPU
    card = tmp_path / "bin" / "nvidia-smi"
    card.parent.mkdir()
    card.touch(mode=0o755)
    (tmp_path / "site").rename(tmp_path / "before")
    _, names = install(locked, store, PATH=str(card.parent))
    assert names == WITH_CUDA


@on_linux
@pytest.mark.service
def test_cuda_may_be_asked_for(locked: Path, store: Store) -> None:
    done, names = install(locked, store, "--torch", "cuda")
    assert (names, done.stderr.strip()) == (WITH_CUDA, "Downloading at most 2,991 MB ...")


@on_linux
@pytest.mark.service
@pytest.mark.parametrize("how", ["refuses", "is silent", "has no torch"])
def test_where_its_index_does_not_answer_the_registry_s_torch_is_taken(
    locked: Path, store: Store, how: str
) -> None:
    with contextlib.ExitStack() as stack:
        index = f"{store.url}/nothing"
        if how != "has no torch":
            closed = stack.enter_context(socket.socket())
            closed.bind(("127.0.0.1", 0))
            index = f"http://127.0.0.1:{closed.getsockname()[1]}"
            if how == "is silent":
                closed.listen()
        done, names = install(locked, store, "--torch", "cpu", THUMPER_TORCH_INDEX=index)
    assert names == WITH_CUDA, done.stderr
    assert "No CPU build of torch: its index does not answer within 5 s, or does" in done.stderr
    assert done.stderr.strip().endswith("Downloading at most 2,991 MB ...")


@on_linux
@pytest.mark.service
def test_a_folder_that_pip_knows_will_do_as_well(locked: Path, store: Store) -> None:
    folder = store.folder / "cpu" / "torch"
    nowhere = f"{store.url}/nothing"
    _, names = install(
        locked, store, "--torch", "cpu", THUMPER_TORCH_INDEX=nowhere, PIP_FIND_LINKS=str(folder)
    )
    assert names == WITH_CPU


@on_linux
@pytest.mark.service
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "requirements-cpu.lock is missing (./run lock makes it where torch's own index"),
        (f"# wheel torch-2.13.0+cpu-{TAG.replace(PYTHON, 'cp300')}.whl 1 MB\n", "has no wheel for"),
    ],
)
def test_a_lock_of_the_cpu_build_that_is_not_there_is_said(
    locked: Path, store: Store, text: str | None, words: str
) -> None:
    (locked / "requirements-cpu.lock").unlink()
    if text is not None:
        (locked / "requirements-cpu.lock").write_text(text)
    done, names = install(locked, store, "--torch", "cpu")
    assert names == WITH_CUDA, done.stderr
    assert words in done.stderr


@on_linux
@pytest.mark.service
def test_a_cpu_build_with_another_checksum_ends_everything(locked: Path, store: Store) -> None:
    (store.folder / "cpu" / "torch" / "index.html").unlink()
    store.add("cpu", "torch", "2.13.0+cpu", TAG, "evil")
    done, names = install(locked, store, "--torch", "cpu")
    assert (done.returncode, names) == (1, set())
    assert "A wheel of torch is not the one that was locked: nothing is installed." in done.stderr


@pytest.mark.service
def test_a_package_with_another_checksum_is_refused(locked: Path, store: Store) -> None:
    (store.folder / "registry" / "herdtools" / "index.html").unlink()
    store.add("registry", "herdtools", "1.0", "py3-none-any", "evil")
    done, names = install(locked, store, "--torch", "cuda")
    assert (done.returncode != 0, names) == (True, set())
    assert "DO NOT MATCH THE HASHES" in done.stderr


@pytest.mark.service
def test_a_package_that_the_lock_forgot_is_refused(locked: Path, store: Store) -> None:
    store.add("registry", "forgotten", "1.0", "py3-none-any")
    digest = store.add("registry", "newcomer", "1.0", "py3-none-any", "forgotten")
    with (locked / "requirements.lock").open("a") as lock:
        lock.write(f"newcomer==1.0 \\\n    --hash=sha256:{digest}\n")
    done, names = install(locked, store, "--torch", "cuda")
    assert (done.returncode != 0, names) == (True, set())
    assert "forgotten" in done.stderr


# --- the maker of lock files ----------------------------------------------------------------------


def test_wheels_of_the_cpu_build_are_read_from_its_index(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = store.add("cpu", "torch", "2.13.0+cpu", TAG)
    store.add("cpu", "torch", "2.12.0+cpu", TAG)
    store.add("cpu", "torch", "2.13.0+cpu", f"{PYTHON}-{PYTHON}-win_amd64")
    monkeypatch.setenv("THUMPER_TORCH_INDEX", f"{store.url}/cpu")
    wheels = tool(monkeypatch, "lock").cpu_wheels("2.13.0")
    name = f"torch-2.13.0+cpu-{TAG}.whl"
    assert wheels == {name: (digest, (store.folder / "cpu" / "torch" / name).stat().st_size)}


def test_without_the_index_a_folder_that_pip_knows_has_the_wheels(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = store.add("cpu", "torch", "2.13.0+cpu", TAG)
    monkeypatch.setenv("THUMPER_TORCH_INDEX", f"{store.url}/nothing")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_FIND_LINKS", str(store.folder / "cpu" / "torch"))
    lock = tool(monkeypatch, "lock")
    assert [found for found, _ in lock.cpu_wheels("2.13.0").values()] == [digest]
    assert "torch's own index does not answer within 5 s" in capsys.readouterr().err
    monkeypatch.setenv("PIP_FIND_LINKS", str(store.folder))
    assert lock.cpu_wheels("2.13.0") == {}


def test_wheels_that_are_known_stay_where_the_index_cannot_be_asked(
    locked: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever made the lock first may have reached it."""
    monkeypatch.setenv("THUMPER_TORCH_INDEX", f"{store.url}/nothing")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    maker, cpu_lock = tool(monkeypatch, "lock"), locked / "requirements-cpu.lock"
    monkeypatch.setattr(maker, "ROOT", locked)
    lock = tool(monkeypatch, "install").Lock.read(locked / "requirements.lock")
    before = cpu_lock.read_text()
    assert maker.lock_cpu_build(lock) == ({"torch"}, 192 * 10**6)
    assert cpu_lock.read_text().splitlines()[2:] == before.splitlines()[1:]
    lock.requirements = {"torch==2.14.0": ""}
    assert maker.lock_cpu_build(lock) == (set(), 0)
    assert not cpu_lock.exists()  # of a torch that is not locked any more


def test_what_the_cpu_build_replaces_is_what_nobody_else_requires(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linux = "; sys_platform == 'linux'"
    (tmp_path / "a.lock").write_text(
        f"inotify==1.0 {linux} \\\n    --hash=sha256:1\n    # via watcher\n"
        f"nvidia-a==1.0 {linux} \\\n    --hash=sha256:1\n    # via\n    #   nvidia-b\n    #   torch\n"
        f"nvidia-b==1.0 {linux} \\\n    --hash=sha256:1\n    # via nvidia-a\n"
        f"shared==1.0 {linux} \\\n    --hash=sha256:1\n    # via\n    #   nvidia-a\n    #   watcher\n"
        "torch==2.13.0 \\\n    --hash=sha256:1\n    # via -r requirements.txt\n"
        "watcher==1.0 \\\n    --hash=sha256:1\n    # via -r requirements.txt\n"
    )
    lock = tool(monkeypatch, "install").Lock.read(tmp_path / "a.lock")
    parts = tool(monkeypatch, "lock").cuda_parts(lock)
    assert parts == {"torch", "nvidia-a", "nvidia-b"}
