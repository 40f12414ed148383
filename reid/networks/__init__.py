"""Networks: model cards and their weights, the default one, what runs them, sentinel pictures, and exports."""

from __future__ import annotations

__all__ = [
    "devices",
    "efficientnet_lite0",
    "exporting",
    "model_card",
    "read_ahead",
    "runtimes",
    "sentinels",
    "torch_runner",
]
