"""The mutual-exclusion policy: what an incoming intent must do about a running one."""

from chalicelib.catalog.model import Conflict, Control, Intent, Verb

_SEVERITY = (Verb.ALLOW, Verb.COALESCE, Verb.QUEUE, Verb.REPLACE, Verb.REJECT)


def find_verb(control: Control, running: tuple[Intent, str], incoming: tuple[Intent, str]) -> Verb:
    """Say what the first fitting line of the conflict list says of (intent, workflow) pairs; none fits: reject.

    A workflow's `excludes` have been compiled into lines at the head of the list.
    """
    return next((line.verb for line in control.conflicts if _fits(line, running, incoming)), Verb.REJECT)


def choose_strictest(verbs: list[Verb]) -> Verb:
    """Combine the verbs of several locks: one reject refuses the whole plan, one queue makes it wait."""
    return max(verbs, key=_SEVERITY.index, default=Verb.ALLOW)


def _fits(line: Conflict, running: tuple[Intent, str], incoming: tuple[Intent, str]) -> bool:
    return (
        (not line.running_intents or running[0] in line.running_intents)
        and (not line.incoming_intents or incoming[0] in line.incoming_intents)
        and (not line.running_workflows or running[1] in line.running_workflows)
        and (not line.incoming_workflows or incoming[1] in line.incoming_workflows)
    )
