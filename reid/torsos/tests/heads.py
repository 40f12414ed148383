"""Mask heads for tests, which need no training."""

from __future__ import annotations

import torch

from reid.torsos.head import MaskHead, to_bytes


def middle_head() -> bytes:
    """A head that looks at nothing and finds a torso in the middle: an ellipse 0.7 wide and 0.4 high."""
    head = MaskHead()
    with torch.no_grad():
        for value in head.state_dict().values():
            value.zero_()
        # 1 - ((x - .5) / .35)^2 - ((y - .5) / .2)^2 of the places (x, y, x^2, y^2, xy)
        a, b = 1 / 0.35**2, 1 / 0.2**2
        weights = torch.tensor([a, b, -a, -b, 0.0])
        bias = head.state_dict()["place.bias"]
        for row, sign in ((0, 1.0), (1, -1.0)):  # what is negative comes through the second channel
            head.place.weight[row] = sign * weights[:, None, None]
            bias[row] = sign * (1 - a / 4 - b / 4)
            head.around.weight[row, row, 1, 1] = 1.0
            head.answer.weight[0, row] = 4.0 * sign
    return to_bytes(head)


def nowhere_head() -> bytes:
    """A head that never finds a torso."""
    head = MaskHead()
    with torch.no_grad():
        for value in head.state_dict().values():
            value.zero_()
        head.state_dict()["answer.bias"] -= 4.0
    return to_bytes(head)
