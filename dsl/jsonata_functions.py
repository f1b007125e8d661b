"""The functions an expression may call in Step Functions: JSONata's own and the six that AWS adds."""

_RETURNS: dict[str, str] = {
    "abs": "number", "append": "array", "average": "number", "base64decode": "string", "base64encode": "string",
    "boolean": "boolean", "ceil": "number", "clone": "any", "contains": "boolean", "count": "number",
    "decodeUrl": "string", "decodeUrlComponent": "string", "distinct": "any", "each": "any", "encodeUrl": "string",
    "encodeUrlComponent": "string", "error": "any", "exists": "boolean", "filter": "any", "floor": "number",
    "formatBase": "string", "formatInteger": "string", "formatNumber": "string", "fromMillis": "string",
    "assert": "any", "join": "string", "keys": "any", "length": "number", "lookup": "any", "lowercase": "string",
    "map": "any", "match": "any", "max": "number", "merge": "object", "millis": "number", "min": "number",
    "not": "boolean", "now": "string", "number": "number", "pad": "string", "parseInteger": "number",
    "power": "number", "random": "number", "reduce": "any", "replace": "string", "reverse": "any",
    "round": "number", "shuffle": "any", "sift": "any", "single": "any", "sort": "any", "split": "any",
    "spread": "any", "sqrt": "number", "string": "string", "substring": "string", "substringAfter": "string",
    "substringBefore": "string", "sum": "number", "toMillis": "number", "trim": "string", "type": "string",
    "uppercase": "string", "zip": "any",
    "partition": "array", "range": "array", "hash": "string", "uuid": "string", "parse": "any",
}  # fmt: skip

FUNCTIONS: frozenset[str] = frozenset(_RETURNS)
"""Names without `$`. `$eval` is missing: Step Functions refuses it."""

RESERVED: frozenset[str] = frozenset(
    {"input", "dispatch", "states", "event", "object", "history", "error", "failure", "constants", "eval"}
)
"""What no step, branch or loop variable may be called, besides the functions."""


def return_kind(function: str) -> str:
    """Give the JSON kind a function returns, `any` where that depends or it may return nothing."""
    return _RETURNS.get(function, "any")
