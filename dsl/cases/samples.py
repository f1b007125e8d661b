"""A sample of an atom's output, so that a case writes only the fields that matter."""

from collections.abc import Mapping
from typing import Any

from chalicelib.atoms.contract import AtomOutput

Schema = Mapping[str, Any]


def make_sample(output: type[AtomOutput], given: Any, returns: Any) -> Any:
    """Give an output: `returns` where it says something, the input's field of the same name, else a plain value.

    A value that is no mapping stands for itself.
    """
    if returns is not None and not isinstance(returns, Mapping):
        return returns
    schema = output.model_json_schema()
    sample = sample_value(schema, schema, "")
    same = {name: value for name, value in given.items() if name in sample} if isinstance(given, Mapping) else {}
    return {**sample, **{name: value for name, value in same.items() if value is not None}, **(returns or {})}


def sample_value(schema: Schema, root: Schema, name: str) -> Any:
    """Give a plain value of a schema within `root`; a text is `name`, and no pattern is looked at."""
    if "$ref" in schema:
        return sample_value(root["$defs"][schema["$ref"].rpartition("/")[2]], root, name)
    for word in ("default", "const"):
        if word in schema:
            return schema[word]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        is_nullable = {"type": "null"} in schema["anyOf"]
        return None if is_nullable else sample_value(schema["anyOf"][0], root, name)
    if schema.get("type") == "object":
        return {key: sample_value(inner, root, key) for key, inner in schema.get("properties", {}).items()}
    plain = {"array": [], "boolean": True, "integer": 0, "number": 0, "null": None}
    return schema.get("minimum", plain.get(schema.get("type", ""), name))
