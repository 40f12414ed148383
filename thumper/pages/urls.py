"""Addresses of the pages. Each has a row in `permissions.PAGES`."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from thumper.pages import home, reviewing, search, thresholds, trends

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("review/", reviewing.review, name="review"),
    path("review/audit", reviewing.audit, name="audit"),
    path("review/labels", reviewing.labels, name="labels"),
    path("", include("thumper.pages.reports.urls")),
    path("thresholds/", thresholds.show, name="thresholds"),
    path("trends/", trends.trends, name="trends"),
    path(
        "sign-in/",
        LoginView.as_view(template_name="account/sign_in.html", redirect_authenticated_user=True),
        name="sign-in",
    ),
    path("sign-out/", LogoutView.as_view(next_page="sign-in"), name="sign-out"),
]
