"""Where things are in a checkout."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Project:
    """A checkout: `root` holds app.py, chalicelib, state_machines and policies."""

    root: Path

    @property
    def state_machines(self) -> Path:
        """The workflows and, under `compiled`, what they compile to."""
        return self.root / "state_machines"

    @property
    def policies(self) -> Path:
        """Rules, services, control and catalog."""
        return self.root / "policies"

    @property
    def bundle(self) -> Path:
        """The compiled bundle that ships in the Lambda package."""
        return self.root / "chalicelib" / "bundle.json"

    @property
    def build(self) -> Path:
        """Scratch space for packaging and its caches; deleting it only costs time."""
        return self.root / "build"

    @property
    def local(self) -> Path:
        """The local AWS: its environments, its state file and its logs."""
        return self.root / ".local"


def find_project() -> Project:
    """Give the checkout that this package was installed from."""
    return Project(Path(__file__).resolve().parent.parent)
