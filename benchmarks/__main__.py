"""`./run bench [--check] [--quick] [NAME ...]`: the benchmarks, each in a process of its own, one after the other.

`--check` fails where an absolute limit is missed: a status within 1 s, a refusal within 100 ms, an analysis
within 5 min. Ratios and targets are printed, and judged by the reader.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LONG = {"coverage", "memory"}  # half an hour and more: only where they are named
KNOWN = {
    path.stem: f"benchmarks.{path.parent.name}.{path.stem}"
    for folder in ("figures", "networks", "serving")
    for path in (HERE / folder).glob("[a-z]*.py")
}


def main(arguments: list[str]) -> int:
    flags = [word for word in arguments if word.startswith("--")]
    names = [word for word in arguments if word not in flags]
    if unknown := [name for name in names if name not in KNOWN]:
        print(
            f"No benchmark {', '.join(unknown)}: choose from {', '.join(sorted(KNOWN))}.",
            file=sys.stderr,
        )
        return 2
    codes = []
    for name in names or sorted(KNOWN.keys() - LONG):
        print(f"== {name}", flush=True)
        line = [sys.executable, "-m", KNOWN[name], *flags]
        codes.append(subprocess.run(line, cwd=HERE.parent, check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
