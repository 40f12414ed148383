"""Environment of the conversion: a venv below MODEL_ROOT with pinned, hashed packages, which sees the server's own after them.

The server never sees what lies there. torch is the server's, so that a network is exported by the version that runs it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Callable

REQUIREMENTS: Final = Path(__file__).with_name("requirements.txt")
FOLDER: Final = ".conversion"
WHEELS: Final = ".conversion-wheels"

NO_VENV = "Python cannot make virtual environments here ({}): install python3-venv, and give the command again."
NO_PACKAGES = (
    "The packages that convert a network cannot be installed ({error}): where there is no way to a package index, run "
    "`pip download --no-deps --require-hashes -r {requirements} -d FOLDER` where there is one, with this Python's version "
    "({python}) and system, bring what it fetched into {wheels}, and give the command again."
)


def prepare(root: Path, say: Callable[[str], None], requirements: Path = REQUIREMENTS) -> Path:
    """The Python of the environment below `root`, made where it is missing or was made for other packages.

    Raises ModelRefused where venv or packages are not to be had; then nothing half-made is left.
    """
    folder = root / FOLDER
    python, stamp = folder / "bin" / "python", folder / "made-for"
    wanted = _made_for(requirements)
    if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    say("Making the environment of the conversion (once; a minute or two) ...")
    shutil.rmtree(folder, ignore_errors=True)
    done = _run(sys.executable, "-m", "venv", str(folder))
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise ModelRefused(NO_VENV.format(_last_line(done)))
    wheels = root / WHEELS
    done = _run(
        *(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--require-hashes", "--only-binary", ":all:"),
        *(("--find-links", str(wheels)) if wheels.is_dir() else ()),
        *("-r", str(requirements)),
    )
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise ModelRefused(
            NO_PACKAGES.format(
                error=_last_line(done), requirements=requirements, python=version, wheels=wheels
            )
        )
    _show_servers_packages(folder)
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _made_for(requirements: Path) -> str:
    """What an environment hangs on: its packages, and the Python and the packages of the server."""
    content = hashlib.sha256(requirements.read_bytes()).hexdigest()
    return "\n".join([content, sys.executable, sys.version, *_servers_folders()])


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
