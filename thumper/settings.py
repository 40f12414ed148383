"""Settings of the project: typed, read from the environment, safe by default.

Two modes. `embedded` (the default) needs no configuration: SQLite, an embedded Redis-compatible server,
loopback only. `production` (THUMPER_MODE=production) refuses to start where a setting is unsafe, and
every refusal names its fix. `.env` beside manage.py is read first; `.env.example` explains each name.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import zoneinfo
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import django_stubs_ext
from csp.constants import NONCE
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

from thumper.runtime.secret_files import SecretFileError, secret_env, with_password
from thumper.runtime.system_zone import system_zone
from thumper.runtime.valkey import embedded_redis_url

# Idle OpenMP threads that spin would take the second core from the web server; torch reads this at import.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

django_stubs_ext.monkeypatch()  # lets Django's generic classes be subscripted at run time

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)


def _refuse(problem: str, fix: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{problem} {fix}")


try:
    secret = secret_env(env)
    secret.read_env(str(BASE_DIR / ".env"), recurse=False)
except SecretFileError as _error:
    raise _refuse(_error.problem, _error.fix) from _error


def _url_setting(name: str, **options: Any) -> dict[str, Any]:
    try:
        return dict(secret.dj_db_url(name, **options))
    except (EnvError, ValueError) as error:
        raise _refuse(
            f"{name} cannot be read: {error}.", f"Correct {name} or remove it."
        ) from error


_MAIL_FIX = "Set EMAIL_URL to one such as submission://user:password@mail.example.org:587, file:///srv/mails or console:"


def _mail_settings() -> dict[str, Any]:
    """EMAIL_URL as Django's settings of mail. It may hold a password, so that a refusal does not repeat it."""
    try:
        mail = dict(secret.dj_email_url("EMAIL_URL", "console:"))
    except (EnvError, ValueError) as error:
        raise _refuse("EMAIL_URL cannot be read.", _MAIL_FIX) from error
    url = urlsplit(secret.str("EMAIL_URL", "console:"))
    is_server = url.scheme in ("smtp", "smtps", "submission", "submit")
    mail["EMAIL_FILE_PATH"] = unquote(url.path)  # the parser's lacks its first slash
    if "EMAIL_BACKEND" not in mail:
        raise _refuse("EMAIL_URL names no known way to send mail.", _MAIL_FIX)
    if is_server and not url.hostname:
        raise _refuse("EMAIL_URL names no mail server.", _MAIL_FIX)
    if url.scheme == "file" and (url.netloc or not url.path):
        raise _refuse("EMAIL_URL names no folder.", _MAIL_FIX)
    return mail


def _site_url(default: str) -> str:
    """The address at which people open the site, without a slash at its end."""
    url: str = env.str("SITE_URL", default).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise _refuse(
            f"SITE_URL={url} is no address of a site.",
            "Set SITE_URL to scheme and host, such as https://deer.example.org.",
        )
    return url


def _watch_folders(texts: list[str]) -> dict[Path, str]:
    """Folders of WATCH_FOLDERS, each written as PATH or CAMERA=PATH, and their cameras."""
    folders = {}
    for text in filter(None, map(str.strip, texts)):
        camera, sign, path = ("", "", text) if text.startswith("/") else text.partition("=")
        folder = Path(path.strip())
        if not folder.is_absolute() or (sign and not camera.strip()):
            raise _refuse(
                f"WATCH_FOLDERS has {text}, which is no folder.",
                "Name each from the root of the disk, such as /mnt/share or north-gate=/mnt/share/north, divided by commas.",
            )
        for name, own in (("MEDIA_ROOT", MEDIA_ROOT), ("UPLOAD_ROOT", UPLOAD_ROOT)):
            if folder.is_relative_to(own) or own.is_relative_to(folder):
                raise _refuse(
                    f"WATCH_FOLDERS names {folder}, and {name} is {own}.",
                    "Watch a folder outside of it.",
                )
        folders[folder] = camera.strip()
    return folders


def _make(folder: Path, name: str) -> None:
    """The folder that the setting `name` names; made, and closed to others, where it is not there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _no_folder(folder, name, error) from error


def _no_folder(folder: Path, name: str, error: OSError) -> ImproperlyConfigured:
    return _refuse(
        f"The folder {folder} ({name}) cannot be used: {error.strerror}.",
        f"Set {name} to a folder of the user who runs this, or run this with the settings of your installation: "
        "where systemd starts Thumper, as `sudo thumper` (docs/operating.md).",
    )


def _home_secret(home: Path) -> str:
    """The embedded mode's key: made once, readable by its owner alone.

    Under a lock, since the processes of a first start may come together; one that died before it had
    written leaves an empty file, which the next one fills.
    """
    try:
        descriptor = os.open(home / "secret_key", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _no_folder(home, "THUMPER_HOME", error) from error
    with os.fdopen(descriptor, "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        key = file.read()
        if not key:
            key = secrets.token_urlsafe(64)
            file.write(key)
    return key


# --- mode and place -----------------------------------------------------------------------------
THUMPER_MODE: str = env.str("THUMPER_MODE", "embedded")
if THUMPER_MODE not in ("embedded", "production"):
    raise _refuse(f"THUMPER_MODE={THUMPER_MODE} is unknown.", "Set it to embedded or production.")
EMBEDDED = THUMPER_MODE == "embedded"
THUMPER_HOME = Path(env.str("THUMPER_HOME", str(BASE_DIR / "var"))).expanduser().absolute()
_make(THUMPER_HOME, "THUMPER_HOME")
RANCH_NAME: str = env.str("RANCH_NAME", "Our ranch")

# --- safety -------------------------------------------------------------------------------------
DEBUG: bool = env.bool("DEBUG", False)
SECRET_KEY: str = secret.str("SECRET_KEY", "")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])
BEHIND_PROXY = False  # a proxy ends TLS, and names protocol and client
if EMBEDDED:
    SECRET_KEY = SECRET_KEY or _home_secret(THUMPER_HOME)
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]  # strict on purpose: stops DNS rebinding
else:
    if DEBUG:
        raise _refuse("DEBUG is on in production.", "Remove DEBUG from the environment.")
    if len(SECRET_KEY) < 50 or SECRET_KEY.startswith(("change", "django-insecure")):
        raise _refuse(
            "SECRET_KEY is missing, short or the example's.",
            "Set it to the output of: python -c 'import secrets; print(secrets.token_urlsafe(64))'",
        )
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise _refuse(
            "ALLOWED_HOSTS is empty or names every host.",
            "Set it to the host names people use, for example ALLOWED_HOSTS=deer.example.org.",
        )
    # TLS ends here or at a proxy which says so; anything else is redirected to https.
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [
        r"^healthz$",
        r"^readyz$",
    ]  # probes speak plain HTTP inside the network
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
    # Of this host alone: a browser that was told so once takes plain HTTP of none of the domain's hosts, for a year.
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", False)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", False)
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # ask for these two
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
    if BEHIND_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Links in mails begin with it.
SITE_URL: str = _site_url(
    "http://127.0.0.1:8000" if EMBEDDED else f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Pages load nothing but what this server has, and run no script that stands in a page: the admin and the browsable
# API too. What those pages of others have inside is taken out by templates of ours (templates/).
_img_sources = ["'self'", "data:", "blob:"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": _img_sources,
        "script-src": ["'self'", NONCE],  # a nonce stands in the header where a page uses it
        "style-src": ["'self'", NONCE],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    },
}

# --- Django -------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "thumper.apps.QuietAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_rq",
    "axes",
    "reid",
    "exports",
    "analysis",
    "thumper.apps.ThumperConfig",
]
MIDDLEWARE = [
    "thumper.accounts.access_log.AccessLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "thumper.health.ProbeMiddleware",  # before all that asks for the host
    "thumper.pages.compression.CompressionMiddleware",  # around the static files too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "thumper.api.body_limit.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "thumper.api.access.LoopbackMiddleware",
    "thumper.pages.permissions.PagePermissionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "thumper.api.problems.DatabaseAwayMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "thumper.urls"
WSGI_APPLICATION = "thumper.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "thumper.pages.foreign_templates.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "thumper.pages.frame.frame",
            ],
            "libraries": {"thumper_pages": "thumper.pages.text_filters"},
        },
    }
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it refuses who has failed too often
    "django.contrib.auth.backends.ModelBackend",
]
SESSION_ENGINE = "thumper.sessions"
SESSION_COOKIE_AGE = 86_400 * env.int("SESSION_DAYS", 14)
# After so many wrong passwords for one name from one address, none from there is tried for a while.
AXES_FAILURE_LIMIT: int = env.int("SIGN_IN_FAILURES", 5)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("SIGN_IN_PAUSE_MINUTES", 15))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "thumper.accounts.addresses.client_address_of_sign_in"
AXES_LOCKOUT_CALLABLE = "thumper.pages.account.views.locked"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # events of accounts say who signed in
AXES_SENSITIVE_PARAMETERS: list[
    str
] = []  # a log that hides who was attacked from where helps nobody
AXES_VERBOSE = False
TOKEN_DAYS: int = env.int(
    "TOKEN_DAYS", 90
)  # a new token ends after so many, unless its maker says otherwise
for _name, _value in (
    ("SESSION_DAYS", SESSION_COOKIE_AGE),
    ("SIGN_IN_FAILURES", AXES_FAILURE_LIMIT),
    ("SIGN_IN_PAUSE_MINUTES", AXES_COOLOFF_TIME.total_seconds()),
    ("TOKEN_DAYS", TOKEN_DAYS),
):
    if _value < 1:
        raise _refuse(f"{_name} is not above 0.", f"Set {_name} to 1 or more.")
LOGIN_URL, LOGIN_REDIRECT_URL = "sign-in", "home"
LOCAL_USERNAME = "local"  # the embedded mode's one user
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en-us"
USE_TZ = True
TIME_ZONE: str = env.str("TIME_ZONE", "")
TIME_ZONE_SOURCE = "TIME_ZONE"  # where it comes from, in words that imports repeat
if not TIME_ZONE and EMBEDDED:
    TIME_ZONE, TIME_ZONE_SOURCE = system_zone() or "", "this computer's own, TIME_ZONE sets another"
if not TIME_ZONE:
    TIME_ZONE, TIME_ZONE_SOURCE = "UTC", "TIME_ZONE is not set"
if TIME_ZONE not in zoneinfo.available_timezones():
    raise _refuse(f"TIME_ZONE={TIME_ZONE} is unknown.", "Use an IANA name such as America/Chicago.")

# --- database -----------------------------------------------------------------------------------
DATABASE_URL = f"sqlite:///{THUMPER_HOME / 'thumper.sqlite3'}"
DATABASES = {"default": _url_setting("DATABASE_URL", default=DATABASE_URL)}
if _password := secret.str("DATABASE_PASSWORD", ""):
    if DATABASES["default"].get("PASSWORD"):
        raise _refuse(
            "DATABASE_URL holds a password, and DATABASE_PASSWORD is set.",
            "Take the password out of one of them.",
        )
    DATABASES["default"]["PASSWORD"] = _password
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        # A writer takes its lock at BEGIN: two transactions that both read first and write later would
        # otherwise deadlock, and SQLite answers that with an error at once, whatever the timeout.
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;"
            "PRAGMA journal_size_limit=27103364;PRAGMA cache_size=-16000;"
        ),
    }
    # A file, because workers of the tests are processes of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(THUMPER_HOME / "test.sqlite3")}
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # Its pool checks what it gives itself, so Django's health checks stay off.
    DATABASES["default"]["ENGINE"] = "thumper.postgres"
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 3,  # seconds: a host that is gone refuses nothing
        "tcp_user_timeout": 5000,  # milliseconds until a connection to such a host is given up
        **DATABASES["default"].get("OPTIONS", {}),
        # A try to reconnect that is left over from an outage would hold its place in the pool for minutes.
        "pool": {"min_size": 0, "max_size": 8, "timeout": 3, "reconnect_timeout": 1},
    }
else:
    raise _refuse(
        "DATABASE_URL names no SQLite and no PostgreSQL.", "Use postgres://... or remove it."
    )

# --- queue and export status --------------------------------------------------------------------
REDIS_URL: str = secret.str("REDIS_URL", "")
REDIS_EMBEDDED = not REDIS_URL
if not EMBEDDED and REDIS_EMBEDDED:
    raise _refuse(
        "REDIS_URL is not set in production.", "Set REDIS_URL=redis://:password@host:6379/0."
    )
REDIS_URL = REDIS_URL or embedded_redis_url(THUMPER_HOME)
if _password := secret.str("REDIS_PASSWORD", ""):
    if REDIS_EMBEDDED or urlsplit(REDIS_URL).password:
        raise _refuse(
            "REDIS_PASSWORD is set, and REDIS_URL holds a password already or is not set.",
            "Set REDIS_URL=redis://host:6379/0, or remove REDIS_PASSWORD.",
        )
    REDIS_URL = with_password(REDIS_URL, _password)
QUEUES = ("exports", "gpu", "train", "imports", "maintenance")
# A Redis that stands still is an outage too: whoever asks waits so long, and a worker longer, as RQ sets it.
# Options that REDIS_URL has already come first, and the first one counts.
_rq_url = f"{REDIS_URL}{'&' if urlsplit(REDIS_URL).query else '?'}socket_timeout=3&socket_connect_timeout=2"
RQ_QUEUES = {
    name: {"URL": _rq_url, "DEFAULT_TIMEOUT": 1800, "SERIALIZER": "json"} for name in QUEUES
}
RQ = {
    # Exports are queued in one MULTI with their status, outside any transaction.
    "COMMIT_MODE": "auto",
    "WORKER_CLASS": "thumper.runtime.workers.ForkingWorker",
    "JOB_CLASS": "thumper.runtime.registered_jobs.RegisteredJob",
}
# Whoever can write to Redis can name any function in a job; workers run these and no others.
RQ_REGISTERED_FUNCTIONS = frozenset(
    {
        "exports.jobs.build_report",
        "exports.jobs.build_archive",
        "exports.jobs.on_failure",
        "exports.jobs.on_stopped",
        "exports.jobs.reconcile",
        "exports.jobs.purge",
        "exports.jobs.tell",
        "exports.jobs.freeze_link",
        "exports.jobs.send_scheduled",
        "reid.jobs.identify",
        "reid.jobs.detect",
        "reid.jobs.backfill",
        "reid.jobs.apply_threshold",
        "reid.jobs.import_photographs",
        "reid.jobs.undo_import",
        "reid.jobs.sweep_uploads",
        "reid.jobs.watch_folders",
        "reid.jobs.resume_silent",
        "reid.jobs.look_for_repeats",
        "reid.jobs.rescore",
        "reid.jobs.purge_undone",
        "reid.jobs.tell_watchers",
        "analysis.jobs.train",
        "analysis.jobs.threshold_report",
        "analysis.jobs.count_changes",
        "analysis.jobs.check_proposal",
        "analysis.jobs.propose_waiting",
        "analysis.jobs.watch",
        "analysis.jobs.estimate_survey",
        "thumper.accounts.jobs.clear_sessions",
        "thumper.accounts.jobs.delete_people",
    }
)
# What the release before queued under another name, function or callback, runs under its new one. For one release.
RQ_RENAMED_FUNCTIONS = {
    "reid.rescoring.rescore": "reid.jobs.rescore",
    "analysis.background.threshold_report": "analysis.jobs.threshold_report",
    "analysis.background.count_changes": "analysis.jobs.count_changes",
    "analysis.background.check_proposal": "analysis.jobs.check_proposal",
    "analysis.training_job.train": "analysis.jobs.train",
    "analysis.training_job.resume_silent": "reid.jobs.resume_silent",
    "analysis.watching.watch": "analysis.jobs.watch",
    "analysis.adapted_threshold.propose_waiting": "analysis.jobs.propose_waiting",
}

# --- files --------------------------------------------------------------------------------------
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(THUMPER_HOME / "media"))).absolute()
EXPORT_ROOT = Path(env.str("EXPORT_ROOT", str(THUMPER_HOME / "exports"))).absolute()
MODEL_ROOT = Path(env.str("MODEL_ROOT", str(THUMPER_HOME / "models"))).absolute()
IMAGE_MAX_PIXELS: int = env.int("IMAGE_MAX_PIXELS", 100_000_000)
IMAGE_MAX_BYTES: int = env.int("IMAGE_MAX_BYTES", 64 * 1024 * 1024)
VIDEO_FPS: float = env.float("VIDEO_FPS", 1.0)  # frames of a second that are looked at
if not 0.0 < VIDEO_FPS <= 30.0:
    raise _refuse(f"VIDEO_FPS is {VIDEO_FPS}.", "Set it to a number above 0, and at most 30.")
VIDEO_FRAMES: str = env.str("VIDEO_FRAMES", "moving")  # which of them become photographs
if VIDEO_FRAMES not in ("moving", "all"):
    raise _refuse(f"VIDEO_FRAMES={VIDEO_FRAMES} is unknown.", "Set it to moving or all.")
# Photographs that come in through the browser, until they are imported; best on the disk of MEDIA_ROOT, for there they
# are stored a single time.
UPLOAD_ROOT = Path(env.str("UPLOAD_ROOT", str(THUMPER_HOME / "uploads"))).absolute()
UPLOAD_CHUNK_BYTES: int = env.int(
    "UPLOAD_CHUNK_BYTES", 8 * 2**20
)  # the most that one request brings
UPLOAD_MAX_BYTES: int = env.int("UPLOAD_MAX_BYTES", 2**30)  # of a table or a detector's file
UPLOAD_MAX_FILES: int = env.int("UPLOAD_MAX_FILES", 200_000)  # of one import
UPLOAD_DISK_RESERVE: int = env.int("UPLOAD_DISK_RESERVE", 2 * 2**30)  # bytes never filled
UPLOAD_KEEP_DAYS: int = env.int(
    "UPLOAD_KEEP_DAYS", 14
)  # without a further byte, or after the import
for _name in ("UPLOAD_CHUNK_BYTES", "UPLOAD_MAX_BYTES", "UPLOAD_MAX_FILES", "UPLOAD_KEEP_DAYS"):
    if globals()[_name] < 1:
        raise _refuse(f"{_name} is {globals()[_name]}.", f"Set {_name} to 1 or more.")
# Folders of this server from which people may import in the browser.
_photo_roots: list[str] = env.list("PHOTO_ROOTS", [])
PHOTO_ROOTS: list[Path] = [Path(_text.strip()) for _text in _photo_roots if _text.strip()]
for _root in PHOTO_ROOTS:
    if not _root.is_absolute():
        raise _refuse(
            f"PHOTO_ROOTS names {_root}, which is no whole path.",
            "Name each folder from the root of the disk, such as /srv/cards, divided by commas.",
        )
# Folders whose new photographs and videos come in by themselves, each with its camera; empty: a folder for each camera.
WATCH_FOLDERS: dict[Path, str] = _watch_folders(env.list("WATCH_FOLDERS", []))
# Backups of upgrades, and of `manage.py backup` where it is given no folder; best on another disk.
BACKUP_ROOT = Path(env.str("BACKUP_ROOT", str(THUMPER_HOME / "backups"))).absolute()
PG_BIN: str = env.str("PG_BIN", "")  # folder with pg_dump, pg_restore and psql; empty: looked for
MAP_TILES: str = env.str("MAP_TILES", "")  # an MBTiles file under the map of cameras
# Photographs of people are deleted so many days after they were taken; 0: never by themselves.
PEOPLE_KEEP_DAYS: int = env.int("PEOPLE_KEEP_DAYS", 0)
if PEOPLE_KEEP_DAYS < 0:
    raise _refuse(
        f"PEOPLE_KEEP_DAYS is {PEOPLE_KEEP_DAYS}.", "Set it to a number of days, or to 0: never."
    )
# Regions of people and vehicles are blurred in everything that shows a photograph or leaves the server.
PEOPLE_BLUR: bool = env.bool("PEOPLE_BLUR", True)
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(THUMPER_HOME / "static"))).absolute()
for _name in ("MEDIA_ROOT", "EXPORT_ROOT", "MODEL_ROOT", "UPLOAD_ROOT", "STATIC_ROOT"):
    _make(globals()[_name], _name)
# Without collectstatic (the embedded mode) whitenoise finds the files in the apps themselves.
WHITENOISE_USE_FINDERS = EMBEDDED
# Photographs and all that is made of them lie in MEDIA_ROOT, or in a bucket of S3 or of a server that speaks it.
PHOTO_STORAGE: str = env.str("PHOTO_STORAGE", "folder")
if PHOTO_STORAGE not in ("folder", "s3"):
    raise _refuse(f"PHOTO_STORAGE={PHOTO_STORAGE} is unknown.", "Set it to folder or s3.")
S3_BUCKET: str = env.str("S3_BUCKET", "")
S3_PREFIX: str = env.str("S3_PREFIX", "")  # what the names of all objects begin with
S3_ENDPOINT: str = env.str("S3_ENDPOINT", "")  # of a server that is not Amazon's
S3_REGION: str = env.str("S3_REGION", "")
# Without these the usual places are asked: AWS_ variables, and the role of the instance.
S3_ACCESS_KEY_ID: str = env.str("S3_ACCESS_KEY_ID", "")
S3_SECRET_ACCESS_KEY: str = env.str("S3_SECRET_ACCESS_KEY", "")
# Seconds that a signed address of a photograph is good for; 0: this server sends the photographs itself.
S3_SIGNED_SECONDS: int = env.int("S3_SIGNED_SECONDS", 0)
# Files of exports lie in EXPORT_ROOT, or in the same bucket; they grow in EXPORT_ROOT in any case.
EXPORT_STORAGE: str = env.str("EXPORT_STORAGE", "folder")
S3_EXPORTS = (
    ".exports"  # where they lie among the photographs, no collection of which begins with a dot
)
if EXPORT_STORAGE not in ("folder", "s3"):
    raise _refuse(f"EXPORT_STORAGE={EXPORT_STORAGE} is unknown.", "Set it to folder or s3.")
_FOLDER = {"BACKEND": "reid.storage.folder.FolderStorage"}
_S3: dict[str, Any] = {
    "BACKEND": "reid.storage.bucket.BucketStorage",
    "OPTIONS": {
        "bucket_name": S3_BUCKET,
        "location": S3_PREFIX,
        "endpoint_url": S3_ENDPOINT or None,
        "region_name": S3_REGION or None,
        "access_key": S3_ACCESS_KEY_ID or None,
        "secret_key": S3_SECRET_ACCESS_KEY or None,
    },
}
if S3_SIGNED_SECONDS < 0:
    raise _refuse(f"S3_SIGNED_SECONDS is {S3_SIGNED_SECONDS}.", "Set it to 0 or more.")
if PHOTO_STORAGE == "s3" and S3_SIGNED_SECONDS:
    _host = urlsplit(S3_ENDPOINT)
    _address = f"{_host.scheme}://{_host.netloc}" if S3_ENDPOINT else "https://*.amazonaws.com"
    _img_sources.append(_address)
STORAGES = {
    "default": _S3 if PHOTO_STORAGE == "s3" else _FOLDER,
    # No collection of photographs begins with a dot.
    "exports": _S3
    | {"OPTIONS": _S3["OPTIONS"] | {"location": f"{S3_PREFIX}/.exports".lstrip("/")}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- exports ------------------------------------------------------------------------------------
EXPORT_TTL: int = env.int("EXPORT_TTL", 3600)  # seconds a status lives after its last write
EXPORT_JOB_TIMEOUT: int = env.int("EXPORT_JOB_TIMEOUT", 1800)
EXPORT_MAX_RUNNING: int = env.int("EXPORT_MAX_RUNNING", 4)  # of one user; the next gets 429
EXPORT_MAX_PER_MINUTE: int = env.int("EXPORT_MAX_PER_MINUTE", 30)  # started by one user
EXPORT_REBUILD_TTL: int = env.int("EXPORT_REBUILD_TTL", 30 * 86_400)  # seconds a request is kept
EXPORT_DISK_RESERVE: int = env.int("EXPORT_DISK_RESERVE", 512 * 2**20)  # bytes never filled
EXPORT_MAIL_ATTACH_BYTES: int = env.int("EXPORT_MAIL_ATTACH_BYTES", 0)  # PDFs up to so large
for _name in ("EXPORT_TTL", "EXPORT_JOB_TIMEOUT", "EXPORT_REBUILD_TTL"):
    if globals()[_name] < 1:
        raise _refuse(f"{_name} is {globals()[_name]}.", f"Set {_name} to 1 second or more.")
for _name in ("EXPORT_MAX_RUNNING", "EXPORT_MAX_PER_MINUTE"):
    if globals()[_name] < 1:
        raise _refuse(f"{_name} is {globals()[_name]}.", f"Set {_name} to 1 or more.")
EXPORT_PAPER: str = env.str("EXPORT_PAPER", "A4")
if EXPORT_PAPER not in ("A4", "Letter"):
    raise _refuse(f"EXPORT_PAPER={EXPORT_PAPER} is unknown.", "Set it to A4 or Letter.")
# Camtrap DP archives: the species that the deer classes mean, and how the cameras were placed.
TAXON: str = env.str("TAXON", "Odocoileus virginianus")
if not re.fullmatch(r"[A-Z][a-z]+( [a-z-]+){0,2}", TAXON):
    raise _refuse(f"TAXON={TAXON} is no scientific name.", "Use one such as Odocoileus hemionus.")
SAMPLING_DESIGN: str = env.str("SAMPLING_DESIGN", "opportunistic")
_designs = ("simpleRandom", "systematicRandom", "clusteredRandom", "experimental", "targeted")
if SAMPLING_DESIGN not in (*_designs, "opportunistic"):
    raise _refuse(
        f"SAMPLING_DESIGN={SAMPLING_DESIGN} is unknown.",
        f"Set it to {', '.join(_designs)} or opportunistic.",
    )
# Who else is named in a package, "Name <mail> (role)" each, divided by semicolons; and the licences of its data
# and of its photographs, each an SPDX name or an address.
_roles = ("contact", "principalInvestigator", "rightsHolder", "publisher", "contributor")
CAMTRAP_CONTRIBUTORS: list[dict[str, str]] = []
for _text in filter(None, map(str.strip, env.str("CAMTRAP_CONTRIBUTORS", "").split(";"))):
    _match = re.fullmatch(
        r"([^<>()]*[^<>()\s])\s*(?:<([^<>@\s]+@[^<>@\s]+)>)?\s*(?:\((\w+)\))?", _text
    )
    if _match is None or (_match[3] or "contributor") not in _roles:
        raise _refuse(
            f"CAMTRAP_CONTRIBUTORS has {_text!r}.",
            f"Write each as Name <mail@example.org> (role), with a role of {', '.join(_roles)}.",
        )
    _fields = {"title": _match[1], "email": _match[2], "role": _match[3] or "contributor"}
    CAMTRAP_CONTRIBUTORS.append({name: value for name, value in _fields.items() if value})
CAMTRAP_LICENSES: list[dict[str, str]] = []
for _scope in ("data", "media"):
    if _text := env.str(f"CAMTRAP_LICENSE_{_scope.upper()}", ""):
        _key = "path" if re.match("https?://", _text) else "name"
        if not re.fullmatch(r"https?://\S+|[A-Za-z0-9.+-]+", _text):
            raise _refuse(
                f"CAMTRAP_LICENSE_{_scope.upper()}={_text} is no licence.",
                "Use a name such as CC0-1.0 or CC-BY-NC-4.0, or the address of its text.",
            )
        CAMTRAP_LICENSES.append({_key: _text, "scope": _scope})
if len(CAMTRAP_LICENSES) == 1:
    raise _refuse(
        "CAMTRAP_LICENSE_DATA and CAMTRAP_LICENSE_MEDIA belong together: one of them is not set.",
        "Set both: a package names a licence of its data and one of its photographs, or none.",
    )

# --- re-identification --------------------------------------------------------------------------
REID_ENCOUNTER_GAP: int = env.int(
    "REID_ENCOUNTER_GAP", 300
)  # seconds between frames of one encounter
REID_ENCOUNTER_MAX: int = env.int("REID_ENCOUNTER_MAX", 1800)  # seconds one encounter may last
# Join the photographs of one animal where several met, by place and embedding (docs/viewpoint-and-fusion.md).
REID_LINK_FRAMES: bool = env.bool("REID_LINK_FRAMES", True)
REID_MIN_CROP: int = env.int("REID_MIN_CROP", 50)  # pixels; a smaller box is skipped with a reason
# Ranked best on real animals never seen by the model, by sighting and on each flank.
REID_PROFILE_SCORE: str = env.str("REID_PROFILE_SCORE", "centroid")
if REID_PROFILE_SCORE not in ("max", "top3", "centroid"):
    raise _refuse(
        f"REID_PROFILE_SCORE={REID_PROFILE_SCORE} is unknown.", "Set it to max, top3 or centroid."
    )
# Antlers are shed and grown anew: an antler year begins with this month (docs/antlers.md).
REID_ANTLER_MONTH: int = env.int("REID_ANTLER_MONTH", 4)
if not 1 <= REID_ANTLER_MONTH <= 12:
    raise _refuse(
        f"REID_ANTLER_MONTH={REID_ANTLER_MONTH} is no month.",
        "Set it to a number from 1 to 12: the month in which your deer begin to grow antlers.",
    )
REID_ANTLER_SEASONS: str = env.str("REID_ANTLER_SEASONS", "all")
if REID_ANTLER_SEASONS not in ("all", "same"):
    raise _refuse(
        f"REID_ANTLER_SEASONS={REID_ANTLER_SEASONS} is unknown.",
        "Set it to all, or to same: bucks are compared with references of the photograph's antler year.",
    )
REID_PATTERN: bool = env.bool("REID_PATTERN", True)  # patterns of coats count beside embeddings
REID_DEVICE: str = env.str("REID_DEVICE", "auto")
REID_BATCH_SIZE: int = env.int("REID_BATCH_SIZE", 32)
# Who runs a float32 network on a CPU: auto measures torch and onnxruntime where the network is loaded.
REID_RUNTIME: str = env.str("REID_RUNTIME", "auto")
if REID_RUNTIME not in ("auto", "torch"):
    raise _refuse(f"REID_RUNTIME={REID_RUNTIME} is unknown.", "Set it to auto or torch.")
REID_THRESHOLD: float | None = env.float("REID_THRESHOLD", None)
if REID_THRESHOLD is not None and not 0.0 < REID_THRESHOLD <= 1.0:
    raise _refuse(f"REID_THRESHOLD={REID_THRESHOLD} is no score.", "Set it above 0 and at most 1.")
REID_WHAT_IF_THRESHOLD = 0.55  # stands in tables where no threshold is approved; never assigns
REID_AUTO_ENROL: bool = env.bool("REID_AUTO_ENROL", False)
REID_WATCH_DAYS: int = env.int("REID_WATCH_DAYS", 1)  # one snapshot of performance in so many days
REID_WATCH_KEEP_DAYS: int = env.int("REID_WATCH_KEEP_DAYS", 1095)
REID_WATCH_MAIL: list[str] = env.list("REID_WATCH_MAIL", [])  # who gets mail about alerts
for _name in ("REID_WATCH_DAYS", "REID_WATCH_KEEP_DAYS"):
    if globals()[_name] < 1:
        raise _refuse(f"{_name} is {globals()[_name]}.", f"Set {_name} to 1 day or more.")

# --- HTTP API -----------------------------------------------------------------------------------
JSON_MAX_BYTES: int = env.int("JSON_MAX_BYTES", 2 * 2**20)  # a larger body is answered 413
DATA_UPLOAD_MAX_MEMORY_SIZE = JSON_MAX_BYTES  # Django's own limit, of forms and of what it reads
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "thumper.api.access.TokenAuthentication",  # first: its header makes an unknown caller a 401
        "thumper.api.access.LoopbackAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["thumper.api.permissions.GrantedOperation"],
    "DEFAULT_PARSER_CLASSES": ["thumper.api.parsers.BoundedJSONParser"],
    "EXCEPTION_HANDLER": "thumper.api.problems.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "thumper.api.openapi.ThumperSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Thumper",
    "DESCRIPTION": "Which deer is it? Detections, identities, scores, reports and archives.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["thumper.api.permissions.GrantedOperation"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ClassificationEnum": "reid.taxonomy.CHOICES",
        "SexEnum": "reid.taxonomy.SEX_CHOICES",
        "DeerStatusEnum": "reid.models.Deer.Status",
        "ExportStatusEnum": "exports.api.answers.STATUSES",
        "ExportKindEnum": "exports.api.answers.KINDS",
        "ImportKindEnum": "reid.models.Import.Kind",
        "ImportStateEnum": "reid.models.Import.State",
        "ScorerKindEnum": "reid.models.Scorer.Kind",
        "AuditPlanKindEnum": "reid.models.AuditPlan.Kind",
        "OperationKindEnum": "reid.models.Operation.Kind",
        "AuditPlanStatusEnum": "reid.models.AuditPlan.Status",
        "SelectionEnum": "reid.models.Operation.Selection",
        "SaidSelectionEnum": "reid.api.review_requests.SELECTIONS",
        "SourceEnum": "reid.models.Threshold.Source",
    },
}

# --- mail and logs ------------------------------------------------------------------------------
_email = _mail_settings()
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = (
    _email["EMAIL_BACKEND"],
    _email["EMAIL_HOST"],
    _email["EMAIL_PORT"],
)
EMAIL_FILE_PATH: str = _email["EMAIL_FILE_PATH"]  # of the mails that file: writes
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_USER"], _email["EMAIL_HOST_PASSWORD"]
EMAIL_TIMEOUT = (
    10  # seconds; without one a server that never answers holds the exports worker for ever
)
EMAIL_USE_TLS, EMAIL_USE_SSL = _email["EMAIL_USE_TLS"], _email["EMAIL_USE_SSL"]
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", "thumper@localhost")

LOG_LEVEL: str = env.str("LOG_LEVEL", "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"job": {"()": "thumper.logs.JobFilter"}},
    "formatters": {
        "text": {
            "format": "%(asctime)s %(levelname)s %(name)s [%(job_id)s %(request_id)s] %(message)s"
        },
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(job_id)s %(request_id)s %(message)s",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "level": LOG_LEVEL,  # for what libraries log too
            "formatter": "text" if EMBEDDED else "json",
            "filters": ["job"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        name: {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False}
        for name in ("thumper", "exports", "reid", "analysis")
    }
    # It warns of every request that waits a moment for a thread.
    | {"waitress.queue": {"level": "ERROR"}},
}
