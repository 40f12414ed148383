"""Addresses of the pages. Each has a row in `permissions.PAGES`."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from thumper.pages import reviewing, search
from thumper.pages.account import views as account
from thumper.pages.health import detectors, overview, threshold_acts, thresholds, trends
from thumper.pages.home import views as home

urlpatterns = [
    path("", home.home, name="home"),
    path("sample-herd/remove", home.remove_sample, name="remove-sample"),
    path("search/", search.search, name="search"),
    path("cameras/", include("thumper.pages.cameras.urls")),
    path("photographs/", include("thumper.pages.photographs.urls")),
    path("deer/", include("thumper.pages.deer.urls")),
    path("surveys/", include("thumper.pages.surveys.urls")),
    path("review/", reviewing.review, name="review"),
    path("review/decisions", reviewing.decisions, name="decisions"),
    path("review/decisions/<uuid:operation>/undo", reviewing.undo_decision, name="undo-decision"),
    path("review/audit", reviewing.audit, name="audit"),
    path("surveys/<uuid:survey>/audit", reviewing.survey_audit, name="survey-audit"),
    path("review/labels", reviewing.labels, name="labels"),
    path("", include("thumper.pages.reports.urls")),
    path("health/", overview.overview, name="health"),
    path("health/jobs/<str:queue>/<str:job>/retry", overview.retry_job, name="retry-job"),
    path("health/jobs/<str:queue>/<str:job>/forget", overview.forget_job, name="forget-job"),
    path("health/detectors/<uuid:detector>/use", detectors.use, name="use-detector"),
    path("health/runs/<uuid:run>/cancel", overview.cancel_run, name="cancel-run"),
    path("health/runs/<uuid:run>/retry", overview.retry_run, name="retry-run"),
    path("thresholds/", thresholds.show, name="thresholds"),
    path("thresholds/propose", threshold_acts.propose, name="propose-threshold"),
    path("thresholds/<uuid:threshold>/<str:verb>", threshold_acts.act, name="threshold-act"),
    path("trends/", trends.trends, name="trends"),
    path("imports/", include("thumper.pages.imports.urls")),
    path("account/", account.account, name="account"),
    path("account/keys", account.keys, name="account-keys"),
    path("account/password", account.PasswordView.as_view(), name="password"),
    path("account/tokens", account.tokens, name="tokens"),
    path("account/tokens/<int:token>/revoke", account.revoke_token, name="revoke-token"),
    path("account/sessions", account.sessions, name="sessions"),
    path("account/sessions/end", account.end_session, name="end-session"),
    path("accounts/", include("thumper.pages.accounts.urls")),
    path(
        "sign-in/",
        LoginView.as_view(template_name="account/sign_in.html", redirect_authenticated_user=True),
        name="sign-in",
    ),
    path("sign-out/", LogoutView.as_view(next_page="sign-in"), name="sign-out"),
]
