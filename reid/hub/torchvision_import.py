"""Import of torchvision, whatever build of torch the server has."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import torch

if TYPE_CHECKING:
    from collections.abc import Callable


def import_torchvision(suppress: Callable[..., torch.Tensor] | None = None) -> Any:
    """The module torchvision.

    Its own operators are compiled for one build of torch, and where that is another, its import fails for want of two. They
    are declared then: without a body, so that a call would fail, or non-maximum suppression by `suppress`, which takes boxes
    (n, 4), scores (n) and the threshold of the intersection over union, and answers the indices that are kept.
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
        if suppress:
            _declared.impl("nms", suppress, "CompositeExplicitAutograd")  # type: ignore[no-untyped-call]
        import torchvision
    return torchvision


_declared: Final = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
"""Lives as long as the process, and what it declares with it."""
