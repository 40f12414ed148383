"""Settings, read by a fresh interpreter: what it refuses, and in which words."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

PRODUCTION = {
    "THUMPER_MODE": "production",
    "SECRET_KEY": "k" * 64,
    "ALLOWED_HOSTS": "deer.example.org",
    "DATABASE_URL": "postgres://thumper:secret@localhost/thumper",
    "REDIS_URL": "redis://:secret@localhost:6379/0",
}


def load(
    tmp_path: Path, shown: str = "THUMPER_MODE", **env: str
) -> subprocess.CompletedProcess[str]:
    # of its own but for the path, and for coverage, which measures what other processes run too
    keep = {
        name: value
        for name, value in os.environ.items()
        if name == "PATH" or name.startswith("COVERAGE_")
    }
    return subprocess.run(
        [sys.executable, "-c", f"from thumper import settings; print(settings.{shown})"],
        env=keep | {"THUMPER_HOME": str(tmp_path / "home")} | env,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )


def test_nothing_needs_to_be_configured(tmp_path: Path) -> None:
    result = load(tmp_path, "REDIS_URL")
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == f"unix://{tmp_path}/home/valkey/valkey.sock?db=0"


def test_a_folder_that_cannot_be_made_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = load(tmp_path, THUMPER_HOME=str(tmp_path / "file" / "home"))
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert (
        f"The folder {tmp_path}/file/home (THUMPER_HOME) cannot be used: Not a directory." in last
    )


def test_a_folder_whose_key_cannot_be_read_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home" / "secret_key").mkdir(parents=True)
    result = load(tmp_path)
    assert "(THUMPER_HOME) cannot be used: Is a directory." in result.stderr.splitlines()[-1]


def test_the_embedded_key_is_made_once_and_private(tmp_path: Path) -> None:
    first, second = load(tmp_path, "SECRET_KEY"), load(tmp_path, "SECRET_KEY")
    assert first.stdout == second.stdout
    assert len(first.stdout.strip()) > 50
    mode = (tmp_path / "home" / "secret_key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_key_that_was_never_written_is_made_up_for(tmp_path: Path) -> None:
    """A first start that was killed between making the file and filling it."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "secret_key").touch(mode=0o600)
    first, second = load(tmp_path, "SECRET_KEY"), load(tmp_path, "SECRET_KEY")
    assert first.stdout == second.stdout
    assert len(first.stdout.strip()) > 50


def test_a_mail_server_that_never_answers_is_not_waited_for(tmp_path: Path) -> None:
    assert load(tmp_path, "EMAIL_TIMEOUT").stdout.strip() == "10"


def test_the_embedded_mode_keeps_the_computers_own_time(tmp_path: Path) -> None:
    words = "TIME_ZONE + ': ' + settings.TIME_ZONE_SOURCE"
    own = load(tmp_path, words, TZ=":America/Denver").stdout.strip()
    assert own == "America/Denver: this computer's own, TIME_ZONE sets another"
    given = load(tmp_path, words, TZ="America/Denver", TIME_ZONE="America/Chicago").stdout.strip()
    assert given == "America/Chicago: TIME_ZONE"
    server = load(tmp_path, words, **PRODUCTION, TZ="America/Denver").stdout.strip()
    assert server == "UTC: TIME_ZONE is not set"


@pytest.mark.parametrize("name", ["SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD"])
def test_a_server_decides_for_the_rest_of_its_domain_only_where_that_is_said(
    tmp_path: Path, name: str
) -> None:
    assert load(tmp_path, name, **PRODUCTION).stdout.strip() == "False"
    assert load(tmp_path, name, **PRODUCTION | {name: "true"}).stdout.strip() == "True"


def test_production_starts_when_all_is_said(tmp_path: Path) -> None:
    assert load(tmp_path, **PRODUCTION).stdout.strip() == "production"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"DEBUG": "true"}, "Remove DEBUG"),
        ({"SECRET_KEY": ""}, "Set it to the output of"),
        ({"SECRET_KEY": "change-me" * 10}, "Set it to the output of"),
        ({"ALLOWED_HOSTS": ""}, "Set it to the host names"),
        ({"ALLOWED_HOSTS": "*"}, "Set it to the host names"),
        ({"THUMPER_MODE": "prod"}, "embedded or production"),
        ({"TIME_ZONE": "Texas"}, "America/Chicago"),
        ({"DATABASE_URL": "mysql://a:b@c/d"}, "Use postgres://"),
        ({"REID_PROFILE_SCORE": "best"}, "max, top3 or centroid"),
        ({"REID_ANTLER_MONTH": "13"}, "the month in which your deer begin to grow antlers"),
        ({"REID_ANTLER_MONTH": "0"}, "a number from 1 to 12"),
        ({"REID_ANTLER_SEASONS": "auto"}, "Set it to all, or to same"),
        ({"REID_THRESHOLD": "1.5"}, "at most 1"),
        ({"EXPORT_PAPER": "A3"}, "A4 or Letter"),
        ({"TAXON": "white-tailed deer"}, "Odocoileus hemionus"),
        ({"SAMPLING_DESIGN": "random"}, "simpleRandom, systematicRandom"),
        ({"CAMTRAP_CONTRIBUTORS": "Ann (boss)"}, "principalInvestigator"),
        (
            {"CAMTRAP_CONTRIBUTORS": "Ann Lee; <no@name>"},
            "Write each as Name <mail@example.org> (role)",
        ),
        ({"CAMTRAP_LICENSE_DATA": "CC0-1.0"}, "Set both"),
        (
            {"CAMTRAP_LICENSE_DATA": "CC0-1.0", "CAMTRAP_LICENSE_MEDIA": "all mine"},
            "Use a name such as CC0-1.0",
        ),
        ({"SITE_URL": "deer.example.org"}, "SITE_URL=deer.example.org"),
        ({"SITE_URL": "https://"}, "Set SITE_URL to"),
        ({"SITE_URL": "https://deer.example.org/thumper"}, "Set SITE_URL to"),
        ({"EMAIL_URL": "nonsense"}, "EMAIL_URL"),
        ({"EMAIL_URL": "pigeon://loft"}, "Set EMAIL_URL to one such as submission://"),
        (
            {"EMAIL_URL": "smtp://mail.example.org:port"},
            "Set EMAIL_URL to one such as submission://",
        ),
        ({"EMAIL_URL": "submission:"}, "Set EMAIL_URL to one such as submission://"),
        ({"EMAIL_URL": "file:"}, "Set EMAIL_URL to one such as submission://"),
        ({"EMAIL_URL": "file://mails"}, "Set EMAIL_URL to one such as submission://"),
        ({"EMAIL_URL": "smtp://h?timeout=soon"}, "Set EMAIL_URL to one such as submission://"),
    ],
)
def test_an_unsafe_or_unknown_setting_is_refused_with_its_fix(tmp_path, change, words) -> None:
    result = load(tmp_path, **PRODUCTION | change)
    assert result.returncode != 0
    assert words in result.stderr
    assert "ImproperlyConfigured" in result.stderr


def test_mails_are_written_to_the_folder_that_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "mails to read"
    env = {"EMAIL_URL": f"file://{folder}".replace(" ", "%20")}
    assert load(tmp_path, "EMAIL_FILE_PATH", **env).stdout.strip() == str(folder)
    backend = "django.core.mail.backends.filebased.EmailBackend"
    assert load(tmp_path, "EMAIL_BACKEND", **env).stdout.strip() == backend


def test_the_example_of_a_mail_server_works(tmp_path: Path) -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    url = next(line for line in example.splitlines() if line.startswith("#EMAIL_URL="))
    env = {"EMAIL_URL": url.partition("=")[2]}
    shown = "EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS"
    assert load(tmp_path, shown, **env).stdout.strip() == "mail.example.org 587 True"


@pytest.mark.parametrize(
    ("env", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        (PRODUCTION, "https://deer.example.org"),
        (PRODUCTION | {"ALLOWED_HOSTS": ".example.org"}, "https://example.org"),
        (
            PRODUCTION | {"SITE_URL": "https://deer.example.org:8443/"},
            "https://deer.example.org:8443",
        ),
    ],
)
def test_links_in_mails_begin_with_the_address_of_the_site(tmp_path: Path, env, url) -> None:
    assert load(tmp_path, "SITE_URL", **env).stdout.strip() == url


def test_production_needs_a_redis_of_its_own(tmp_path: Path) -> None:
    env = {name: value for name, value in PRODUCTION.items() if name != "REDIS_URL"}
    assert "Set REDIS_URL" in load(tmp_path, **env).stderr


def test_every_setting_read_from_the_environment_is_in_the_example() -> None:
    import re

    root = Path(__file__).parents[2]
    read = re.findall(
        r'(?:env\.\w+|_url_setting)\(\s*"([A-Z_]+)"', (root / "thumper/settings.py").read_text()
    )
    example = (root / ".env.example").read_text()
    missing = {name for name in read if f"#{name}=" not in example}
    assert not missing


def test_folders_to_import_from_are_whole_paths(tmp_path: Path) -> None:
    named = load(tmp_path, "PHOTO_ROOTS", PHOTO_ROOTS="/srv/cards, /mnt/nas")
    assert named.stdout.strip() == "[PosixPath('/srv/cards'), PosixPath('/mnt/nas')]"
    refused = load(tmp_path, "PHOTO_ROOTS", PHOTO_ROOTS="cards")
    assert refused.returncode != 0
    assert "PHOTO_ROOTS names cards, which is no whole path." in refused.stderr
    assert load(tmp_path, "PHOTO_ROOTS").stdout.strip() == "[]"


def test_an_upload_needs_room_for_something(tmp_path: Path) -> None:
    refused = load(tmp_path, UPLOAD_CHUNK_BYTES="0")
    assert "UPLOAD_CHUNK_BYTES is 0. Set UPLOAD_CHUNK_BYTES to 1 or more." in refused.stderr


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"PHOTO_STORAGE": "ftp"}, "PHOTO_STORAGE=ftp is unknown. Set it to folder or s3."),
        ({"EXPORT_STORAGE": "ftp"}, "EXPORT_STORAGE=ftp is unknown. Set it to folder or s3."),
        ({"S3_SIGNED_SECONDS": "-1"}, "S3_SIGNED_SECONDS is -1. Set it to 0 or more."),
    ],
)
def test_a_storage_that_cannot_be_is_refused(
    tmp_path: Path, given: dict[str, str], says: str
) -> None:
    assert says in load(tmp_path, **given).stderr


def test_browsers_may_load_photographs_from_the_bucket_only_where_they_are_sent_there(
    tmp_path: Path,
) -> None:
    bucket = {
        "PHOTO_STORAGE": "s3",
        "S3_BUCKET": "ranch",
        "S3_ENDPOINT": "https://s3.example.org/x",
    }
    shown = 'CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"]'
    assert "s3.example.org" not in load(tmp_path, shown, **bucket).stdout
    sent = load(tmp_path, shown, **bucket, S3_SIGNED_SECONDS="60").stdout
    assert sent.strip().endswith("'https://s3.example.org']")


# --- secrets in files -----------------------------------------------------------------------------


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in PRODUCTION.items() if name not in names}


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("f" * 64 + "\n")
    env = without("SECRET_KEY") | {"SECRET_KEY_FILE": str(file)}
    assert load(tmp_path, "SECRET_KEY", **env).stdout.strip() == "f" * 64


def test_passwords_in_files_become_part_of_where_to_connect(tmp_path: Path) -> None:
    """Any sign may be in them, for nobody has to write them into a URL."""
    for name in ("database", "redis"):
        (tmp_path / name).write_text(f" p@ss/{name}?#: \n")
    env = PRODUCTION | {
        "DATABASE_URL": "postgres://thumper@postgres:5432/thumper",
        "DATABASE_PASSWORD_FILE": str(tmp_path / "database"),
        "REDIS_URL": "redis://redis:6379/0",
        "REDIS_PASSWORD_FILE": str(tmp_path / "redis"),
    }
    shown = "DATABASES['default']['PASSWORD'], settings.REDIS_URL"
    password, url = load(tmp_path, shown, **env).stdout.split()
    assert password == "p@ss/database?#:"
    assert url == "redis://:p%40ss%2Fredis%3F%23%3A@redis:6379/0"
    named = load(tmp_path, "REDIS_URL", **env | {"REDIS_URL": "rediss://worker@redis:6379/0"})
    assert named.stdout.strip() == "rediss://worker:p%40ss%2Fredis%3F%23%3A@redis:6379/0"


def test_the_whole_address_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("redis://:secret@redis:6379/3\n")
    env = without("REDIS_URL") | {"REDIS_URL_FILE": str(file)}
    assert load(tmp_path, "REDIS_URL", **env).stdout.strip() == "redis://:secret@redis:6379/3"


@pytest.mark.parametrize(
    ("text", "change", "words"),
    [
        (None, {}, "which cannot be read (FileNotFoundError). Write the value of SECRET_KEY"),
        (b"", {}, "which is empty. Write the value of SECRET_KEY into that file, or remove"),
        (b" \n", {}, "which is empty."),
        (b"\xff\xfe", {}, "which cannot be read (UnicodeDecodeError)."),
        (
            b"f" * 64,
            {"SECRET_KEY": "k" * 64},
            "SECRET_KEY and SECRET_KEY_FILE are both set. Remove",
        ),
    ],
)
def test_a_file_that_gives_no_secret_is_refused(tmp_path: Path, text, change, words) -> None:
    file = tmp_path / "key"
    if text is not None:
        file.write_bytes(text)
    result = load(tmp_path, **without("SECRET_KEY") | {"SECRET_KEY_FILE": str(file)} | change)
    assert result.returncode != 0
    assert words in result.stderr
    assert "ImproperlyConfigured" in result.stderr


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"DATABASE_PASSWORD": "b"},
            "DATABASE_URL holds a password, and DATABASE_PASSWORD is set.",
        ),
        ({"REDIS_PASSWORD": "b"}, "Set REDIS_URL=redis://host:6379/0, or remove REDIS_PASSWORD."),
    ],
)
def test_two_passwords_for_one_server_are_refused(tmp_path: Path, change, words) -> None:
    result = load(tmp_path, **PRODUCTION | change)
    assert words in result.stderr
    assert "ImproperlyConfigured" in result.stderr


def test_watched_folders_have_a_camera_or_hold_one_folder_for_each(tmp_path: Path) -> None:
    result = load(tmp_path, "WATCH_FOLDERS", WATCH_FOLDERS="/mnt/share, north gate=/mnt/a=b,")
    assert (
        result.stdout.strip()
        == "{PosixPath('/mnt/share'): '', PosixPath('/mnt/a=b'): 'north gate'}"
    )
    assert load(tmp_path, "WATCH_FOLDERS").stdout.strip() == "{}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("share", "is no folder"),
        ("north=share", "is no folder"),
        ("=/mnt/share", "is no folder"),
        ("/", "MEDIA_ROOT"),
        ("{home}/media/cards", "MEDIA_ROOT"),
        ("{home}/uploads", "UPLOAD_ROOT"),
    ],
)
def test_what_cannot_be_watched_is_refused(tmp_path: Path, text: str, said: str) -> None:
    result = load(tmp_path, WATCH_FOLDERS=text.format(home=tmp_path / "home"))
    assert result.returncode and said in result.stderr


@pytest.mark.parametrize(
    ("name", "text"), [("VIDEO_FPS", "0"), ("VIDEO_FPS", "31"), ("VIDEO_FRAMES", "some")]
)
def test_what_no_video_can_give_is_refused(tmp_path: Path, name: str, text: str) -> None:
    result = load(tmp_path, **{name: text})
    assert result.returncode and f"{name}" in result.stderr


def test_a_command_says_a_wrong_setting_in_one_sentence(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "backup"],
        env={"PATH": os.environ["PATH"], "THUMPER_MODE": "shared"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr == "THUMPER_MODE=shared is unknown. Set it to embedded or production.\n"
