"""Every atom that ships, by name: the module that holds it as `ATOM`.

Modules, not objects, so that the function of one atom imports that atom only.
"""

from importlib import import_module
from typing import Any

from chalicelib.atoms.contract import Atom

MODULES: dict[str, str] = {
    "ec2.describe": "chalicelib.atoms.ec2.describe",
    "ec2.reboot": "chalicelib.atoms.ec2.reboot",
    "ec2.start": "chalicelib.atoms.ec2.start",
    "ec2.stop": "chalicelib.atoms.ec2.stop",
    "ec2.wait_state": "chalicelib.atoms.ec2.wait_state",
    "elb.deregister": "chalicelib.atoms.elb.deregister",
    "elb.register": "chalicelib.atoms.elb.register",
    "notify.sns": "chalicelib.atoms.notify.sns",
}

AnyAtom = Atom[Any, Any]


def get_atom(name: str) -> AnyAtom:
    """Load one atom. Raises KeyError for a name that is not registered."""
    atom: AnyAtom = import_module(MODULES[name]).ATOM
    return atom


def get_atoms() -> dict[str, AnyAtom]:
    """Load all of them, in the order of the registry."""
    return {name: get_atom(name) for name in MODULES}
