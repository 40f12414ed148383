"""Import of torchvision, whatever build of torch the server has."""

from __future__ import annotations

import sys
from typing import Any, Final

import torch


def import_torchvision() -> Any:
    """The module torchvision.

    Its own operators are compiled for one build of torch, and where that is another, its import fails for want of two. They
    are declared then, without a body, so that a call would fail.
    """
    try:
        import torchvision
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        for operator in ("nms", "qnms"):
            signature = f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            _declared.define(signature)  # type: ignore[no-untyped-call] # torch has no types there
        import torchvision
    return torchvision


_declared: Final = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
"""Lives as long as the process, and what it declares with it."""
