"""Starts and stops MiniStack."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from infra.cloud import LOCAL_REGION
from infra.errors import LocalNotRunning, LocalStartFailed, ToolMissing
from infra.local.state import LocalAws, drop_state, read_state, write_state
from infra.project import Project

_READY_S = 30
_STOP_S = 2
_PAUSE_S = 0.05
_DIRECT = build_opener(ProxyHandler({}))
"""Past any proxy that the environment names: it would not find our 127.0.0.1."""
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}
"""What this very process has started, so that it can be collected when it ends."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where one local AWS keeps its things: `home` has its state file, log and scratch space."""

    program: Path
    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    """Extra settings of MiniStack, such as SFN_WAIT_SCALE."""

    @property
    def log(self) -> Path:
        """What MiniStack writes."""
        return self.home / "ministack.log"

    @property
    def scratch(self) -> Path:
        """Its temporary folder: unpacked functions and the like, removed when it stops."""
        return self.home / "scratch"


def default_site(project: Project) -> Site:
    """Give the site that the CLI uses."""
    return Site(find_program(project), project.local)


def find_program(project: Project) -> Path:
    """Give MiniStack's program in its own environment. Raises ToolMissing."""
    program = project.local / "ministack" / "bin" / "ministack"
    if not program.exists():
        raise ToolMissing(tool=program.relative_to(project.root).as_posix())
    return program


def start_local(site: Site) -> LocalAws:
    """Start the local AWS, or give the one that runs there already. Raises LocalStartFailed."""
    running = find_local(site.home)
    if running is not None:
        return running
    shutil.rmtree(site.scratch, ignore_errors=True)
    site.scratch.mkdir(parents=True)
    port = _find_free_port()
    with site.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own environment's program
            [str(site.program)],
            env=_settings(site, port),
            cwd=site.scratch,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _CHILDREN[process.pid] = process
    running = LocalAws(process.pid, port)
    write_state(site.home, running)
    _await_ready(site, running, process)
    return running


def find_local(home: Path) -> LocalAws | None:
    """Give the local AWS of a home if it runs and answers; a state file left by a dead one is removed."""
    known = read_state(home)
    if known is None:
        return None
    if _is_ours(known.pid) and _is_healthy(known):
        return known
    if not _is_ours(known.pid):
        drop_state(home)
    return None


def require_local(home: Path) -> LocalAws:
    """Give the running local AWS. Raises LocalNotRunning."""
    running = find_local(home)
    if running is None:
        raise LocalNotRunning
    return running


def stop_local(home: Path) -> bool:
    """Stop the local AWS and every function process of it, and remove its scratch space; False if none ran."""
    known = read_state(home)
    ours = known is not None and _is_ours(known.pid)
    if known is not None and ours:
        _end_group(known.pid)
        _CHILDREN.pop(known.pid, None)
    drop_state(home)
    shutil.rmtree(home / "scratch", ignore_errors=True)
    return ours


@contextmanager
def running_local(site: Site) -> Iterator[LocalAws]:
    """Hold a local AWS for a `with` block, and stop it however the block ends."""
    try:
        yield start_local(site)
    finally:
        stop_local(site.home)


def _settings(site: Site, port: int) -> dict[str, str]:
    """Start from almost nothing: functions inherit MiniStack's environment, and must not find the user's secrets."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(site.scratch),
        "TMPDIR": str(site.scratch),
        "LANG": "C.UTF-8",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",  # MiniStack's own root user, known to everyone
        "MINISTACK_REGION": LOCAL_REGION,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "INFO",
        "PYTHONDONTWRITEBYTECODE": "1",
        **site.settings,
    }


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_ready(site: Site, running: LocalAws, process: subprocess.Popen[bytes]) -> None:
    def look() -> bool:
        if process.poll() is not None:
            drop_state(site.home)
            raise LocalStartFailed(cause=_last_line(site.log), log=site.log)
        return _is_healthy(running)

    try:
        Retrying(
            retry=retry_if_result(lambda healthy: not healthy),
            wait=wait_fixed(_PAUSE_S),
            stop=stop_after_delay(_READY_S),
        )(look)
    except RetryError as error:
        stop_local(site.home)
        cause = f"it did not answer within {_READY_S} s"
        raise LocalStartFailed(cause=cause, log=site.log) from error


def _is_healthy(running: LocalAws) -> bool:
    try:
        with _DIRECT.open(f"{running.endpoint}/_ministack/health", timeout=2) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own number
    except (URLError, OSError):
        return False


def _is_ours(pid: int) -> bool:
    """Whether the process is still MiniStack: ids are used again, and a stranger must not be stopped."""
    return "ministack" in _read_command(pid)


def _read_command(pid: int) -> str:
    """Give a process's command line, empty if there is none; small machines have /proc but no `ps`."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    command = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603


def _end_group(pid: int) -> None:
    """Ask the whole process group to end, and make it end if it has not after a few seconds."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, ending)
            Retrying(retry=retry_if_result(bool), wait=wait_fixed(_PAUSE_S), stop=stop_after_delay(_STOP_S))(
                _group_lives, pid
            )
        except ProcessLookupError:
            return
        except RetryError:
            continue


def _group_lives(pid: int) -> bool:
    """Whether any process of the group is left; an ended child of ours stays in it until it is collected."""
    if pid in _CHILDREN:
        _CHILDREN[pid].poll()
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it wrote nothing"
