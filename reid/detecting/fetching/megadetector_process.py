"""Process of the package megadetector: `python -m reid.detecting.fetching.megadetector_process`, with the words of run_detector_batch."""

from __future__ import annotations

import numpy as np
import torch

from reid.detecting.suppression import kept
from reid.hub.torchvision_import import import_torchvision


def main() -> None:
    torchvision = import_torchvision()
    if (
        not torchvision.extension._has_ops()
    ):  # compiled for another build of torch than the server's
        torchvision.ops.nms = suppress
    from megadetector.detection import run_detector_batch

    run_detector_batch.main()


def suppress(boxes: torch.Tensor, scores: torch.Tensor, limit: float) -> torch.Tensor:
    """Non-maximum suppression as torchvision's: `boxes` (n, 4) from corner to corner; indices of those kept, surest first."""
    corners = boxes.detach().cpu().numpy()
    first, last = corners[:, :2], corners[:, 2:]
    centred = np.concatenate(((first + last) / 2, last - first), axis=1)
    rates = scores.detach().cpu().numpy()
    found = kept(centred, rates, np.zeros(len(rates), np.intp), limit)
    return torch.from_numpy(found).to(boxes.device)


if __name__ == "__main__":
    main()
