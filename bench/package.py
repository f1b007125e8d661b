"""What is deployed: size of the zip, of the template, and how many resources."""

import json
import zipfile
from collections import Counter
from io import BytesIO
from typing import Any

from infra.build import build_project
from infra.deploy import Order, make_artifacts
from infra.project import find_project
from infra.target import target_aws
from infra.template.assemble import dump_template


def measure() -> dict[str, Any]:
    """Package this checkout for AWS."""
    project = find_project()
    artifacts = make_artifacts(project, build_project(project), Order("bench"), target_aws())
    with zipfile.ZipFile(BytesIO(artifacts.archive)) as archive:
        entries = archive.infolist()
    parts: Counter[str] = Counter()
    for entry in entries:
        parts[entry.filename.split("/")[0]] += entry.compress_size
    return {
        "zip_bytes": len(artifacts.archive),
        "unzipped_bytes": sum(entry.file_size for entry in entries),
        "files": len(entries),
        "bytecode_files": sum(entry.filename.endswith(".pyc") for entry in entries),
        "largest_parts_bytes": dict(parts.most_common(6)),
        "template_bytes": len(dump_template(artifacts.template)),
        "resources": len(artifacts.template["Resources"]),
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
