"""`interlock openapi`: the API's OpenAPI 3.1 document; no AWS is asked."""

import json
from pathlib import Path
from typing import Annotated

import typer

from chalicelib.api.openapi import make_openapi
from chalicelib.api.routes import ROUTES
from infra.cli.screen import err, out

Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write here in place of standard output.")]


def run(target: Out = None) -> None:
    """Print the API's OpenAPI 3.1 document, as `GET /v1/openapi.json` of this version serves it; no AWS is asked."""
    text = json.dumps(make_openapi(ROUTES), indent=2, ensure_ascii=False)
    if target is None:
        out.out(text, highlight=False)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"{text}\n", encoding="utf-8")
    err.print(f"Wrote {target}.", markup=False)
