"""Every command of `interlock`: one file of this package, and one line here."""

from typing import ClassVar

from infra.cli.deferred import DeferredGroup, Target


class Commands(DeferredGroup):
    """What `interlock --help` lists, in the order in which one comes to need it."""

    sections: ClassVar = {
        "Write": {
            "init": Target("init", "Write a workflow with its cases, a rule and the policy files."),
            "new": Target("new", "Write a workflow, rule or atom to begin with.", "app"),
            "check": Target("check", "Check workflows, their cases, and policies."),
            "compile": Target("compile", "Compile a workflow to Amazon States Language."),
            "graph": Target("graph", "Draw a workflow: its steps, undo and failure paths."),
            "estimate": Target("estimate", "Estimate states, time, calls and dollars of a run."),
            "explain-code": Target("explain_code", "Explain a diagnostic code."),
            "schema": Target("schema", "Print the JSON Schema of a kind of file."),
        },
        "Try, in memory": {
            "cases": Target("cases", "Rehearse the cases of workflows and rules."),
            "eval": Target("evaluate", "Evaluate a JSONata expression as rules do."),
            "match": Target("match", "Match an event against a pattern, as EventBridge would."),
            "decide": Target("decide", "Decide an event by the rules of this checkout."),
            "policy": Target("policy", "Show each value of the policy, and who says it."),
            "batches": Target("batches", "Show the batches in which targets would be acted on."),
            "backtest": Target("backtest", "Decide recorded events by two versions of the policies."),
            "verify": Target("verify", "Try every interleaving of a few dispatches, with crashes."),
        },
        "Deploy": {
            "build": Target("build", "Compile the project into what ships, and its pages."),
            "template": Target("template", "Package this project and print its CloudFormation template."),
            "iam": Target("iam", "Print the roles of this project's functions and machines."),
            "deploy": Target("deploy", "Build, package and deploy this project."),
            "doctor": Target("doctor", "Check a deployed stage: account, stack, quotas, queues, bundle."),
            "local": Target("local", "Start and stop the local AWS.", "app"),
            "demo": Target("demo", "Play an incident from event to desired state."),
        },
        "Act": {
            "send": Target("send", "Deliver an event."),
            "start": Target("start", "Start a workflow or atom, or have it wait its turn."),
            "plan": Target("plan", "Plan a start without making it."),
            "retry": Target("retry", "Start the same workflow with the same input again."),
            "cancel": Target("cancel", "Take back a dispatch that waits or is not started yet.", "run_cancel"),
            "break": Target("cancel", "Stop a running dispatch.", "run_break"),
            "release": Target("release", "Have what is held decided anew."),
            "redeliver": Target("redeliver", "Deliver a dead letter again."),
            "freeze": Target("freeze", "Hold every start in a scope.", "run_freeze"),
            "unfreeze": Target("freeze", "End a freeze now.", "run_unfreeze"),
            "approve": Target("approve", "Say yes to what waits for people.", "run_approve"),
            "reject": Target("approve", "Say no to it.", "run_reject"),
            "approval-link": Target("approve", "Print a link by which one person answers.", "run_link"),
        },
        "Look": {
            "dispatches": Target("dispatches", "List dispatches, or show one."),
            "why": Target("why", "Say why a dispatch started, waits or was refused."),
            "timeline": Target("timeline", "Show what became of a dispatch, step by step."),
            "explain": Target("explain", "Show every decision about an event."),
            "shadow": Target("shadow", "Compare a shadow rule with what was done."),
            "objects": Target("objects", "List the known objects of a kind, or show one."),
            "goals": Target("goals", "List the goals of rules for objects."),
            "locks": Target("locks", "List every object that is held or waited for."),
            "budgets": Target("budgets", "List every budget with its groups."),
            "approvals": Target("approve", "List what waits for people.", "run_list"),
            "freezes": Target("freeze", "List what is frozen, by whom and why.", "run_list"),
            "dead": Target("dead", "List dead letters with their cause."),
            "catalog": Target("catalog", "List the workflows and atoms that may be started."),
            "rules": Target("rules", "List the rules of a deployed stage, or show one as a tree."),
            "audit": Target("audit", "List changes and refusals with their principal."),
            "whoami": Target("whoami", "Show your principal, your role, and your grants."),
            "openapi": Target("openapi", "Print the API's OpenAPI 3.1 document."),
        },
    }
