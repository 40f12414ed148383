"""Scripts of others: each is the file that was checked, and each is listed with its licence."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from thumper.tests.test_repository import ROOT, tracked

FOLDERS = ("thumper/static/thumper/vendor/", "analysis/reports/vendor/")

in_each_folder = pytest.mark.parametrize("folder", FOLDERS)


def shipped(folder: str) -> list[str]:
    listed = [path.removeprefix(folder) for path in tracked() if path.startswith(folder)]
    return [name for name in listed if name not in ("README.md", "SHA256SUMS")]


def checksums(folder: str) -> dict[str, str]:
    lines = (ROOT / folder / "SHA256SUMS").read_text().splitlines()
    return {name.removeprefix("./"): digest for digest, name in map(str.split, lines)}


@in_each_folder
def test_every_shipped_file_is_the_one_that_was_checked(folder: str) -> None:
    names = shipped(folder)
    read = {name: (ROOT / folder / name).read_bytes() for name in names}
    found = {name: hashlib.sha256(content).hexdigest() for name, content in read.items()}
    assert found
    assert found == checksums(folder)


@in_each_folder
def test_every_package_names_its_licence(folder: str) -> None:
    table = (ROOT / folder / "README.md").read_text()
    packages = {Path(name).parts[0] for name in shipped(folder) if not name.endswith("LICENSE")}
    for package in packages:
        assert f"`{package}" in table


@in_each_folder
def test_no_file_asks_for_a_source_map_that_is_not_there(folder: str) -> None:
    texts = [name for name in shipped(folder) if name.endswith((".js", ".css"))]
    assert not [name for name in texts if "sourceMappingURL" in (ROOT / folder / name).read_text()]


def test_what_is_kept_compressed_is_the_file_beside_it() -> None:
    folder = FOLDERS[0]
    compressed = [name for name in shipped(folder) if name.endswith(".gz")]
    assert compressed
    for name in compressed:
        plain = ROOT / folder / name.removesuffix(".gz")
        assert gzip.decompress((ROOT / folder / name).read_bytes()) == plain.read_bytes()
