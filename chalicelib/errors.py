"""The one root of Interlock's exceptions: a class per case, facts as attributes, message from the docstring.

A class name that a state machine may retry or catch is wire format; `tests/contract/test_error_names.py` pins those.
"""

import inspect


class InterlockError(Exception):
    """Interlock could not go on."""

    def __init__(self, **facts: object) -> None:
        """Keep the facts as attributes and fill them into the first line of the class docstring."""
        self.facts = facts
        template = inspect.cleandoc(type(self).__doc__ or type(self).__name__).splitlines()[0]
        super().__init__(template.format_map(facts))

    def __getattr__(self, name: str) -> object:
        """Read one fact."""
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(name)


class MalformedEvent(InterlockError):
    """The event cannot be understood: {cause}."""


class MalformedObjectId(InterlockError):
    """{text!r} is not an object id: {cause}."""


class ExpressionFailed(InterlockError):
    """The expression {expression!r} failed: {cause}."""


class UnknownWorkflow(InterlockError):
    """No workflow or atom is called {name!r}."""


class BadInput(InterlockError):
    """The input of {name!r} is not valid: {cause}."""


class MissingSetting(InterlockError):
    """The environment variable {name} is not set."""


class BundleInvalid(InterlockError):
    """The bundle cannot be used: {cause}."""


class Contended(InterlockError):
    """{what} was still contended after {attempts} attempts."""


class StoreUnavailable(InterlockError):
    """The store did not answer: {cause}."""
