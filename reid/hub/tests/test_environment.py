"""Environment of the conversion: real ones, with a wheel that the tests make in place of the pinned packages."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from reid.hub import environment
from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from pathlib import Path


def wheel(folder: Path) -> Path:
    """A package of one module, thumper_probe, with the only file that pip insists on."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "thumper_probe-1.0-py3-none-any.whl"
    files = {
        "thumper_probe.py": "ANSWER = 42\n",
        "thumper_probe-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: thumper-probe\nVersion: 1.0\n",
        "thumper_probe-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={digest(text)},{len(text)}\n" for name, text in files.items())
    files["thumper_probe-1.0.dist-info/RECORD"] = record + "thumper_probe-1.0.dist-info/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def offline(monkeypatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)


def packages(tmp_path: Path, checksum: str) -> environment.Packages:
    path = tmp_path / "requirements.txt"
    path.write_text(f"thumper-probe==1.0 --hash=sha256:{checksum}\n")
    return environment.Packages(path, ".probe", "probe")


@pytest.mark.usefixtures("offline")
def test_it_has_its_packages_and_the_server_s_and_is_made_once(tmp_path) -> None:
    made = wheel(tmp_path / ".probe-wheels")
    pinned = packages(tmp_path, hashlib.sha256(made.read_bytes()).hexdigest())
    said: list[str] = []
    python = environment.prepare(tmp_path, said.append, pinned)
    script = "import numpy, thumper_probe; print(thumper_probe.ANSWER, numpy.__version__)"
    answer = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    import numpy as np

    assert answer.stdout.split() == ["42", np.__version__]
    assert environment.prepare(tmp_path, said.append, pinned) == python
    assert len(said) == 1


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("has_wheel", [True, False], ids=["another checksum", "no package index"])
def test_packages_that_are_not_to_be_had_leave_nothing_and_are_said(tmp_path, has_wheel) -> None:
    if has_wheel:
        wheel(tmp_path / ".probe-wheels")
    pinned = packages(tmp_path, "0" * 64)
    with pytest.raises(ModelRefused) as refusal:
        environment.prepare(tmp_path, lambda text: None, pinned)
    assert str(tmp_path / ".probe-wheels") in str(refusal.value)
    assert f"--require-hashes -r {pinned.requirements} -d" in str(refusal.value)
    assert not (tmp_path / ".probe").exists()


def test_every_package_is_pinned_with_its_hashes() -> None:
    entries = environment.EMBEDDING.requirements.read_text().replace("\\\n", " ").splitlines()
    packages = [line for line in entries if line and not line.startswith("#")]
    assert {"timm", "torchvision", "huggingface-hub", "safetensors"} <= {
        line.partition("==")[0] for line in packages
    }
    assert all("==" in line and "--hash=sha256:" in line for line in packages)
