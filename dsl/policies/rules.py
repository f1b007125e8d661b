"""`kind: rule`: which events matter, which object they are about, and the ordered branches that decide."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.catalog.model import Branch, Rule, Workflow
from chalicelib.decision.patterns import PatternInvalid, compile_pattern
from chalicelib.errors import MalformedObjectId
from chalicelib.identity import Home, parse_object_id
from dsl.diagnostics import Diagnostic, Span, has_errors
from dsl.expressions import split_template
from dsl.policies.batch import build_batch, check_batch
from dsl.policies.correlate import build_correlate, check_correlate
from dsl.policies.expressions import OF_BRANCH, OF_MEMBER, OF_OBJECT, Scope, check_bare, check_template
from dsl.policies.goals import build_goal, check_goal
from dsl.policies.inputs import check_run
from dsl.policies.model import BranchSpec, RuleFile
from dsl.policies.schedule import build_schedule, check_schedule
from dsl.schedules import match_due
from dsl.shape import Path, find_node, locate, locate_key, read_file
from dsl.source import Node


def compile_rule(text: str, file: str, known: Mapping[str, Workflow]) -> tuple[Rule | None, tuple[Diagnostic, ...]]:
    """Compile one rule file. `known` holds what it may run: workflows, and atoms as their one-step machines.

    Gives None with at least one error, or the rule; never raises for a user's text.
    """
    root, spec, found = read_file(text, file, RuleFile)
    if root is None or spec is None:
        return None, found
    checked = (*found, *_check(root, spec, known))
    return (None if has_errors(checked) else _build(spec)), checked


def _build(spec: RuleFile) -> Rule:
    return Rule(
        name=spec.name,
        description=spec.description,
        mode=spec.mode,
        match=_read_match(spec),
        object=spec.object,
        branches=tuple(Branch(one.when, one.run, one.with_, one.page, one.ignore) for one in spec.decide),
        goal=build_goal(spec.goal) if spec.goal is not None else None,
        priority=spec.priority,
        group=spec.group,
        page=spec.page,
        correlate=build_correlate(spec.correlate) if spec.correlate is not None else None,
        batch=build_batch(spec.batch) if spec.batch is not None else None,
        schedule=build_schedule(spec.schedule) if spec.schedule is not None else None,
    )


def _read_match(spec: RuleFile) -> dict[str, Any]:
    return match_due(spec.name) if spec.match is None else spec.match


def _check(root: Node, spec: RuleFile, known: Mapping[str, Workflow]) -> Iterator[Diagnostic]:
    yield from _check_occasion(root, spec)
    yield from _check_object(root, spec.object, known)
    yield from _check_order(root, spec.decide)
    for index, branch in enumerate(spec.decide):
        scope = OF_MEMBER if spec.batch is not None and branch.run is not None else OF_BRANCH
        yield from _check_branch(root, ("decide", index), branch, scope, known)
    if spec.goal is not None:
        yield from check_goal(root, spec.goal, known)
    if spec.correlate is not None:
        yield from check_correlate(root, spec.correlate, _read_match(spec), known)
    if spec.batch is not None:
        yield from check_batch(root, spec.batch, any(one.run for one in spec.decide), known)
        if spec.goal is not None and spec.goal.otherwise:
            message = "a rule that acts in batches climbs no ladder: a rung would act on a target outside of its batch"
            hint = "put what is tried next into the workflow (`try`), or write a rule with a goal about the targets themselves"
            yield Diagnostic("E709", message, locate_key(root, ("goal", "otherwise")), hint)


def _check_occasion(root: Node, spec: RuleFile) -> Iterator[Diagnostic]:
    """A rule decides on events or at times."""
    if spec.match is None and spec.schedule is None:
        hint = "add `match:` with an event pattern, or `schedule:`"
        yield Diagnostic("E202", "`match` is missing", _point_at(root, ()), hint)
    if spec.match is not None and spec.schedule is not None:
        message = "a rule has `match` or `schedule`, not both"
        hint = "write two rules: one decides on events, the other at times"
        yield Diagnostic("E714", message, locate_key(root, ("schedule",)), hint)
    if spec.match is not None:
        yield from _check_pattern(root, spec.match)
    if spec.schedule is not None:
        yield from check_schedule(root, spec.schedule)


def _check_pattern(root: Node, pattern: Mapping[str, Any]) -> Iterator[Diagnostic]:
    try:
        compile_pattern(pattern)
    except PatternInvalid as problem:
        keys = problem.facts["keys"]
        path = ("match", *keys) if isinstance(keys, tuple) else ("match",)
        hint = 'a leaf of a pattern is a list: ["stopped"]' if "must be an object or an array" in str(problem) else None
        yield Diagnostic("E701", f"EventBridge refuses this pattern: {problem.cause}", locate_key(root, path), hint)


def _check_object(root: Node, template: str, known: Mapping[str, Workflow]) -> Iterator[Diagnostic]:
    yield from check_template(root, ("object",), OF_OBJECT, known)
    example = "".join("x" if is_hole else part for part, _, is_hole in split_template(template))
    try:
        parse_object_id(example, Home("account", "region"))
    except MalformedObjectId as problem:
        hint = "for example 'host/{% $event.detail.\"instance-id\" %}'"
        yield Diagnostic("E708", f"this gives no object id: {problem.cause}", locate(root, ("object",)), hint)


def _check_order(root: Node, branches: tuple[BranchSpec, ...]) -> Iterator[Diagnostic]:
    last = len(branches) - 1
    for index, branch in enumerate(branches):
        span = _point_at(root, ("decide", index))
        if branch.default and branch.when is not None:
            yield Diagnostic("E703", "a branch has `when` or `default`, not both", span, "remove one of them")
        elif branch.default and index < last:
            yield Diagnostic("E703", "the default comes before other branches", span, "move it to the end")
        elif not branch.default and branch.when is None:
            yield Diagnostic(
                "E703", "this branch has no `when`", span, "write `when:`, or `default: true` for the last"
            )
        elif not branch.default and index == last:
            message = "the last branch is no default, so some events would be decided by none"
            yield Diagnostic("E703", message, span, "add `- default: true` with what to do then, for example `ignore:`")


def _check_branch(
    root: Node, path: Path, branch: BranchSpec, scope: Scope, known: Mapping[str, Workflow]
) -> Iterator[Diagnostic]:
    deeds = [name for name in ("run", "page", "ignore") if getattr(branch, name) is not None]
    if len(deeds) != 1:
        said = " and ".join(f"`{name}`" for name in deeds) or "nothing"
        hint = "write exactly one of `run`, `page` and `ignore`"
        yield Diagnostic("E704", f"a branch does one thing, and this one says {said}", _point_at(root, path), hint)
    if branch.when is not None:
        yield from check_bare(root, (*path, "when"), OF_BRANCH, known)
    if branch.run is None:
        if branch.with_ is not None and deeds:
            message = f"`with` is the input of a `run`, and this branch says `{deeds[0]}`"
            yield Diagnostic("E704", message, locate_key(root, (*path, "with")), "remove it")
        return
    yield from check_run(root, path, branch.run, branch.with_, known, scope)


def _point_at(root: Node, path: Path) -> Span:
    """Point at a branch by its first key: its whole span may be many lines."""
    node = find_node(root, path)
    return next(iter(node.key_spans.values()), node.span)
