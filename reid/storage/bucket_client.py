"""Patience and habits of the client of S3."""

from __future__ import annotations

from typing import Final

from botocore.config import Config

CONFIG: Final = Config(
    signature_version="s3v4",
    connect_timeout=3,
    read_timeout=20,
    max_pool_connections=16,
    retries={"mode": "standard", "total_max_attempts": 3},
    # Servers that speak S3 do not all know the newer checksums; every photograph's SHA-256 is compared by us.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
PROBE: Final = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
"""On top of it, for a question whose asker waits."""
