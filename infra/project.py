"""Where things are: in a checkout, and in the content directory beside it, if there is one."""

from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

CHOSEN: ContextVar[Path | None] = ContextVar("content", default=None)
"""The content directory of the command that runs: `interlock --content DIR`."""


@dataclass(frozen=True, slots=True)
class Project:
    """A checkout: `root` holds app.py, chalicelib, state_machines and policies.

    `content` is a directory of the user's own: `atoms`, `workflows`, `policies`. With one, nothing that a command
    writes is written into the checkout, but for scratch space.
    """

    root: Path
    content: Path | None = None

    @property
    def state_machines(self) -> Path:
        """The workflows: the content's if there is one."""
        return self.root / "state_machines" if self.content is None else self.content / "workflows"

    @property
    def policies(self) -> Path:
        """Rules, services, control and catalog: the content's if there is one."""
        return (self.content or self.root) / "policies"

    @property
    def compiled(self) -> Path:
        """What the workflows compile to, as it is committed."""
        return self.root / "state_machines" / "compiled" if self.content is None else self.content / "compiled"

    @property
    def bundle(self) -> Path:
        """The compiled bundle that ships in the Lambda package."""
        return self.root / "chalicelib" / "bundle.json" if self.content is None else self.compiled / "bundle.json"

    @property
    def offers(self) -> Path:
        """What the catalog shows beside the bundle, in the package, too."""
        return self.bundle.with_name("offers.json")

    @property
    def schemas(self) -> Path:
        """The JSON Schemas for editors."""
        return (self.content or self.root) / "schemas"

    @property
    def pages(self) -> Path:
        """The pages of the atoms."""
        return (self.content or self.root) / "docs" / "atoms"

    @property
    def build(self) -> Path:
        """Scratch space for packaging and its caches; deleting it only costs time."""
        return self.root / "build"

    @property
    def local(self) -> Path:
        """The local AWS: its environments, its state file and its logs."""
        return self.root / ".local"

    def shorten(self, path: Path) -> str:
        """Name a file as commands print it: from the root of the checkout if it is in there, else as it was given."""
        return (path.relative_to(self.root) if path.is_relative_to(self.root) else path).as_posix()


def find_project() -> Project:
    """Give the checkout that this package was installed from, with the content directory that was chosen."""
    return Project(Path(__file__).resolve().parent.parent, CHOSEN.get())
