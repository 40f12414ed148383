"""Bill of materials of what is installed, as a CycloneDX document, and a table of its licences.

    python .install/sbom.py [--dev] [--output FOLDER]

`cyclonedx-py` reads the packages that are installed beside this Python. Those that no requirement of the server brings
are left out, unless --dev asks for them: tests and tools are not delivered. Libraries of others that lie inside a wheel
are components of it; its metadata does not speak of them.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from install import Lock
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
NOT_STATED = "not stated by the package"
INSIDE = (".libs", ".dylibs")
"""Ends of the folders in which the tools that make wheels put libraries of others."""
LIBRARY = re.compile(
    r"(lib.+?)(?:[-.][0-9a-f]{8}|[-.][0-9a-f]{8}-[0-9a-f]{8})?\.(?:so|dylib|[0-9])"
)
GPL = {"libx264": "GPL-2.0-or-later", "libx265": "GPL-2.0-or-later"}
"""Libraries whose licence asks more of who passes a wheel on than the package's own does."""


def installed() -> dict[str, Any]:
    """The CycloneDX document of everything that is installed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sbom.json"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "cyclonedx_py", "environment", sys.executable),
                *("--spec-version", "1.6", "--output-file", str(file)),
                "--no-validate",  # once, when it is written
            ],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"cyclonedx-py failed:\n{done.stderr}")
        document: dict[str, Any] = json.loads(file.read_text())
    return document


def reduced(document: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """The document with the components of these names alone, and what they depend on."""
    kept = [one for one in document["components"] if canonicalize_name(one["name"]) in names]
    refs = {one["bom-ref"] for one in kept}
    dependencies = [
        one | {"dependsOn": [ref for ref in one.get("dependsOn", []) if ref in refs]}
        for one in document["dependencies"]
        if one["ref"] in refs
    ]
    return document | {"components": kept, "dependencies": dependencies}


def add_libraries(document: dict[str, Any]) -> None:
    """Give each component those of others that its wheel holds, each once."""
    held = {
        canonicalize_name(package.name): sorted(
            {
                match[1]
                for file in package.files or ()
                if file.parent.name.endswith(INSIDE) and (match := LIBRARY.match(file.name))
            }
        )
        for package in distributions()
    }
    for one in document["components"]:
        if libraries := held.get(canonicalize_name(one["name"])):
            one["components"] = [
                {"type": "library", "name": name}
                | ({"licenses": [{"license": {"id": GPL[name]}}]} if name in GPL else {})
                for name in libraries
            ]


def licences_of(component: dict[str, Any]) -> str:
    """Its licences in words: identifiers where the package gives them, else the names that it uses."""
    names: list[str] = []
    for one in component.get("licenses", []):
        licence = one.get("license", {})
        name = one.get("expression") or licence.get("id") or licence.get("name") or ""
        # Some packages put the whole text where its name belongs.
        names.append(name.strip().splitlines()[0] if name.strip() else "")
    return "; ".join(dict.fromkeys(filter(None, names))) or NOT_STATED


def table(document: dict[str, Any]) -> str:
    rows = sorted(
        (one["name"], one.get("version", ""), licences_of(one)) for one in document["components"]
    )
    lines = [
        "# Licences of what is installed",
        "",
        f"{len(rows)} packages, each with the licence that its own metadata names.",
        "",
        "| package | version | licence |",
        "|---|---|---|",
        *(
            f"| {name} | {version} | {licence.replace('|', '/')} |"
            for name, version, licence in rows
        ),
    ]
    lines += [
        "",
        "## Libraries inside the packages",
        "",
        "Their own licences hold for them besides; that of the package is not theirs. GPL is said where it is one.",
        "",
    ]
    for one in sorted(document["components"], key=lambda one: one["name"]):
        if held := one.get("components"):
            names = [
                f"{each['name']} ({licences_of(each)})" if "licenses" in each else each["name"]
                for each in held
            ]
            lines.append(f"- {one['name']}: {', '.join(names)}")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Write what is installed, with its licences.")
    parser.add_argument("--dev", action="store_true", help="tests and tools too")
    parser.add_argument("--output", type=Path, default=ROOT / "var" / "sbom")
    asked = parser.parse_args(arguments)
    document = installed()
    if not asked.dev:
        lock = Lock.read(ROOT / "requirements.lock")
        document = reduced(document, {key.partition("==")[0] for key in lock.requirements})
    add_libraries(document)
    document["metadata"]["component"] = {
        "type": "application",
        "name": "thumper",
        "bom-ref": "thumper",
    }
    text = json.dumps(document, indent=2) + "\n"
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        print(f"The document is no valid CycloneDX: {error}", file=sys.stderr)
        return 1
    asked.output.mkdir(parents=True, exist_ok=True)
    (asked.output / "thumper.cdx.json").write_text(text)
    (asked.output / "licences.md").write_text(table(document))
    print(f"Written: {asked.output}/thumper.cdx.json, {asked.output}/licences.md", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
