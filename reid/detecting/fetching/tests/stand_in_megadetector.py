"""Stand-in for the package megadetector's process: it takes its words, shows its bar, and writes its file.

Photographs are the files below the folder. It breaks off before the one called `break.jpg`, having written its checkpoint, from
which it goes on; without a photograph it ends and writes nothing, as the package does.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

HEADER = {
    "info": {"format_version": "1.4", "detector": "stand-in"},
    "detection_categories": {"1": "animal", "2": "person", "3": "vehicle"},
}


def main() -> None:
    module, weights, folder, output, *options = sys.argv[2:]
    words = dict(itertools.pairwise(options))
    checkpoint = Path(words["--checkpoint_path"])
    resumed = words.get("--resume_from_checkpoint")
    names = json.loads(Path(resumed).read_text()) if resumed else []
    photographs = sorted(path.name for path in Path(folder).iterdir())
    if not photographs:
        return
    for number, name in enumerate(photographs, start=1):
        if name == "break.jpg" and not names:
            checkpoint.write_text(json.dumps(photographs[: number - 1]))
            sys.exit(f"{module} of {Path(weights).name} ran out of memory.")
        sys.stderr.write(f"\r 50%|##   | {number}/{len(photographs)} [00:01<00:01]")
    box = {"category": "1", "conf": 0.9, "bbox": [0.25, 0.25, 0.5, 0.5]}
    images = [{"file": name, "detections": [box]} for name in photographs]
    Path(output).write_text(json.dumps(HEADER | {"images": images, "resumed": names}))
    checkpoint.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
