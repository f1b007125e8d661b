"""Prints what happens as it happens."""

import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from infra.demo.watcher import Sign

_STYLES = {
    "story": "bold",
    "injected": "yellow",
    "decision": "cyan",
    "verdict": "magenta",
    "execution": "blue",
    "object": "green",
    "settled": "bold green",
    "asked": "yellow",
    "answer": "magenta",
    "wrong": "bold red",
}


@dataclass
class Timeline:
    """Lines of `seconds kind subject text`, coloured on a terminal only."""

    console: Console
    began: float = field(default_factory=time.monotonic)
    names: dict[str, str] = field(default_factory=dict)
    """Full names of objects to the ones that people read."""

    def tell(self, sign: Sign) -> None:
        """Print one line."""
        elapsed = time.monotonic() - self.began
        subject = self.names.get(sign.subject, sign.subject)
        line = Text.assemble(
            (f"{elapsed:6.1f}s  ", "dim"),
            (f"{sign.kind:<10}", _STYLES.get(sign.kind, "")),
            f" {subject:<13} ",
            sign.text,
        )
        self.console.print(line)

    def story(self, text: str) -> None:
        """Print a heading of the story."""
        self.console.print()
        self.console.print(Text(text, style="bold"))
