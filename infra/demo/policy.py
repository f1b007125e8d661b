"""The policies that the demo deploys: those of the checkout, with a wait that fits into a demo."""

from collections.abc import Mapping

from infra.build import check_sources
from infra.compiled import Build
from infra.errors import SourcesInvalid
from infra.project import Project
from infra.sources import read_sources

RULE = "policies/rules/host_stopped.yaml"
_SETTLE, _SHORT = "settle: 60s", "settle: 2s"
TOLD = (
    f"The rule host_stopped has `{_SHORT}` here instead of `{_SETTLE}`; every other policy is as it is in the checkout."
)


def build_demo(project: Project) -> Build:
    """Compile a checkout with the short wait. Raises SourcesInvalid, and ValueError if the rule has no such wait."""
    checked = check_sources(shorten(read_sources(project)), project)
    if checked.build is None:
        raise SourcesInvalid(count=sum(one.severity == "error" for one in checked.diagnostics))
    return checked.build


def shorten(sources: Mapping[str, str]) -> dict[str, str]:
    """Give the sources with the short wait."""
    if sources[RULE].count(_SETTLE) != 1:
        raise ValueError(RULE)
    return {**sources, RULE: sources[RULE].replace(_SETTLE, _SHORT)}
