"""Stand-in for a container engine: Dockerfile and docker-compose.yml, done with namespaces of Linux.

Each service gets a root file system of its own (this machine's programs, the files that the image copies, its
volumes, its memory file systems, its secrets), its user, its capabilities and its environment, and nothing else.
What it does not do: build the base images, pull anything, and hold services to their limits of memory.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
import yaml

from conftest import wait_until

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).parents[2]
SECONDS = 240  # that a service may take to start, on a machine that does other things too
NEEDED = ("unshare", "nsenter", "setpriv", "chroot", "redis-server", "redis-cli")
SYSTEM = ("usr", "bin", "sbin", "lib", "lib64", "etc")  # of this machine, for the base images'
POSTGRES_BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
DOCKER_CAPABILITIES = (
    "chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,"
    "sys_chroot,mknod,audit_write,setfcap"
)
"""What a container may do of which its service drops nothing."""

LOOPBACK = """
import fcntl, signal, socket, struct
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
print("up", flush=True)
signal.pause()
"""

POSTGRES_ENTRY = """
set -eu
if [ ! -f "$PGDATA/PG_VERSION" ]; then
    initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" --auth-host=scram-sha-256 --no-sync
    postgres --single -D "$PGDATA" postgres <<SQL
CREATE DATABASE $POSTGRES_DB
SQL
fi
exec postgres -c listen_addresses=127.0.0.1 -c fsync=off
"""
"""What matters of the entry point of the image postgres when a user other than root starts it."""


def refuse_where_it_cannot_run() -> None:
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("only root of Linux may make root file systems for services")
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing or not POSTGRES_BIN:
        pytest.skip(f"not installed: {', '.join(missing) or 'postgresql'}")
    tried = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "true"])
    if tried.returncode:
        pytest.skip("this machine lets nobody make namespaces")


# --- the two files --------------------------------------------------------------------------------


@dataclass
class Image:
    """What the last stage of the Dockerfile says."""

    user: str = "root"
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    volumes: list[str] = field(default_factory=list)
    copied: list[tuple[str, str]] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    uids: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls) -> Image:
        image = cls()
        for name, arguments in last_stage():
            if name == "USER":
                image.user = arguments
            elif name == "CMD":
                image.command = json.loads(arguments)
            elif name == "HEALTHCHECK":
                image.health = json.loads(arguments.partition("CMD ")[2])
            elif name == "ENV":
                image.env |= dict(word.split("=", 1) for word in shlex.split(arguments))
            elif name == "WORKDIR":
                image.folder = arguments
            elif name == "VOLUME":
                image.volumes = arguments.split()
            elif name == "COPY" and "--from" not in arguments:
                image.copied.append(tuple(arguments.split()))  # type: ignore[arg-type]
            elif name == "RUN":
                image.runs.append(arguments)
                for words in shell_commands(arguments):
                    if words[0] == "useradd":
                        image.uids[words[-1]] = int(words[words.index("--uid") + 1])
        return image


def last_stage() -> list[tuple[str, str]]:
    """Every instruction of the stage that becomes the image, with its arguments on one line."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    code = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    joined = code.replace("\\\n", " ").splitlines()
    instructions = [
        (name, arguments.strip()) for name, _, arguments in (line.partition(" ") for line in joined)
    ]
    start = max(index for index, (name, _) in enumerate(instructions) if name == "FROM")
    return [instruction for instruction in instructions[start:] if instruction[0]]


def shell_commands(line: str) -> list[list[str]]:
    """The words of each command that a RUN instruction joins with `&&`."""
    commands: list[list[str]] = [[]]
    for word in shlex.split(line):
        if word == "&&":
            commands.append([])
        else:
            commands[-1].append(word)
    return commands


def compose_file(env: dict[str, str]) -> dict[str, Any]:
    """docker-compose.yml with what `.env` sets in its place."""

    def interpolated(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: interpolated(item) for key, item in value.items()}
        if isinstance(value, list):
            return [interpolated(item) for item in value]
        return VARIABLE.sub(put_in, value) if isinstance(value, str) else value

    def put_in(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        if not env.get(found["name"]) and found["kind"] == ":?":
            raise ValueError(f"{found['name']}: {found['text']}")
        return env.get(found["name"]) or found["text"] or ""

    file = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return {key: interpolated(value) for key, value in file.items() if not key.startswith("x-")}


VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?:(?P<kind>:-|:\?)(?P<text>[^}]*))?\}")


# --- containers -----------------------------------------------------------------------------------


@dataclass
class Container:
    """A service that was started; `process` is this machine's side of it."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    env: dict[str, str]
    privileges: list[str]
    folder: str
    health: list[str]

    @property
    def pid(self) -> int | None:
        """Of its first process, as this machine sees it."""
        inside = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        children = inside.read_text().split() if inside.exists() else []
        return int(children[0]) if children else None

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command in it, as its user and with its environment."""
        return subprocess.run(
            [
                *("nsenter", "--target", str(self.pid), "--mount", "--net", "--pid", "--root"),
                *self.privileges,
                *as_in(self.folder, self.env, list(command)),
            ],
            capture_output=True,
            text=True,
        )

    def end(self) -> None:
        """Kill its first process, and so, as Linux does then, all that it has started.

        Not `process`: what that has forked is told of its end no more once it has become another user.
        """
        if pid := self.pid:
            os.kill(pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.wait()

    def is_healthy(self) -> bool:
        if self.process.poll() is not None:
            pytest.fail(f"{self.name} ended with {self.process.returncode}:\n{self.text()}")
        return self.pid is not None and self.run(*self.health).returncode == 0

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def processes(self) -> list[int]:
        """Every process in it, as this machine sees them."""
        found, new = [], [self.pid] if self.pid else []
        while new:
            pid = new.pop()
            children = Path(f"/proc/{pid}/task/{pid}/children")
            if children.exists():
                found.append(pid)
                new += map(int, children.read_text().split())
        return found

    def resident_bytes(self) -> int:
        pages = 0
        for pid in self.processes():
            resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[1:3]
            pages += int(resident) - int(shared)
        return pages * os.sysconf("SC_PAGE_SIZE")


def as_in(folder: str, env: dict[str, str], command: list[str]) -> list[str]:
    named = [f"{name}={value}" for name, value in env.items()]
    return ["env", "-i", f"--chdir={folder}", *named, *command]


class Engine:
    """The services of docker-compose.yml on one network; `folder` holds volumes and logs."""

    def __init__(self, folder: Path, env: dict[str, str], secrets: Path) -> None:
        self.folder, self.env, self.secrets = folder, env, secrets
        self.image = Image.read()
        self.compose = compose_file(env)
        self.containers: dict[str, Container] = {}
        for name in ("root", "image", "volumes", "photographs"):
            (folder / name).mkdir()
        users = "root:x:0:0::/root:/bin/sh\nserver:x:999:999::/:/bin/sh\n"
        users += "".join(
            f"{name}:x:{uid}:{uid}::/home/{name}:/bin/sh\n" for name, uid in self.image.uids.items()
        )
        (folder / "passwd").write_text(users)
        (folder / "group").write_text(re.sub(r":x:(\d+):\d+::.*", r":x:\1:", users))
        (folder / "hosts").write_text(f"127.0.0.1 localhost {' '.join(self.compose['services'])}\n")

    def __enter__(self) -> Self:
        self._network = subprocess.Popen(
            ["unshare", "--net", sys.executable, "-c", LOOPBACK], stdout=subprocess.PIPE
        )
        assert self._network.stdout and self._network.stdout.readline() == b"up\n"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for container in self.containers.values():
            container.end()
        self._network.kill()
        self._network.wait()
        assert self._network.stdout
        self._network.stdout.close()

    # --- what a builder does ----------------------------------------------------------------------

    def build(self) -> None:
        """The folders and files that RUN instructions of the Dockerfile make below /srv, as root makes them.

        Static files are collected, but not compressed: that takes a minute, and pages are tested elsewhere.
        """
        folders = [
            shlex.join(words)
            for line in self.image.runs
            for words in shell_commands(line)
            if words[0] == "install"
        ]
        collect = [
            line.replace("collectstatic", "collectstatic --no-post-process")
            for line in self.image.runs
            if "collectstatic" in line
        ]
        assert folders and collect
        log = self.folder / "build.log"
        mounts = [f"mount --bind {self.folder}/image $R/srv"]
        with log.open("wb") as file:
            done = subprocess.run(
                self._in_namespaces(
                    self._mounts(["/tmp"], mounts, is_read_only=False),
                    [],
                    as_in(
                        self.image.folder,
                        self._image_env(),
                        ["sh", "-ec", "\n".join(folders + collect)],
                    ),
                ),
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        assert done.returncode == 0, log.read_text()

    def _image_env(self) -> dict[str, str]:
        paths = [*map(str, POSTGRES_BIN), "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"]
        return {
            name: value.replace("$PATH", ":".join(paths)) for name, value in self.image.env.items()
        }

    # --- what the engine does ---------------------------------------------------------------------

    def up(self, left_out: tuple[str, ...] = ()) -> None:
        """Start every service of no profile, each when what it depends on is as it asks for."""
        services: dict[str, Any] = {
            name: service
            for name, service in self.compose["services"].items()
            if "profiles" not in service and name not in left_out
        }
        while waiting := [name for name in services if name not in self.containers]:
            ready = [name for name in waiting if self._may_start(services[name])]
            for name in ready:
                self.start(name, services[name])
            if not ready:
                time.sleep(0.1)

    def _may_start(self, service: dict[str, Any]) -> bool:
        for name, asked in service.get("depends_on", {}).items():
            container = self.containers.get(name)
            if container is None:
                return False
            if asked["condition"] == "service_healthy":
                wait_until(container.is_healthy, SECONDS, f"{name} is healthy; see {container.log}")
            else:
                container.process.wait(SECONDS)
                assert container.process.returncode == 0, container.text()
        return True

    def start(self, name: str, service: dict[str, Any]) -> Container:
        is_ours = "build" in service
        env = {
            key: value if value is not None else self.env[key]
            for key, value in service.get("environment", {}).items()
            if value is not None or key in self.env
        }
        command = service.get("command") or self.image.command
        folder, health = "/", _health_of(service)
        if is_ours:
            env = self._image_env() | env
            folder, health = self.image.folder, health or self.image.health
        else:
            env = {"PATH": self._image_env()["PATH"].partition(":")[2], "LANG": "C.UTF-8"} | env
            if name == "postgres":
                env["PGDATA"] = "/var/lib/postgresql/data"
                command = ["sh", "-c", POSTGRES_ENTRY]
        user = service.get("user", self.image.user if is_ours else "0:0")
        uid, _, gid = user.partition(":")
        mounts = _bind(self.folder / "image", "/srv", is_writable=True) if is_ours else []
        mounts += [
            line for text in service.get("volumes", []) for line in self._volume(text, is_ours)
        ]
        for secret in service.get("secrets", []):
            lies_in = self.secrets / Path(self.compose["secrets"][secret]["file"]).name
            mounts += _bind(lies_in, f"/run/secrets/{secret}", is_file=True)
        read_only = service.get("read_only", False)
        privileges = [
            *("setpriv", f"--reuid={uid}", f"--regid={gid or uid}", "--clear-groups"),
            f"--bounding-set={_capabilities(service)}",
            *("--no-new-privs",) * ("no-new-privileges:true" in service.get("security_opt", [])),
        ]
        log = self.folder / f"{name}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                self._in_namespaces(
                    self._mounts(service.get("tmpfs", []), mounts, is_read_only=read_only),
                    privileges,
                    as_in(folder, env, command),
                ),
                stdout=file,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        self.containers[name] = Container(name, process, log, env, privileges, folder, health)
        return self.containers[name]

    def _in_namespaces(self, mounts: str, privileges: list[str], command: list[str]) -> list[str]:
        inside = shlex.join(["chroot", str(self.folder / "root"), *privileges, *command])
        return [
            *("nsenter", f"--net=/proc/{self._network.pid}/ns/net"),
            *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
            *("sh", "-ec", f"{mounts}\nexec {inside}"),
        ]

    def _mounts(self, memory: list[str], mounts: list[str], *, is_read_only: bool) -> str:
        """The shell commands that make a root file system, each container's in its own namespace."""
        root = self.folder / "root"
        lines = [
            f"R={root}",
            "mount --make-rprivate /",
            "mount -t tmpfs -o mode=755 root $R",
            "mkdir -p $R/run $R/var $R/dev $R/proc $R/srv $R/tmp $R/home/thumper",
            "chmod 1777 $R/tmp",
            "ln -s ../run $R/var/run",
            "mount -t proc proc $R/proc",
            "mount --rbind /dev $R/dev",
        ]
        for name in SYSTEM:
            if Path("/", name).is_symlink():
                lines.append(f"cp -P /{name} $R/{name}")
            elif Path("/", name).exists():
                lines += _bind(Path("/", name), f"/{name}")
        lines += [
            f"mkdir -p $R/{path}; mount -t tmpfs -o {MEMORY} memory $R{path}" for path in memory
        ]
        for name in ("passwd", "group", "hosts"):
            lines.append(f"mount --bind {self.folder / name} $R/etc/{name}")
        venv = Path(sys.prefix)
        for source, target in (
            (Path(sys.base_prefix), sys.base_prefix),
            (venv, str(venv)),
            (venv, "/opt/venv"),
        ):
            if not source.is_relative_to("/usr"):
                lines += _bind(source, target)
        for named, copied in self.image.copied:
            source = ROOT / named
            target = f"{self.image.folder}/{named if copied == './' else copied}"
            lines += _bind(source, target, is_file=source.is_file())
        lines += mounts
        if is_read_only:
            lines.append("mount -o remount,ro $R")
            lines.append("! mountpoint -q $R/srv || mount -o remount,ro,bind $R/srv")
        return "\n".join(lines)

    def _volume(self, text: str, is_ours: bool) -> list[str]:
        source, target, *options = text.split(":")
        if source.startswith("./"):
            return _bind(self.folder / source, target, is_writable="ro" not in options)
        volume = self.folder / "volumes" / source
        if not volume.exists():
            in_image = self.folder / "image" / Path(target).relative_to("/srv") if is_ours else None
            if in_image and in_image.exists():  # a new volume gets what the image has there
                subprocess.run(["cp", "-a", in_image, volume], check=True)
            else:
                volume.mkdir()
                if not is_ours:  # as the images of PostgreSQL and Redis make theirs
                    os.chown(volume, 999, 999)
        return _bind(volume, target, is_writable=True)


MEMORY = "mode=1777,nosuid,nodev,noexec"


def _bind(
    source: Path, target: str, *, is_file: bool = False, is_writable: bool = False
) -> list[str]:
    place = shlex.quote(target)
    made = f"mkdir -p $(dirname $R{place}); touch $R{place}" if is_file else f"mkdir -p $R{place}"
    lines = [made, f"mount --bind {shlex.quote(str(source))} $R{place}"]
    return lines if is_writable else [*lines, f"mount -o remount,ro,bind $R{place}"]


def _capabilities(service: dict[str, Any]) -> str:
    kept = [] if "ALL" in service.get("cap_drop", []) else DOCKER_CAPABILITIES.split(",")
    kept += [name.lower() for name in service.get("cap_add", [])]
    return ",".join(["-all", *(f"+{name}" for name in kept)])


def _health_of(service: dict[str, Any]) -> list[str]:
    kind, *words = service.get("healthcheck", {}).get("test", ["NONE"])
    return ["sh", "-c", *words] if kind == "CMD-SHELL" else words
