"""Random rules and events, made so that they meet: for the oracle of the index and for its benchmark."""

from random import Random
from typing import Any

from chalicelib.catalog.model import Branch, Rule, RuleMode

Json = dict[str, Any]

PATHS = ("source", "detail-type", "detail.state", "detail.name", "detail.ip", "detail.count", "detail.tags.env", "detail.list", "resources", "detail.items.id", "detail.items.size", "detail.items.parts.x")  # fmt: skip
TEXTS = ("", "a", "b", "ab", "aB", "abc", "web-1", "web-12", "WEB-1", "prod-web-1", "prod-db-1", "café", "CAFÉ", "ß", "SS", "stopped", "running", "a*b", "a\\b", "10.0.0.1", "10.0.0.2", "10.0.1.1", "10.1.0.1", "2001:db8::1", "2001:0db8:0::1", "::ffff:10.0.0.1", "300.1.1.1", "\u212a", "k", "İ", "K")  # fmt: skip
NUMBERS = (0, 1, 1.0, -1, 2, 2.5, 1e300, 2**53, 2**53 + 1, 10**30, 0.1)
BLOCKS = ("10.0.0.0/8", "10.0.0.0/24", "10.0.0.1/31", "0.0.0.0/0", "2001:db8::/32", "::/0", "a00::/16")
WILDCARDS = ("*", "web-*", "*-1", "*web*", "prod-*-1", "a*b*c", "*e*-*", "a\\*b", "*a\\\\*", "prod-web-1", "*pro*web*")


def make_rules(random: Random, count: int) -> tuple[Rule, ...]:
    """Valid rules over few paths and values."""
    return tuple(make_plain_rule(f"r{number}", make_pattern(random)) for number in range(count))


def make_plain_rule(name: str, match: Json) -> Rule:
    branch = Branch(when=None, ignore="a test")
    return Rule(name, "", RuleMode.ACTIVE, match, "host/x", (branch,), None)


def make_pattern(random: Random) -> Json:
    """A pattern of up to four leaves, sometimes with an `$or`."""
    paths = random.sample(PATHS, random.choice((1, 1, 2, 2, 3, 4)))
    pattern: Json = {}
    for path in paths:
        put(pattern, path, make_leaf(random))
    if random.random() < 0.2:
        left = [path for path in PATHS if path not in paths]
        branches = []
        for path in random.sample(left, 2):
            branch: Json = {}
            put(branch, path, make_leaf(random))
            branches.append(branch)
        pattern["$or"] = branches
    return pattern


def make_leaf(random: Random) -> list[Any]:
    return [make_element(random) for _ in range(random.choice((1, 1, 1, 2, 3)))]


def make_element(random: Random) -> Any:  # noqa: C901 - one case for each operator
    text, number = random.choice(TEXTS), random.choice(NUMBERS[:7])
    match random.randrange(14):
        case 0 | 1 | 2:
            return text
        case 3:
            return random.choice((number, True, False, None))
        case 4:
            return {"prefix": random.choice((text, {"equals-ignore-case": text}))}
        case 5:
            return {"suffix": random.choice((text, {"equals-ignore-case": text}))}
        case 6:
            return {"equals-ignore-case": text}
        case 7:
            return {"wildcard": random.choice(WILDCARDS)}
        case 8:
            return {"anything-but": random.choice((text, number, [text, "x"], [number, 5], {"prefix": text or "a"}, {"suffix": [text or "a"]}, {"equals-ignore-case": [text]}, {"wildcard": random.choice(WILDCARDS)}))}  # fmt: skip
        case 9 | 10:
            low = random.choice((-1, 0, 1, 2.5))
            bounds = ["=", number], [">", low], [">=", low], ["<", low], ["<=", low], [">", low, "<=", low + 1], [">=", low, "<", low + 2]  # fmt: skip
            return {"numeric": random.choice(bounds)}
        case 11:
            return {"exists": random.choice((True, False))}
        case 12:
            return {"cidr": random.choice(BLOCKS)}
        case _:
            return {"exactly": text}


def make_event(random: Random) -> Json:
    """An event over the same paths; sometimes with arrays of objects, dots in keys or a field of another shape."""
    event: Json = {}
    for path in PATHS:
        if random.random() < 0.6 and not path.startswith("detail.items"):
            put(event, path, make_value(random))
    if random.random() < 0.3:
        items = [make_item(random) for _ in range(random.randrange(4))]
        put(event, "detail.items", items if random.random() < 0.8 else make_item(random))
    if random.random() < 0.1:
        event[random.choice(PATHS)] = make_value(random)
    if random.random() < 0.1:
        put(event, random.choice(PATHS[:7]), {"inner": make_value(random), "state": random.choice(TEXTS)})
    return event


def make_item(random: Random) -> Any:
    if random.random() < 0.1:
        return random.choice((make_scalar(random), [make_scalar(random)], [{"id": "a"}], {}))
    item: Json = {name: make_value(random) for name in ("id", "size") if random.random() < 0.8}
    if random.random() < 0.5:
        item["parts"] = [{"x": make_scalar(random)} for _ in range(random.randrange(3))]
    return item


def make_value(random: Random) -> Any:
    if random.random() < 0.15:
        return [make_scalar(random) for _ in range(random.randrange(4))]
    return make_scalar(random)


def make_scalar(random: Random) -> Any:
    if random.random() < 0.7:
        return random.choice(TEXTS)
    return random.choice((*NUMBERS, True, False, None))


def put(target: Json, path: str, value: Any) -> None:
    """Set a value at a dotted path, unless something else stands in the way."""
    *outer, last = path.split(".")
    for key in outer:
        inner = target.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        target = inner
    target[last] = value
