"""The state file of the local AWS: who runs it, and where it answers."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LocalAws:
    """A running local AWS. The process id is also its process group's."""

    pid: int
    port: int

    @property
    def endpoint(self) -> str:
        """Where every service answers."""
        return f"http://127.0.0.1:{self.port}"


def read_state(home: Path) -> LocalAws | None:
    """Give what the state file says, None if there is none; it may name a process that is gone."""
    try:
        return LocalAws(**json.loads(_file(home).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def write_state(home: Path, running: LocalAws) -> None:
    """Write the state file in one step, so that a reader never sees half of it."""
    fresh = home / "state.json.new"
    fresh.write_text(json.dumps(asdict(running)), encoding="utf-8")
    fresh.replace(_file(home))


def drop_state(home: Path) -> None:
    """Remove the state file."""
    _file(home).unlink(missing_ok=True)


def _file(home: Path) -> Path:
    return home / "state.json"
