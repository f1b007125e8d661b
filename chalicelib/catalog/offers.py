"""Reads what the catalog shows beside the bundle: an example and an estimate of each workflow. Only the API does."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

DEFAULT_PATH = Path(__file__).parent.parent / "offers.json"


@lru_cache(maxsize=1)
def load_offers(path: Path = DEFAULT_PATH) -> Mapping[str, Any]:
    """Give `{name: {example, estimate}}`; an old package without the file offers neither."""
    try:
        found: Mapping[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    return found
