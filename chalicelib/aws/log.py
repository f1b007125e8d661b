"""The log of an atom: one JSON object a line, which CloudWatch Logs Insights takes apart by itself."""

import json
import sys
from collections.abc import Mapping
from typing import TextIO


class LineLog:
    """Writes lines that all carry the same facts, such as the dispatch."""

    def __init__(self, common: Mapping[str, object], stream: TextIO | None = None) -> None:
        self._common = dict(common)
        self._stream = stream

    def __call__(self, message: str, **facts: object) -> None:
        """Write one line; what JSON does not know is written as text."""
        line = json.dumps({"message": message, **self._common, **facts}, default=str, ensure_ascii=False)
        print(line, file=self._stream or sys.stdout, flush=True)
