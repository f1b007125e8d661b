"""`page: default` must name somebody whatever the object's tier is: found here, not at three in the morning."""

from collections.abc import Iterable, Iterator

from chalicelib.catalog.model import Rule
from chalicelib.decision.tiers import DEFAULT_PAGE
from dsl.diagnostics import Diagnostic
from dsl.policies.services import Services
from dsl.shape import Path, locate, locate_key
from dsl.source import load_source


def check_pages(files: Iterable[tuple[str, str]], rules: Iterable[Rule], services: Services) -> Iterator[Diagnostic]:
    """Check every rule that leaves who is paged to its service's tier; `files` are (path, text) of the rules."""
    silent = [tier.name for tier in services.tiers if tier.page is None]
    open_rules = {rule.name: path for rule in rules if rule.page is None for path in _find_open(rule)}
    stopping = {rule.name for rule in rules if rule.batch is not None and rule.page is None}
    if not silent or not (open_rules or stopping):
        return
    for path, text in files:
        root, _ = load_source(text, path)
        name = root.plain().get("name") if root is not None else None
        if root is not None and name in stopping:
            message = f"who is paged if a batch stops it? Nobody is named for tier {', '.join(silent)}"
            hint = f"write `page:` in the rule, or `- {{name: {silent[0]}, page: …}}` in the services file"
            yield Diagnostic("E711", message, locate_key(root, ("batch",)), hint)
        if root is not None and name in open_rules:
            message = f"`page: default` names nobody for tier {', '.join(silent)}"
            span = locate(root, open_rules[name])
            hint = (
                f"write `- {{name: {silent[0]}, page: …}}` under `tiers` in the services file, or `page:` in the rule"
            )
            yield Diagnostic("E711", message, span, hint)


def _find_open(rule: Rule) -> Iterator[Path]:
    """Give where a rule leaves open who is paged."""
    rungs = rule.goal.otherwise if rule.goal is not None else ()
    storm = rule.correlate.storm if rule.correlate is not None else None
    if storm is not None and storm.page == DEFAULT_PAGE:
        yield ("correlate", "storm")
    yield from (("decide", index, "page") for index, one in enumerate(rule.branches) if one.page == DEFAULT_PAGE)
    yield from (("goal", "otherwise", index, "page") for index, one in enumerate(rungs) if one.page == DEFAULT_PAGE)
