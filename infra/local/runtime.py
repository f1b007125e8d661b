"""What differs between a function on AWS and on the local AWS: the runtime, and where it finds AWS.

MiniStack's own Python runtime turns every exception into `Runtime.HandlerError`, so that no Retry or Catch by name
could match. AWS's runtime client in a custom runtime keeps the names, and is the faster path besides.
"""

from typing import Any

from infra.archive import add_program
from infra.errors import ToolMissing
from infra.project import Project
from infra.template.assemble import Template, map_functions

_BOOTSTRAP = """#!/bin/sh
cd "$LAMBDA_TASK_ROOT" || exit 1
exec "{python}" -m awslambdaric "$_HANDLER"
"""


def localize_archive(archive: bytes, project: Project) -> bytes:
    """Give the package with a bootstrap that runs the handler by AWS's runtime client. Raises ToolMissing."""
    python = project.local / "lambda" / "bin" / "python"
    if not python.exists():
        raise ToolMissing(tool=python.relative_to(project.root).as_posix())
    return add_program(archive, "bootstrap", _BOOTSTRAP.format(python=python))


def localize_template(template: Template, endpoint: str) -> Template:
    """Give the template with every function on the custom runtime, calling the local AWS."""

    def localize(properties: dict[str, Any]) -> dict[str, Any]:
        variables = {**properties["Environment"]["Variables"], "AWS_ENDPOINT_URL": endpoint}
        return {**properties, "Runtime": "provided.al2023", "Environment": {"Variables": variables}}

    return map_functions(template, localize)
