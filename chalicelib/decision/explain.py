"""A decision for people: what was tried, what was false and why, and what follows."""

from typing import Any

from chalicelib.catalog.model import RuleMode
from chalicelib.decision.model import Action, Decision, Trial


def explain(decision: Decision) -> list[str]:
    """Give the lines that answer "why": the object, each trial in order, and the outcome."""
    about = decision.object.short if decision.object else "no single object"
    member = f"service {decision.service}, " if decision.service else "no service, "
    return [
        f"rule {decision.rule} on {about} ({member}tier {decision.tier})",
        *(f"  {_render_trial(trial)}" for trial in decision.trials),
        f"  => {_render_outcome(decision)}",
        f"  decided {decision.decided_at.isoformat()} by bundle {decision.bundle_version}, dispatch {decision.id}",
    ]


def summarize_trials(decision: Decision) -> list[dict[str, Any]]:
    """Give the trials as JSON for the record: `{rule, branch, expression, result, reason}` each."""
    return [
        {
            "rule": trial.rule,
            "branch": trial.branch,
            "expression": trial.expression,
            "result": trial.result,
            "reason": trial.reason,
            **({"rung": trial.rung} if trial.rung is not None else {}),
        }
        for trial in decision.trials
    ]


def _render_trial(trial: Trial) -> str:
    mark = {True: "yes", False: "no", None: "failed"}[trial.result]
    name = "match" if trial.branch is None else f"branch {trial.branch + 1}"
    name = name if trial.rung is None else f"rung {trial.rung}"
    return f"{name}: {mark}: {trial.reason}"


def _render_outcome(decision: Decision) -> str:
    match decision.action:
        case Action.RUN:
            given = ", ".join(f"{name}={value}" for name, value in decision.input.items())
            text = f"run {decision.workflow}({given})"
        case Action.PAGE:
            text = f"page {decision.page}"
        case Action.IGNORE:
            text = f"ignore: {decision.reason}"
        case Action.FAILED:
            text = f"nothing, because deciding failed: {decision.reason}"
        case Action.HELD:
            text = f"held for a person: {decision.reason}"
    return f"would {text} (shadow rule)" if decision.mode is RuleMode.SHADOW else text
