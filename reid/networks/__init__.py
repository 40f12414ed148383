"""Networks: model cards and their weights, the default one, the device they run on, and sentinel pictures."""

from __future__ import annotations

__all__ = ["devices", "efficientnet_lite0", "model_card", "sentinels"]
