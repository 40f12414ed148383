"""Re-identification: the store, comparison with known deer, and the decisions of people."""

from __future__ import annotations

import os

__all__ = [
    "antlers",
    "checks",
    "jobs",
    "naming",
    "signals",
    "strata",
    "taxonomy",
    "units",
    "wording",
]

# onnxruntime reports its use to its maker over the network from the moment it is imported, and keeps a number for this
# computer, unless this is set before. Nothing is to leave the computer; and here it is set before any import of it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
