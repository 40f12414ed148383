"""`./run bench [NAME ...]`: run the benchmarks, each in a process of its own, one after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
KNOWN = sorted(path.stem for path in HERE.glob("[a-z]*.py"))


def main(names: list[str]) -> int:
    if unknown := [name for name in names if name not in KNOWN]:
        print(
            f"No benchmark {', '.join(unknown)}: choose from {', '.join(KNOWN)}.", file=sys.stderr
        )
        return 2
    codes = []
    for name in names or KNOWN:
        print(f"== {name}", flush=True)
        codes.append(subprocess.run([sys.executable, HERE / f"{name}.py"], check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
