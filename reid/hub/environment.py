"""Environments of conversions: a venv below MODEL_ROOT with pinned, hashed packages, which sees the server's own after them.

The server never sees what lies there. torch is the server's, so that a network is exported by the version that runs it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Packages:
    """Packages of an environment: the file that pins them as wheels, and its folder below MODEL_ROOT.

    `sources` pins, in the same way, those that there is no wheel of: they are built in the environment, by its own packages.
    `purpose` follows "The packages that" in what is said where they are not to be had.
    """

    requirements: Path
    folder: str
    purpose: str
    sources: Path | None = None

    @property
    def wheels(self) -> str:
        """Name below MODEL_ROOT of the folder that somebody may bring them in."""
        return f"{self.folder}-wheels"

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.requirements, *((self.sources,) if self.sources else ()))


EMBEDDING: Final = Packages(
    Path(__file__).with_name("requirements.txt"), ".conversion", "convert a network"
)
"""What embedding networks of others are converted by."""

MAKING = "Making the environment of the packages that {} (once; a minute or two) ..."
NO_VENV = "Python cannot make virtual environments here ({}): install python3-venv, and give the command again."
NO_PACKAGES = (
    "The packages that {purpose} cannot be installed ({error}): where there is no way to a package index, run "
    "`pip download --no-deps --require-hashes{requirements} -d FOLDER` where there is one, with this Python's version "
    "({python}) and system, bring what it fetched into {wheels}, and give the command again."
)


def prepare(root: Path, say: Callable[[str], None], packages: Packages = EMBEDDING) -> Path:
    """The Python of the environment below `root`, made where it is missing or was made for other packages.

    Raises ModelRefused where venv or packages are not to be had; then nothing half-made is left.
    """
    folder = root / packages.folder
    python, stamp = folder / "bin" / "python", folder / "made-for"
    wanted = _made_for(packages)
    if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    say(MAKING.format(packages.purpose))
    shutil.rmtree(folder, ignore_errors=True)
    done = _run(sys.executable, "-m", "venv", str(folder))
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise ModelRefused(NO_VENV.format(_last_line(done)))
    _install(python, root, packages, packages.requirements, "--only-binary", ":all:")
    if packages.sources:
        _install(
            *(python, root, packages, packages.sources),
            *("--no-binary", ":all:", "--no-build-isolation"),
        )
    _show_servers_packages(folder)
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _install(python: Path, root: Path, packages: Packages, pinned: Path, *options: str) -> None:
    """Raises ModelRefused, and leaves no environment, where a package is not to be had."""
    wheels = root / packages.wheels
    done = _run(
        *(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--require-hashes", *options),
        *(("--find-links", str(wheels)) if wheels.is_dir() else ()),
        *("-r", str(pinned)),
    )
    if done.returncode:
        shutil.rmtree(root / packages.folder, ignore_errors=True)
        raise ModelRefused(
            NO_PACKAGES.format(
                purpose=packages.purpose,
                error=_last_line(done),
                requirements="".join(f" -r {file}" for file in packages.files),
                python=f"{sys.version_info.major}.{sys.version_info.minor}",
                wheels=wheels,
            )
        )


def _made_for(packages: Packages) -> str:
    """What an environment hangs on: its packages, and the Python and the packages of the server."""
    contents = [hashlib.sha256(file.read_bytes()).hexdigest() for file in packages.files]
    return "\n".join([*contents, sys.executable, sys.version, *_servers_folders()])


def _servers_folders() -> list[str]:
    return sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})


def _show_servers_packages(folder: Path) -> None:
    """A .pth is read at the end of a site folder, so that the environment's own packages come first."""
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "server.pth").write_text("\n".join(_servers_folders()) + "\n", encoding="utf-8")


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    # PYTHONPATH of the server would let its packages come before the environment's.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(words, capture_output=True, text=True, env=environment)  # noqa: S603 - no shell, our own words


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stderr or done.stdout).strip().splitlines()
    return lines[-1].removeprefix("ERROR: ") if lines else f"exit status {done.returncode}"
