"""The functions that Chalice deploys, each registered under its own module.

Apart from the modules themselves, which run on Lambda without Chalice: a handler's string names its module, so neither
this one nor app.py is imported there (see docs/adr/0001).
"""

from collections.abc import Callable
from typing import Any

from chalice.app import Blueprint

from chalicelib.entry import api, approval, atoms, decide, publish, reconcile, settle, start

Handler = Callable[[Any, Any], Any]


def register(*handlers: Handler) -> Blueprint:
    """Make the blueprint of handlers that live in one module; their names there are their names as functions."""
    blueprint = Blueprint(handlers[0].__module__)
    for handler in handlers:
        blueprint.lambda_function(name=handler.__name__)(handler)
    return blueprint


BLUEPRINTS = (
    api.bp,
    register(*atoms.HANDLERS),
    register(approval.approval),
    register(decide.decide),
    register(publish.publish),
    register(reconcile.reconcile),
    register(settle.settle),
    register(start.start),
)
