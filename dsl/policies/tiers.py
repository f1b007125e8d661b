"""The tiers that rules name must exist."""

from collections.abc import Iterable, Iterator

from chalicelib.catalog.model import Rule
from chalicelib.decision.batch_policy import EVERY_TIER
from dsl.diagnostics import Diagnostic, suggest
from dsl.policies.services import Services
from dsl.shape import locate_key
from dsl.source import load_source


def check_tiers(files: Iterable[tuple[str, str]], rules: Iterable[Rule], services: Services) -> Iterator[Diagnostic]:
    """Check the tiers that rules name under `max_unavailable`; `files` are (path, text) of the rules."""
    tiers = [one.name for one in services.tiers]
    wrong = {
        rule.name: unknown
        for rule in rules
        if rule.batch is not None
        and (unknown := [name for name in rule.batch.policy.max_unavailable or {} if name not in {EVERY_TIER, *tiers}])
    }
    for path, text in files if wrong else ():
        root, _ = load_source(text, path)
        name = root.plain().get("name") if root is not None else None
        for tier in wrong.get(str(name), ()):
            if root is not None:
                span = locate_key(root, ("batch", "max_unavailable", tier))
                hint = suggest(tier, tiers) or f"the tiers are: {', '.join(tiers)}"
                yield Diagnostic("E901", f"there is no tier {tier!r}", span, hint)
