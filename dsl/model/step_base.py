"""What every kind of step has in common, and how it tells the rest of the compiler what is inside it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dsl.model.base import Name, Strict

if TYPE_CHECKING:
    from dsl.model.steps import Step

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A list of steps inside a step, and what is different in there."""

    path: Path
    """Of the list, from the step."""
    steps: "tuple[Step, ...]"
    scope: str | None = None
    """A scope of its own: what is assigned inside cannot be read outside."""
    condition: str | None = None
    """Runs only if this holds; written `<id>[<case>]`."""
    variables: tuple[str, ...] = ()
    """What the block's own scope starts with."""
    output: tuple[Path, Any] | None = None
    """The value that the block gives when it ends, and its path from the step."""


@dataclass(frozen=True, slots=True)
class Text:
    """A place in a step where an expression is written."""

    path: Path
    value: Any
    """A bare expression, or any JSON value with `{% … %}` strings in it."""
    bare: bool
    condition: str | None = None
    """The condition token that this expression decides, if it does."""
    outside: bool = False
    """Evaluated before the step's own `when` is known to hold."""
    own: bool = False
    """May read the step's own result."""
    after: bool = False
    """Evaluated when the step's own result is there."""


class StepBase(Strict):
    """What any step may say. `when` is a bare JSONata expression."""

    kind: ClassVar[str]
    has_result: ClassVar[bool] = False
    """Whether a variable named after the step holds a result once it has run."""

    id: Name
    description: str | None = None
    when: str | None = None

    def blocks(self) -> tuple[Block, ...]:
        """Give the lists of steps inside this one, in the order they are written."""
        return ()

    def texts(self) -> tuple[Text, ...]:
        """Give every place of this step, not of those inside it, that may hold an expression."""
        return (self._when(),) if self.when is not None else ()

    def _when(self) -> Text:
        return Text(("when",), self.when, bare=True, condition=f"{self.id}?", outside=True)
