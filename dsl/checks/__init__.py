"""The checks, in the order they are written here; each is one file and reads one `Analysis`.

A new check is a file with one function, a line in `CHECKS`, its codes in `dsl/codes.py` and its cases in
`tests/corpus/dsl`.
"""

from collections.abc import Callable, Iterator

from dsl.analysis import Analysis
from dsl.checks.approvals import check_approvals
from dsl.checks.atoms import check_atoms
from dsl.checks.bare_names import check_bare_names
from dsl.checks.clashes import check_clashes
from dsl.checks.conditions import check_conditions
from dsl.checks.endings import check_endings
from dsl.checks.excludes import check_excludes
from dsl.checks.fields import check_fields
from dsl.checks.functions import check_functions
from dsl.checks.heartbeats import check_heartbeats
from dsl.checks.idempotency import check_idempotency
from dsl.checks.inputs import check_inputs
from dsl.checks.limits import check_limits
from dsl.checks.mixed import check_mixed
from dsl.checks.nested import check_nested
from dsl.checks.object_refs import check_object_refs
from dsl.checks.payload import check_payload
from dsl.checks.references import check_references
from dsl.checks.reserved import check_reserved
from dsl.checks.retries import check_retries
from dsl.checks.sdk import check_sdk
from dsl.checks.secrets import check_secrets
from dsl.checks.skipped import check_skipped
from dsl.checks.syntax import check_syntax
from dsl.checks.timeouts import check_timeouts
from dsl.checks.tokens import check_tokens
from dsl.checks.touches import check_touches
from dsl.checks.uncaught import check_uncaught
from dsl.checks.undo import check_undo
from dsl.checks.unreachable import check_unreachable
from dsl.checks.variables import check_variables
from dsl.checks.waits import check_waits
from dsl.checks.with_fields import check_with_fields
from dsl.diagnostics import Diagnostic

Check = Callable[[Analysis], Iterator[Diagnostic]]

CHECKS: tuple[Check, ...] = (
    check_clashes,
    check_reserved,
    check_syntax,
    check_mixed,
    check_bare_names,
    check_functions,
    check_references,
    check_fields,
    check_skipped,
    check_conditions,
    check_atoms,
    check_with_fields,
    check_inputs,
    check_nested,
    check_touches,
    check_object_refs,
    check_sdk,
    check_tokens,
    check_undo,
    check_idempotency,
    check_retries,
    check_timeouts,
    check_heartbeats,
    check_waits,
    check_approvals,
    check_unreachable,
    check_endings,
    check_excludes,
    check_limits,
    check_payload,
    check_variables,
    check_uncaught,
    check_secrets,
)
"""Every check there is."""
