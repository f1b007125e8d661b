"""A compiled checkout, as packaging and the template take it: they never see the compiler."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.atoms.contract import Atom
from chalicelib.catalog.model import Bundle
from chalicelib.catalog.pagers import Pagers

AnyAtom = Atom[Any, Any]


@dataclass(frozen=True, slots=True)
class Build:
    """A bundle, its text as it ships, the atoms it deploys, and each machine's definition by its workflow's name."""

    bundle: Bundle
    bundle_text: str
    atoms: Mapping[str, AnyAtom]
    machines: Mapping[str, Mapping[str, Any]]
    offers_text: str = "{}\n"
    """What the catalog shows beside the bundle, as it ships."""
    pagers: Pagers = field(default_factory=Pagers)
