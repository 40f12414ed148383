"""Installer of a lock file: nothing comes in whose checksum is not in it, and how much comes is said before.

    python .install/install.py requirements.lock [--torch auto|cpu|cuda]

It needs Python and pip alone. torch of the package registry brings CUDA, gigabytes that a computer without an
NVIDIA card has no use for. On Linux without such a card (`--torch auto`) torch's CPU build is taken where it can
be had: requirements-cpu.lock names its wheels, and torch's own index, or a folder that pip knows, has them.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
"""Where torch's CPU build lies; THUMPER_TORCH_INDEX names another place, such as a mirror."""
SECONDS = 5  # that torch's index may take to answer
SIZE = re.compile(r"^# size (\S+) (\S+) (\d+) MB, (\d+) MB with torch's CPU build$", re.MULTILINE)
WHEEL = re.compile(r"^# wheel (\S+) (\d+) MB$", re.MULTILINE)
REPLACED = re.compile(r"^# instead of (.+)$", re.MULTILINE)
REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@dataclass
class Lock:
    """A lock file: its requirements, each with its checksums, and the sizes that its first lines state."""

    path: Path
    requirements: dict[str, str] = field(default_factory=dict)
    sizes: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Lock:
        text = path.read_text()
        lock = cls(path)
        for python, system, whole, with_cpu in SIZE.findall(text):
            lock.sizes[python, system] = int(whole), int(with_cpu)
        block: list[str] = []
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            if REQUIREMENT.match(line):
                block = []
                lock.requirements[line.partition(" ")[0] + _marker(line)] = ""
            block.append(line)
            if lock.requirements:
                lock.requirements[next(reversed(lock.requirements))] = "\n".join(block)
        return lock

    def without(self, names: set[str]) -> str:
        """Its requirements but for those of these names, as the text of a lock file."""
        kept = (
            text for key, text in self.requirements.items() if key.partition("==")[0] not in names
        )
        return "\n".join(kept) + "\n"

    def download(self, *, with_cpu: bool) -> str:
        """How much comes, in words."""
        here = (f"{sys.version_info[0]}.{sys.version_info[1]}", system())
        if here not in self.sizes:
            return "an unknown number of MB (no size is known for this Python and system)"
        return f"at most {self.sizes[here][with_cpu]:,} MB"


def _marker(line: str) -> str:
    return line.partition(";")[2].rstrip(" \\")


def system() -> str:
    """The system as sizes name it: linux-x86_64, darwin-arm64."""
    return f"{platform.system().lower()}-{platform.machine().lower()}"


def has_nvidia_card() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def cpu_build(path: Path) -> tuple[set[str], int]:
    """What torch's CPU build stands for, and its megabytes. Raises LookupError, saying why there is none."""
    if not path.exists():
        raise LookupError(
            f"{path.name} is missing (./run lock makes it where torch's own index answers)"
        )
    text = path.read_text()
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    for name, megabytes in WHEEL.findall(text):
        if f"-{python}-{python}-" in name and name.endswith(f"_{platform.machine()}.whl"):
            replaced = REPLACED.search(text)
            return set(replaced[1].split(", ") if replaced else ()) | {"torch"}, int(megabytes)
    raise LookupError(f"{path.name} has no wheel for {python} on {platform.machine()}")


def pip(*arguments: str, is_told: bool = True) -> subprocess.CompletedProcess[str]:
    """Run pip; what it says is shown, or kept in the answer's stdout."""
    return subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
        stdout=sys.stderr if is_told else subprocess.PIPE,
        stderr=None if is_told else subprocess.STDOUT,
        text=True,
    )


def install_cpu_build(path: Path) -> bool:
    """Install torch's CPU build; False where nobody has it. A wheel with another checksum ends everything."""
    index = os.environ.get("THUMPER_TORCH_INDEX", TORCH_INDEX)
    done = pip(
        *("install", "--require-hashes", "--no-deps", "--only-binary=:all:", "-r", str(path)),
        *("--index-url", index, "--timeout", str(SECONDS), "--retries", "0"),
        is_told=False,
    )
    if done.returncode and "DO NOT MATCH THE HASHES" in done.stdout:
        say(done.stdout)
        raise SystemExit("A wheel of torch is not the one that was locked: nothing is installed.")
    return done.returncode == 0


def install_replaced(lock: Lock, replaced: set[str]) -> int:
    """Install the lock but for what the CPU build stands for, and let pip see that nothing is missing."""
    with tempfile.TemporaryDirectory() as folder:
        rest = Path(folder) / "rest.lock"
        rest.write_text(lock.without(replaced))
        done = pip("install", "--require-hashes", "--no-deps", "-r", str(rest))
    return done.returncode or pip("check").returncode


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Install a lock file with its checksums.")
    parser.add_argument("lock", type=Path)
    parser.add_argument("--torch", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--cpu-lock", type=Path, default=Path("requirements-cpu.lock"))
    asked = parser.parse_args(arguments)
    lock = Lock.read(asked.lock)
    needs_no_cuda = platform.system() == "Linux" and not has_nvidia_card()
    if asked.torch == "cpu" or (asked.torch == "auto" and needs_no_cuda):
        try:
            replaced, megabytes = cpu_build(asked.cpu_lock)
            say(
                f"Downloading {lock.download(with_cpu=True)} (torch's CPU build, {megabytes} MB, in it) ..."
            )
            if install_cpu_build(asked.cpu_lock):
                return install_replaced(lock, replaced)
            reason = f"its index does not answer within {SECONDS} s, or does not have it"
        except LookupError as error:
            reason = str(error)
        say(f"No CPU build of torch: {reason}. The package registry's torch is taken, with CUDA.")
    say(f"Downloading {lock.download(with_cpu=False)} ...")
    return pip("install", "--require-hashes", "-r", str(asked.lock)).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
