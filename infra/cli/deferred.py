"""Commands that are imported when they are called: the help, the completion and each command load no other."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class Target(NamedTuple):
    """Where a command is."""

    module: str
    """In `infra.cli`."""
    summary: str
    """What the list of commands says of it; all of it is its function's docstring."""
    function: str = "run"
    """Or `app`, for a command of commands."""


class DeferredCommand(TyperCommand):
    """Stands for a command until its arguments are to be read."""

    def __init__(self, name: str, target: Target) -> None:
        super().__init__(name=name, help=target.summary)
        self._target = target

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Have the command itself read its arguments."""
        return self.load().make_context(info_name, args, parent, **extra)

    def load(self) -> Any:
        """Import the command."""
        found = getattr(import_module(f"infra.cli.{self._target.module}"), self._target.function)
        if isinstance(found, typer.Typer):
            return typer.main.get_group(found)
        alone = typer.Typer(rich_markup_mode=None)
        alone.command(self.name)(found)
        return typer.main.get_group(alone).commands[str(self.name)]


class DeferredGroup(TyperGroup):
    """The commands of `sections`, by title and name, listed as they are there."""

    sections: ClassVar[Mapping[str, Mapping[str, Target]]]

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        for commands in self.sections.values():
            for name, target in commands.items():
                self.add_command(DeferredCommand(name, target))

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as Typer calls it
        """Write the sections."""
        for title, commands in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, one.summary) for name, one in commands.items()])
