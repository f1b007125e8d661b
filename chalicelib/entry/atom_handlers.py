"""Lambda handlers for atoms, defined by name alone: importing one loads neither the atom nor pydantic nor botocore.

All atom functions share one module, so whatever it imports is paid by each of them; an atom pays for itself, once.
"""

from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

Handler = Callable[[Any, Any], Any]


def define_handlers(names: Iterable[str], namespace: MutableMapping[str, Any]) -> tuple[Handler, ...]:
    """Put a handler called `ec2_start` for each name such as `ec2.start` into a module's namespace, and give them."""
    handlers = tuple(build_handler(name) for name in names)
    for handler in handlers:
        handler.__module__ = namespace["__name__"]
        namespace[handler.__name__] = handler
    return handlers


def build_handler(name: str) -> Handler:
    """Give the handler of one atom, which loads it when first called."""

    def handler(payload: Any, context: Any) -> Any:
        from chalicelib.wiring.atoms import invoke_atom  # noqa: PLC0415 - see the module's docstring

        return invoke_atom(name, payload, context)

    handler.__name__ = handler.__qualname__ = name.replace(".", "_")
    handler.__doc__ = f"Run {name}."
    return handler
