"""The policies that the demo deploys: those of the checkout, with a rule that acts after a wait that fits into a demo."""

from collections.abc import Mapping

from infra.build import check_sources
from infra.compiled import Build
from infra.errors import SourcesInvalid
from infra.project import Project
from infra.sources import read_sources

RULE = "policies/rules/host_stopped.yaml"
_SETTLE, _SHORT = "settle: 60s", "settle: 2s"
_SHADOW, _ACTIVE = "mode: shadow", "mode: active"
TOLD = (
    f"The rule host_stopped has `{_ACTIVE}` and `{_SHORT}` here instead of `{_SHADOW}` and `{_SETTLE}`; every other policy is "
    "as it is in the checkout."
)


def build_demo(project: Project) -> Build:
    """Compile a checkout with the rule active and the short wait. Raises SourcesInvalid, and ValueError if it is another rule."""
    return _compile(_change(activate(read_sources(project)), _SETTLE, _SHORT), project)


def build_active(project: Project) -> Build:
    """Compile a checkout with the rule active, and nothing else changed. Raises as `build_demo` does."""
    return _compile(activate(read_sources(project)), project)


def activate(sources: Mapping[str, str]) -> dict[str, str]:
    """Give the sources with the rule active: in the checkout, every rule that acts is in shadow."""
    return _change(sources, _SHADOW, _ACTIVE)


def _change(sources: Mapping[str, str], old: str, new: str) -> dict[str, str]:
    if sources[RULE].count(old) != 1:
        raise ValueError(RULE)
    return {**sources, RULE: sources[RULE].replace(old, new)}


def _compile(sources: Mapping[str, str], project: Project) -> Build:
    checked = check_sources(sources, project)
    if checked.build is None:
        raise SourcesInvalid(count=sum(one.severity == "error" for one in checked.diagnostics))
    return checked.build
