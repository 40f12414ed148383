"""The addresses of exports, and their OpenAPI document."""

from __future__ import annotations

from django.core.management import call_command
from django.urls import get_resolver


def test_the_openapi_document_is_whole(tmp_path):
    target = tmp_path / "openapi.yml"
    options = (
        "--urlconf",
        "exports.api.urls",
        "--validate",
        "--fail-on-warn",
        "--file",
        str(target),
    )
    call_command("spectacular", *options)
    text = target.read_text()
    for name in ("ReportRequest", "ArchiveRequest", "ReportAnswer", "ProblemAnswer"):
        assert f"/{name}" in text
    assert "Two seasons side by side" in text


def test_no_address_ends_with_a_slash_but_the_list():
    routes = [str(pattern.pattern) for pattern in get_resolver("exports.api.urls").url_patterns]
    assert [route for route in routes if route.endswith("/")] == ["exports/"]
