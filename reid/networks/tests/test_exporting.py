"""Networks written as ONNX: for batches of any size, and without what torch's exporter says of itself."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import torch

from reid.networks.exporting import as_onnx, quiet_exporter

if TYPE_CHECKING:
    import pytest


def test_its_batches_may_have_any_size() -> None:
    model = as_onnx(torch.nn.Linear(3, 2).eval(), torch.zeros(2, 3), takes="x", gives="y")
    (taken,), (given,) = model.graph.input, model.graph.output
    assert (taken.name, given.name) == ("x", "y")
    batch, width = taken.type.tensor_type.shape.dim
    assert (batch.dim_param, width.dim_value) == ("n", 3)


def test_faults_of_the_exporter_are_heard_and_its_remarks_are_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It says that torchvision is missing, which nothing here needs."""
    exporter = logging.getLogger("torch.onnx.part")
    with quiet_exporter():
        exporter.warning("a package is missing")
        exporter.error("a fault")
    exporter.warning("heard again")
    assert [record.message for record in caplog.records] == ["a fault", "heard again"]
