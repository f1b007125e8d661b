"""`interlock batches --objects F --kind host`: how targets would be cut into batches, offline."""

from pathlib import Path
from typing import Annotated

import typer

from chalicelib.decision.batching import Batches, Batching, make_batches, parse_size
from chalicelib.decision.objects import view_object
from chalicelib.decision.targets import Selector, measure_bounds, select_targets
from chalicelib.identity import parse_object_id
from dsl.policies.cases import read_objects
from infra.cli.decide import read_world_file
from infra.cli.listing import print_json, print_table
from infra.cli.opening import compile_project
from infra.cli.screen import err
from infra.offline.world import HOME

Objects = Annotated[Path, typer.Option(help="YAML or JSON: `objects:` by id, each with state and labels.")]
Kind = Annotated[str, typer.Option(help="Of the targets and of what a bound counts, for example host.")]
Service = Annotated[str | None, typer.Option(help="Only objects of this service.")]
Zone = Annotated[str | None, typer.Option(help="Only objects of this zone.")]
Sizes = Annotated[str, typer.Option(help="Of each batch in turn, the last one again and again: 1,10%,50%.")]
Canary = Annotated[str | None, typer.Option(help="An extra first batch.")]
Spread = Annotated[bool, typer.Option("--spread", help="Take from the zones in turn.")]
OneZone = Annotated[bool, typer.Option("--one-zone-at-a-time", help="Finish a zone before the next one begins.")]
Most = Annotated[str | None, typer.Option(help="How many of a service may be down at once, 2 or 10%.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(
    objects: Objects,
    kind: Kind = "host",
    service: Service = None,
    zone: Zone = None,
    sizes: Sizes = "100%",
    canary: Canary = None,
    spread: Spread = False,  # noqa: FBT002 - a command's flag
    one_zone: OneZone = False,  # noqa: FBT002
    max_unavailable: Most = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show the batches in which targets would be acted on: least important tier first, and why any is left out."""
    batching = Batching(
        tuple(parse_size(one.strip()) for one in sizes.split(",")),
        parse_size(canary) if canary else None,
        spread_zones=spread,
        one_zone_at_a_time=one_zone,
    )
    most = parse_size(max_unavailable) if max_unavailable else None
    bundle = compile_project().bundle
    views = [
        view_object(parse_object_id(text, HOME), state=spec.state, state_at=None, labels=spec.labels, bundle=bundle)
        for text, spec in read_world_file(objects, read_objects).objects.items()
    ]
    targets = select_targets(views, Selector(kind, service, zone), {one.name: one.rank for one in bundle.tiers})
    named = {target.group: most for target in targets if most is not None}
    made = make_batches(targets, batching, measure_bounds(views, targets, kind, named))
    _print(made, as_json=as_json)


def _print(made: Batches, *, as_json: bool) -> None:
    if as_json:
        batches = [[target.id for target in batch] for batch in made.batches]
        deferred = [{"id": one.target.id, "reason": one.reason} for one in made.deferred]
        print_json({"batches": batches, "deferred": deferred})
        return
    rows = [
        (str(number), target.id, target.zone or "-", target.group or "-", "up" if target.healthy else "down")
        for number, batch in enumerate(made.batches, 1)
        for target in batch
    ]
    print_table(("batch", "object", "zone", "service", "now"), rows)
    for one in made.deferred:
        err.print(f"left out: {one.target.id}: {one.reason}", markup=False)
