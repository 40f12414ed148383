"""Monitoring: snapshots, alerts, trend."""

from __future__ import annotations

__all__ = ["alert_mail", "formats", "schedule", "serializers", "snapshot", "trend_figure"]
