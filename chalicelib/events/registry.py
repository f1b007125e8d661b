"""Every source that is read for observations. An event of another source is an event like any other, without them.

Modules, not objects: a cold start loads the source of the event at hand and no other.
"""

from importlib import import_module

from chalicelib.events.contract import Source

MODULES: dict[str, str] = {
    "aws.acm": "chalicelib.events.sources.acm",
    "aws.autoscaling": "chalicelib.events.sources.autoscaling",
    "aws.cloudwatch": "chalicelib.events.sources.cloudwatch",
    "aws.ec2": "chalicelib.events.sources.ec2",
    "aws.ecs": "chalicelib.events.sources.ecs",
    "aws.health": "chalicelib.events.sources.health",
    "aws.rds": "chalicelib.events.sources.rds",
    "interlock": "chalicelib.events.sources.interlock",
}


def find_source(name: str) -> Source | None:
    """Give the source of that name, None if it is not registered."""
    if name not in MODULES:
        return None
    source: Source = import_module(MODULES[name]).SOURCE
    return source
