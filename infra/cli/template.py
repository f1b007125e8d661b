"""`interlock template`: the template as it would be deployed to AWS, for cfn-lint and for review."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.opening import compile_project
from infra.cli.options import Stage
from infra.cli.screen import err, out
from infra.deploy import Order, make_artifacts
from infra.project import find_project
from infra.target import target_aws
from infra.template.assemble import dump_template, place_code

Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write here in place of standard output.")]


def run(stage: Stage = "dev", target: Out = None) -> None:
    """Package this project and print its CloudFormation template; no AWS account is asked."""
    artifacts = make_artifacts(find_project(), compile_project(), Order(stage), target_aws())
    body = dump_template(place_code(artifacts.template, "artifacts", f"{stage}/code.zip")).decode()
    if target is None:
        out.out(body, highlight=False)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(body, encoding="utf-8")
    err.print(f"Wrote {target}.")
