import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from chalice.app import Chalice

from chalicelib.atoms.errors import InputInvalid
from chalicelib.entry.atom_handlers import build_handler, define_handlers
from chalicelib.entry.blueprints import register
from chalicelib.errors import MissingSetting
from tests.unit.atoms.fakes import HOST

DISPATCH = {"id": "d1", "fence": 7, "object": "o", "tier": "P1", "root_id": "e1", "hops": 2, "fences": {}}
LAMBDA = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)

IMPORT_ENTRY = """
import sys
from types import ModuleType, SimpleNamespace

load = ModuleType("chalicelib.catalog.load")
ours, theirs = SimpleNamespace(function_arn=None), SimpleNamespace(function_arn="arn:x")
load.load_bundle = lambda: SimpleNamespace(atoms={"ec2.start": ours, "elb.register": ours, "ec2.stop": theirs})
sys.modules[load.__name__] = load

import chalicelib.entry.atoms as entry

dear = ("chalice", "pydantic", "botocore", "boto3", "yaml", "chalicelib.atoms", "chalicelib.aws")
print(sorted(name for name in sys.modules if name in dear or name.startswith("chalicelib.atoms.")))
print(callable(entry.ec2_start), callable(entry.elb_register), hasattr(entry, "ec2_stop"))
"""


def define(*names: str) -> tuple[dict[str, Any], Chalice]:
    namespace: dict[str, Any] = {"__name__": "chalicelib.entry.atoms"}
    handlers = define_handlers(names, namespace)
    app = Chalice("interlock")
    app.register_blueprint(register(*handlers))
    return namespace, app


def test_each_name_gets_a_handler_that_lambda_finds_by_its_string() -> None:
    namespace, app = define("ec2.start", "elb.register")
    assert list(namespace) == ["__name__", "ec2_start", "elb_register"]
    registered = {function.name: function.handler_string for function in app.pure_lambda_functions}
    assert registered == {
        "ec2_start": "chalicelib.entry.atoms.ec2_start",
        "elb_register": "chalicelib.entry.atoms.elb_register",
    }


def test_a_handler_is_named_after_its_atom() -> None:
    handler = build_handler("ec2.wait_state")
    assert (handler.__name__, handler.__qualname__) == ("ec2_wait_state", "ec2_wait_state")


def test_importing_the_entry_defines_the_bundles_atoms_and_loads_nothing_dear() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT_ENTRY], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "True True False"]


def test_an_error_leaves_the_handler_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_BUS", "interlock-test")
    namespace, _ = define("ec2.start")
    with pytest.raises(InputInvalid) as raised:
        namespace["ec2_start"]({"input": {}, "dispatch": DISPATCH, "step": "s"}, LAMBDA)
    assert type(raised.value).__name__ == "InputInvalid"
    assert str(raised.value).startswith("The input does not fit the atom: instance_id: Field required. ")


def test_a_function_without_its_setting_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INTERLOCK_BUS", raising=False)
    namespace, _ = define("ec2.start")
    with pytest.raises(MissingSetting, match="INTERLOCK_BUS"):
        namespace["ec2_start"]({"input": {"instance_id": HOST}, "dispatch": DISPATCH, "step": "s"}, LAMBDA)
