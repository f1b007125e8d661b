"""Which objects a service selects: a function of an object's labels and of nothing else."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from chalicelib.catalog.model import Selector, Service

GROUP, TARGET_GROUP, ECS_SERVICE, LABELS = "group", "target_group", "ecs_service", "labels"
"""The kinds of selectors. The first three are labels, too; a host may be behind several target groups: `target_group:<name>`."""


def select(service: Service, labels: Mapping[str, str]) -> bool:
    """Whether an object with these labels belongs to a service."""
    return any(_fits(one, labels) for one in list_selectors(service))


def list_selectors(service: Service) -> tuple[Selector, ...]:
    """Give all that selects objects of a service, its labels first."""
    return (Selector(LABELS, "", "", service.labels), *service.selectors) if service.labels else service.selectors


def describe_selector(selector: Selector) -> str:
    """Say what it selects, in one line."""
    labels = ", ".join(f"{name}={value}" for name, value in selector.labels.items())
    match selector.kind:
        case "group":
            return f"Auto Scaling group {selector.name}"
        case "target_group":
            return f"target group {selector.name}"
        case "ecs_service":
            return f"ECS services {selector.cluster}:{selector.name}" + (f" with {labels}" if labels else "")
        case _:
            return labels


def _fits(selector: Selector, labels: Mapping[str, str]) -> bool:
    tagged = selector.labels.items() <= labels.items()
    match selector.kind:
        case "group":
            return labels.get(GROUP) == selector.name
        case "target_group":
            return f"{TARGET_GROUP}:{selector.name}" in labels
        case "ecs_service":
            name = labels.get(ECS_SERVICE)
            return name is not None and _is_in(selector, name, labels) and tagged
        case _:
            return tagged


def _is_in(selector: Selector, name: str, labels: Mapping[str, str]) -> bool:
    return labels.get("cluster") == selector.cluster and fnmatchcase(name, selector.name)
