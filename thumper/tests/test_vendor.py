"""Scripts of others: each is the file that was checked, and each is listed with its licence."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from thumper.tests.test_repository import ROOT, tracked

FOLDER = "thumper/static/thumper/vendor/"


def shipped() -> list[str]:
    listed = [path.removeprefix(FOLDER) for path in tracked() if path.startswith(FOLDER)]
    return [name for name in listed if name not in ("README.md", "SHA256SUMS")]


def checksums() -> dict[str, str]:
    lines = (ROOT / FOLDER / "SHA256SUMS").read_text().splitlines()
    return {name.removeprefix("./"): digest for digest, name in map(str.split, lines)}


def test_every_shipped_file_is_the_one_that_was_checked() -> None:
    found = {
        name: hashlib.sha256((ROOT / FOLDER / name).read_bytes()).hexdigest() for name in shipped()
    }
    assert found == checksums()


def test_every_package_names_its_licence() -> None:
    table = (ROOT / FOLDER / "README.md").read_text()
    packages = {Path(name).parts[0] for name in shipped() if not name.endswith("LICENSE")}
    for package in packages:
        assert f"`{package}" in table


def test_no_file_asks_for_a_source_map_that_is_not_there() -> None:
    texts = [name for name in shipped() if name.endswith((".js", ".css"))]
    assert not [name for name in texts if "sourceMappingURL" in (ROOT / FOLDER / name).read_text()]


def test_what_is_kept_compressed_is_the_file_beside_it() -> None:
    compressed = [name for name in shipped() if name.endswith(".gz")]
    assert compressed
    for name in compressed:
        plain = ROOT / FOLDER / name.removesuffix(".gz")
        assert gzip.decompress((ROOT / FOLDER / name).read_bytes()) == plain.read_bytes()
