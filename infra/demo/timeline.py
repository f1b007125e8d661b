"""Prints what happens as it happens."""

import re
import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from infra.demo.signs import Sign

_STYLES = {
    "injected": "yellow",
    "decision": "cyan",
    "verdict": "magenta",
    "execution": "blue",
    "object": "green",
    "settled": "bold green",
    "asked": "yellow",
    "answer": "magenta",
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)\.\d+Z")


@dataclass
class Timeline:
    """Lines of seconds, kind, subject and text, colored on a terminal only."""

    console: Console
    names: dict[str, str]
    """Objects such as `host/i-0ab` to the short names that people read."""
    began: float = field(default_factory=time.monotonic)

    def tell(self, sign: Sign) -> None:
        """Print one line."""
        elapsed = time.monotonic() - self.began
        self.console.print(
            Text.assemble(
                (f"{elapsed:6.1f}s  ", "dim"),
                (f"{sign.kind:<10}", _STYLES.get(sign.kind, "")),
                f"{self.shorten(sign.subject):<8}",
                self.shorten(sign.text),
            )
        )

    def story(self, text: str) -> None:
        """Print a heading of the story."""
        self.console.print()
        self.console.print(Text(text, style="bold"))

    def shorten(self, text: str) -> str:
        """Give objects their short names, and times their seconds."""
        for full, name in self.names.items():
            text = text.replace(full, name)
        return _TIME.sub(r"\1", text)
