"""A declared atom without a mistake, and the shortest way to spoil it."""

from chalicelib.atoms.registry import get_atoms
from dsl.analysis import AnyAtom
from dsl.atoms.declare import declare_atoms
from dsl.diagnostics import Diagnostic

CLOSE = """\
kind: atom
name: billing.close
summary: Close a customer's account.
function: arn:${partition}:lambda:${region}:${account}:function:billing-${stage}:live
input:
  type: object
  properties:
    account_id: {type: string, pattern: "^acc-[0-9]+$", description: Account}
    reason: {type: [string, "null"], maxLength: 20}
    notify: {type: boolean, default: true}
    lines: {type: array, items: {type: object, properties: {n: {type: integer, minimum: 1}}, required: [n]}}
  required: [account_id]
output:
  type: object
  properties:
    closed: {type: boolean}
    balance: {type: number}
    by-hand: {enum: ["yes", "no"]}
  required: [closed]
intent: disrupt
touches:
  - {object: "account/{account_id}", intent: disrupt}
emits: [Object State Changed]
permissions:
  - {actions: ["dynamodb:UpdateItem"], resource: "arn:${partition}:dynamodb:${region}:${account}:table/billing"}
timeout: 1m
effect_timeout: 2m
idempotent: check_first
undo: billing.open
errors:
  - Throttled
  - {name: AccountBusy, transient: true, nothing_done: true, description: "It is being changed: {cause}."}
  - {name: com.example.Frozen, transient: false}
example: |
  - id: close
    atom: billing.close
    with: {account_id: "{% $input.account %}"}
    undo: {atom: billing.open, with: {account_id: "{% $input.account %}"}}
    retry: {errors: [AccountBusy], max: 3}
"""
OPEN = (
    CLOSE.replace("billing.close\n", "billing.swap\n")
    .replace("billing.open", "billing.close")
    .replace("billing.swap", "billing.open")
)


def declare(text: str, *more: str) -> tuple[AnyAtom | None, tuple[Diagnostic, ...]]:
    files = {f"atoms/{index}.yaml": one for index, one in enumerate((text, *more))}
    atoms, found = declare_atoms(files, get_atoms())
    return atoms.get("billing.close"), found


def spoil(before: str, after: str) -> tuple[Diagnostic, ...]:
    assert before in CLOSE
    return declare(CLOSE.replace(before, after), OPEN)[1]
