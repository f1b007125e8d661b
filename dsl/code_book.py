"""Every diagnostic code with its paragraph, from all that find mistakes."""

from collections.abc import Mapping

from dsl.atoms.codes import CODES as ATOMS
from dsl.cases.codes import CODES as CASES
from dsl.codes import CODES as WORKFLOWS
from dsl.policies.codes import CODES as POLICIES
from dsl.policies.lint.codes import CODES as RULE_SETS


def read_code_book() -> Mapping[str, str]:
    """Give code -> what it means and what to do, sorted by code."""
    return dict(sorted({**WORKFLOWS, **ATOMS, **POLICIES, **RULE_SETS, **CASES}.items()))
