import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from chalicelib.atoms.contract import Idempotency
from chalicelib.atoms.registry import get_atoms
from chalicelib.catalog.model import Intent
from dsl.atoms.check import check_atom, check_example
from dsl.atoms.codes import CODES
from dsl.atoms.declare import RunsElsewhere
from dsl.bundle import build_bundle
from tests.unit.dsl_atoms.examples import CLOSE, OPEN, declare, spoil
from tests.unit.dsl_policies.examples import CONTROL, SERVICES

FLOW = """\
kind: workflow
name: leave
description: A customer leaves.
input: {account: string}
touches: [{object: "account/{% $input.account %}", intent: disrupt}]
timeout: 10m
steps:
  - id: close
    atom: billing.close
    with: {account_id: "{% $input.account %}"}
    retry: {errors: [Throttled, AccountBusy], max: 3}
output: {closed: "{% $close.closed %}"}
"""
POLICIES = {
    "policies/services.yaml": SERVICES,
    "policies/control.yaml": CONTROL.replace("host_reboot", "leave"),
    "policies/catalog.yaml": "kind: catalog\noffer: [billing.close]\n",
    "policies/access.yaml": "kind: access\ngrants:\n  - {principals: ['arn:*:*::{account}:*'], role: admin}\n",
}


def test_a_declared_atom_is_an_atom_like_any_other() -> None:
    atom, found = declare(CLOSE, OPEN)
    assert found == ()
    assert atom is not None
    assert (atom.intent, atom.timeout_s, atom.effect_timeout_s) == (Intent.DISRUPT, 60, 120)
    assert (atom.idempotency, atom.undo, atom.function) == (Idempotency.CHECK_FIRST, "billing.open", "billing_close")
    assert [(one.__name__, one.transient, one.nothing_done) for one in atom.raises] == [
        ("Throttled", True, True),
        ("AccountBusy", True, True),
        ("com.example.Frozen", False, False),
    ]
    assert atom.input.model_json_schema()["additionalProperties"] is False
    with pytest.raises(RunsElsewhere):
        atom.run(atom.input.model_validate({"account_id": "acc-1"}), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"account_id": "acc-x"},
        {"account_id": 7},
        {"account_id": "acc-1", "reason": "x" * 21},
        {"account_id": "acc-1", "notify": "yes"},
        {"account_id": "acc-1", "lines": [{"n": 0}]},
        {"account_id": "acc-1", "lines": [{}]},
        {"account_id": "acc-1", "more": 1},
    ],
)
def test_its_input_is_checked_by_its_schema_and_nothing_is_converted(given: object) -> None:
    atom, _ = declare(CLOSE, OPEN)
    assert atom is not None
    good = {"account_id": "acc-1", "reason": None, "notify": False, "lines": [{"n": 1, "x": 2}]}
    atom.input.model_validate(good)
    with pytest.raises(ValidationError):
        atom.input.model_validate(given)


@pytest.mark.parametrize(
    ("before", "after", "code", "line", "words"),
    [
        ("summary: Close", "sumary: Close", "E201", 3, "unknown field `sumary`"),
        ("timeout: 1m", "timeout: 60", "E203", 26, "60 has no unit"),
        ("name: billing.close\n", "name: Billing-close\n", "E204", 2, "name"),
        ("name: billing.close\n", "name: ec2.start\n", "E902", 2, "already defined in the library"),
        ("function:billing-${stage}:live", "function:b-${user}", "E852", 4, "not the ARN of a Lambda function"),
        ("arn:${partition}:lambda:${region}:${account}:function:", "https://example.com/", "E852", 4, "not the ARN"),
        ('pattern: "^acc-[0-9]+$"', 'pattern: "["', "E851", 8, "this pattern cannot be used"),
        ('pattern: "^acc-[0-9]+$"', 'pattern: "^(?=a)acc"', "E851", 8, "this pattern cannot be used"),
        ('pattern: "^acc-[0-9]+$"', "format: uuid", "E201", 8, "unknown field `format`"),
        ("maxLength: 20", "minimum: 20", "E851", 9, "`minimum` says nothing about string or null"),
        ("default: true", "default: 1", "E851", 10, "the default does not fit"),
        ("type: boolean, default", "type: bool, default", "E204", 10, '`type` cannot be "bool"'),
        ("required: [account_id]", "required: [acount_id]", "E851", 12, "`acount_id` is required and not among"),
        ("type: boolean, default", "type: null, default", "E203", 10, "must be"),
        ("  required: [closed]", "  additionalProperties: true", "E851", 19, "no other fields"),
        ("account/{account_id}", "account/{acount_id}", "E853", 22, "`acount_id` is no required field"),
        ("account/{account_id}", "account/{reason}", "E853", 22, "`reason` is no required field"),
        ("account/{account_id}", "account", "E853", 22, "is not kind/{field}"),
        ('pattern: "^acc-[0-9]+$"', 'pattern: "^.+$"', "E853", 22, "no pattern that keeps slashes out"),
        ("intent: disrupt\ntouches", "intent: destroy\ntouches", "E854", 20, "touches no object so strongly"),
        ("effect_timeout: 2m", "effect_timeout: 30s", "E855", 27, "its function alone for 60 s"),
        ("timeout: 1m", "timeout: 20m", "E855", 26, "15 minutes at most"),
        ("undo: billing.open", "undo: billing.opn", "E856", 29, "there is no atom 'billing.opn'"),
        ("undo: billing.open", "undo: ec2.describe", "E856", 29, "only observes"),
        ("undo: billing.open", "undo: ec2.start", "E856", 29, "needs instance_id"),
        ("  - Throttled", "  - Trottled", "E857", 31, "whether a retry after Trottled may help is not said"),
        ("  - Throttled", "  - {name: Throttled, transient: false}", "E857", 31, "means transient: true"),
        ("com.example.Frozen", "States.Timeout", "E857", 33, "cannot be called 'States.Timeout'"),
        ("com.example.Frozen", "AccountBusy", "E857", 33, "declared twice"),
        ("atom: billing.close\n    with", "atom: billing.open\n    with", "E858", 34, "not one step of billing.close"),
        ("errors: [AccountBusy]", "errors: [AcountBusy]", "E858", 34, "never raises 'AcountBusy'"),
        ("idempotent: check_first", "idempotent: none", "E859", 28, "a repeat must do no harm"),
        ("dynamodb:UpdateItem", "dynamodb:*", "E861", 25, "is not one action"),
        ("table/billing", "table/${user}", "E861", 25, "is no ARN"),
    ],
)
def test_a_mistake_is_found_where_it_is(before: str, after: str, code: str, line: int, words: str) -> None:
    found = spoil(before, after)
    assert [(one.code, one.span.file) for one in found][:1] == [(code, "atoms/0.yaml")], found
    assert words in found[0].message
    assert found[0].span.line == line


def test_one_name_twice_is_refused() -> None:
    _, found = declare(CLOSE, OPEN, CLOSE)
    assert [(one.code, one.span.file) for one in found] == [("E902", "atoms/2.yaml")]
    assert "already defined in atoms/0.yaml" in found[0].message


def test_it_takes_part_in_a_bundle_typed_and_locked() -> None:
    sources = {**POLICIES, "atoms/c.yaml": CLOSE, "atoms/o.yaml": OPEN, "state_machines/leave.yaml": FLOW}
    built = build_bundle(sources, get_atoms())
    assert built.diagnostics == ()
    assert built.bundle is not None
    entry = built.bundle.atoms["billing.close"]
    assert entry.function_arn == "arn:${partition}:lambda:${region}:${account}:function:billing-${stage}:live"
    assert "anyOf" in entry.input_schema["properties"]["reason"]
    state = built.machines["leave"]["States"]["close"]
    assert state["Arguments"]["FunctionName"] == "${billing_close}"
    assert built.bundle.workflows["leave"].effect_timeout_s == 120
    assert "AccountBusy" not in built.bundle.workflows["leave"].final_errors, "it is retried, and an attempt may act"


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("account_id:", "acount_id:", "E501"),
        ("$close.closed", "$close.close", "E305"),
        ("intent: disrupt", "intent: configure", "E505"),
        ("AccountBusy", "NotYet", "E310"),
        ('account_id: "{% $input.account %}"', 'account_id: "acc_1"', "E503"),
        ('account_id: "{% $input.account %}"', 'account_id: "{% 7 %}"', "E503"),
    ],
)
def test_a_workflow_that_uses_it_wrongly_is_told(before: str, after: str, code: str) -> None:
    flow = FLOW.replace(before, after)
    assert flow != FLOW
    sources = {**POLICIES, "atoms/c.yaml": CLOSE, "atoms/o.yaml": OPEN, "state_machines/leave.yaml": flow}
    assert code in {one.code for one in build_bundle(sources, get_atoms()).diagnostics}


@pytest.mark.parametrize("name", get_atoms())
def test_the_library_keeps_to_what_it_asks_of_others(name: str) -> None:
    atoms = get_atoms()
    assert [*check_atom(atoms[name], atoms), *check_example(atoms[name], atoms)] == []


def test_every_code_is_used_and_documented() -> None:
    used = {
        code
        for path in (*Path("dsl/atoms").glob("*.py"), Path("infra/content.py"))
        if path.name != "codes.py"
        for code in re.findall(r'"(E8\d\d)"', path.read_text())
    }
    assert used == set(CODES)
