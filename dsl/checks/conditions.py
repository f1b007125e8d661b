"""A condition is true or false: AWS fails the execution for anything else, and nothing can catch that."""

from collections.abc import Iterator

from dsl.analysis import Analysis
from dsl.diagnostics import Diagnostic
from dsl.sites import span_of
from dsl.types import name_kinds


def check_conditions(analysis: Analysis) -> Iterator[Diagnostic]:
    """E405: a `when` that surely gives something else."""
    for site in analysis.sites.expressions:
        if site.condition is None:
            continue
        kinds = analysis.kinds_at(site)
        if kinds is not None and "boolean" not in kinds:
            message = f"`when` must give true or false, and this gives {name_kinds(kinds)}"
            hint = f"compare it, for example {site.text.strip()} != null"
            yield Diagnostic("E405", message, span_of(site, analysis.root, 0, len(site.text)), hint)
