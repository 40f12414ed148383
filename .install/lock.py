"""Maker of the lock files: every package that the requirements bring, its version and the checksums of its files.

    python .install/lock.py              # renew them; versions stay where the requirements let them
    python .install/lock.py --upgrade    # the newest versions of what the requirements do not pin

`uv pip compile` solves for every Python from 3.11 on and every system at once. Sizes come from the package registry.
requirements-cpu.lock is renewed where torch's own index answers, or pip's configuration names a folder with wheels
of torch's CPU build; elsewhere it is left out, in a sentence.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

from install import SECONDS, TORCH_INDEX, WHEEL, Lock
from packaging.markers import Marker, default_environment
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename
from pip._internal.models.index import PyPI  # pip has no other way to say which registry is its own

ROOT = Path(__file__).parents[1]
LOCKS = {
    "requirements.txt": "requirements.lock",
    "requirements-dev.txt": "requirements-dev.lock",
    "benchmarks/quality/requirements.txt": "benchmarks/quality/requirements.lock",
}
CPU_LOCK = "requirements-cpu.lock"
PYTHONS = ((3, 11), (3, 12), (3, 13))
_LINUX = [f"manylinux_2_{minor}" for minor in range(36, 4, -1)]
SYSTEMS = {
    "linux-x86_64": (
        "linux",
        [*(f"{name}_x86_64" for name in _LINUX), "manylinux2014_x86_64", "manylinux1_x86_64"],
    ),
    "linux-aarch64": (
        "linux",
        [*(f"{name}_aarch64" for name in _LINUX), "manylinux2014_aarch64"],
    ),
    "darwin-arm64": ("darwin", list(mac_platforms((15, 0), "arm64"))),
    "windows-amd64": ("win32", ["win_amd64"]),
}
"""Systems of which a size is stated, each with sys.platform and the tags of its wheels, the best first.

torch has no wheels for Macs with an Intel processor.
"""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def fetch(url: str, accept: str) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return bytes(answer.read())


def compile_lock(source: str, target: str, *options: str) -> None:
    subprocess.run(
        [
            *("uv", "pip", "compile", "--universal", "--python-version", "3.11"),
            *("--generate-hashes", "--no-config", "--quiet", "--custom-compile-command"),
            *("./run lock", source, "--output-file", target, *options),
        ],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


# --- sizes ----------------------------------------------------------------------------------------


class Registry:
    """What the package registry says of files: their names and sizes."""

    def __init__(self, simple: str) -> None:
        self.simple = simple.rstrip("/")
        self.known: dict[str, list[dict[str, Any]]] = {}

    def files(self, name: str) -> list[dict[str, Any]]:
        if name not in self.known:
            page = fetch(f"{self.simple}/{name}/", "application/vnd.pypi.simple.v1+json")
            self.known[name] = json.loads(page)["files"]
        return self.known[name]

    def size(self, name: str, version: str, tags: list[Tag]) -> int:
        """Bytes of the file that pip takes for these tags: the best wheel, or the source where there is none."""
        order = {tag: place for place, tag in enumerate(tags)}
        found: list[tuple[int, int]] = []
        source = 0
        for file in self.files(name):
            size = file.get("size") or 0
            if file["filename"].endswith(".whl"):
                if f"-{version}-" not in file["filename"]:
                    continue
                _, of_version, _, of_tags = parse_wheel_filename(file["filename"])
                places = [order[tag] for tag in of_tags if tag in order]
                if str(of_version) == version and places:
                    found.append((min(places), size))
            elif file["filename"].endswith(f"-{version}.tar.gz"):
                source = size
        return min(found)[1] if found else source


def state_sizes(lock_path: Path, registry: Registry, replaced: set[str], cpu_bytes: int) -> None:
    """Write into the lock's first lines how much it downloads, by Python and system."""
    lock = Lock.read(lock_path)
    lines = []
    for python in PYTHONS:
        for system, (sys_platform, platforms) in SYSTEMS.items():
            tags = [*cpython_tags(python, platforms=platforms)]
            tags += compatible_tags(python, f"cp{python[0]}{python[1]}", platforms)
            environment: dict[str, str] = {
                **{name: str(value) for name, value in default_environment().items()},
                "sys_platform": sys_platform,
                "platform_machine": system.partition("-")[2].replace("amd64", "AMD64"),
                "platform_system": {"win32": "Windows"}.get(sys_platform, sys_platform.title()),
                "os_name": "nt" if sys_platform == "win32" else "posix",
                "python_version": f"{python[0]}.{python[1]}",
                "python_full_version": f"{python[0]}.{python[1]}.9",
            }
            sizes: dict[str, int] = {}
            for key in lock.requirements:
                name, _, rest = key.partition("==")
                version, _, marker = rest.partition(" ")
                if not marker or Marker(marker).evaluate(environment):
                    sizes[name] = registry.size(name, version, tags)
            whole = sum(sizes.values())
            with_cpu = whole
            if sys_platform == "linux" and replaced:
                with_cpu += cpu_bytes - sum(sizes.get(name, 0) for name in replaced)
            lines.append(
                f"# size {python[0]}.{python[1]} {system} {megabytes(whole)} MB,"
                f" {megabytes(with_cpu)} MB with torch's CPU build"
            )
    text = re.sub(r"^# size .*\n", "", lock_path.read_text(), flags=re.MULTILINE)
    head, _, rest = text.partition("#    ./run lock\n")
    lock_path.write_text(
        "".join([head, "#    ./run lock\n", *(f"{line}\n" for line in lines), rest])
    )


def megabytes(size: int) -> int:
    return -(-size // 10**6)


# --- torch's CPU build ----------------------------------------------------------------------------


def cpu_wheels(version: str) -> dict[str, tuple[str, int]]:
    """Wheels of torch's CPU build: file name -> SHA-256 and bytes; none where nobody has them."""
    wheels = {}
    wanted = re.compile(rf"torch-{re.escape(version)}\+cpu-cp3\d+-cp3\d+-\w*linux\w*\.whl")
    index = os.environ.get("THUMPER_TORCH_INDEX", TORCH_INDEX).rstrip("/")
    try:
        page = fetch(f"{index}/torch/", "text/html").decode()
    except (urllib.error.URLError, TimeoutError) as error:
        say(f"torch's own index does not answer within {SECONDS} s ({error}).")
        page = ""
    for address in re.findall(r'href="([^"]+)"', page):
        url, _, digest = address.partition("#sha256=")
        name = unquote(url).rpartition("/")[2]
        if wanted.fullmatch(name) and digest:
            head = urllib.request.Request(urljoin(f"{index}/torch/", url), method="HEAD")
            with urllib.request.urlopen(head, timeout=SECONDS) as answer:
                wheels[name] = digest, int(answer.headers["Content-Length"])
    for folder in () if wheels else folders_of_pip():
        for file in folder.glob("torch-*.whl"):
            if wanted.fullmatch(file.name):
                wheels[file.name] = _sha256(file), file.stat().st_size
    return wheels


def known_wheels(path: Path, version: str) -> dict[str, tuple[str, int]]:
    """The wheels of this version that the lock of the CPU build holds already."""
    text = path.read_text() if path.exists() else ""
    if f"torch=={version}+cpu " not in text:
        return {}
    digests = re.findall(r"--hash=sha256:([0-9a-f]{64})", text)
    names = WHEEL.findall(text)  # in the same order
    return {
        name: (digest, int(size) * 10**6)
        for (name, size), digest in zip(names, digests, strict=True)
    }


def folders_of_pip() -> list[Path]:
    """Folders with wheels that pip's configuration names."""
    settings = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    named = re.findall(r"find-links='([^']*)'", settings.stdout)
    folders = {Path(word.removeprefix("file://")) for words in named for word in words.split()}
    return sorted(folder for folder in folders if folder.is_dir())


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def lock_cpu_build(lock: Lock) -> tuple[set[str], int]:
    """Write requirements-cpu.lock. Returns the names that it stands for, and the bytes of its largest wheel."""
    version = next(key.partition("==")[2] for key in lock.requirements if key.startswith("torch=="))
    path = ROOT / CPU_LOCK
    # A computer that cannot reach torch's index finds a wheel or two: the others that are known stay.
    wheels = known_wheels(path, version) | cpu_wheels(version)
    if not wheels:
        path.unlink(missing_ok=True)
        say(f"There is no {CPU_LOCK}: nobody has wheels of torch {version}'s CPU build.")
        return set(), 0
    replaced = cuda_parts(lock)
    lines = [
        "# torch's CPU build, for Linux without an NVIDIA card: made by ./run lock, used by .install/install.py.",
        f"# instead of {', '.join(sorted(replaced))}",
        *(f"# wheel {name} {megabytes(size)} MB" for name, (_, size) in sorted(wheels.items())),
        f"torch=={version}+cpu \\",
        " \\\n".join(f"    --hash=sha256:{digest}" for _, (digest, _) in sorted(wheels.items())),
    ]
    path.write_text("\n".join(lines) + "\n")
    return replaced, max(size for _, size in wheels.values())


def cuda_parts(lock: Lock) -> set[str]:
    """torch, and what only torch's CUDA build requires: what nobody else requires, and is for Linux alone."""
    users: dict[str, set[str]] = {}
    name = ""
    for line in lock.path.read_text().splitlines():
        if not line.startswith((" ", "#")):
            name = line.partition("==")[0]
        elif used := re.fullmatch(r"    # (?:via|  )\s*(\S+)", line):
            users.setdefault(name, set()).add(used[1])
    for_linux = {
        key.partition("==")[0] for key in lock.requirements if "sys_platform == 'linux'" in key
    }
    parts = for_linux | {"torch"}
    # They require each other in circles: begin with all, and take out what somebody else requires.
    while others := {name for name in for_linux & parts if not users[name] <= parts}:
        parts -= others
    return parts


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Renew the lock files.")
    parser.add_argument("--upgrade", action="store_true", help="the newest versions of the rest")
    asked = parser.parse_args(arguments)
    for source, target in LOCKS.items():
        compile_lock(source, target, *(["--upgrade"] if asked.upgrade else []))
    replaced, cpu_bytes = lock_cpu_build(Lock.read(ROOT / LOCKS["requirements.txt"]))
    registry = Registry(os.environ.get("PIP_INDEX_URL", PyPI.simple_url))
    for target in LOCKS.values():
        state_sizes(ROOT / target, registry, replaced, cpu_bytes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
