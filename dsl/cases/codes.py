"""Every diagnostic code of the cases files, with what it means and what to do."""

CODES: dict[str, str] = {
    "E951": "A cases file lies beside the workflow it is about: the cases of `host_reboot.yaml` are in "
    "`host_reboot.cases.yaml`, in the same folder.",
    "E952": "The workflow has no step of that name that calls anything. Answers are given by step id; the undo of a step "
    "is called `<id>.undo`, or `<id>.undo_late` behind a parallel or foreach.",
    "E953": "What the step is said to return does not fit the output of its atom. Fields that are left out get a sample, "
    "so only those that matter need to be written.",
    "E954": "The atom never raises that error, nor do Lambda or Step Functions, so the case would rehearse what cannot "
    "happen. An atom's page lists its errors.",
    "E955": "The compiled workflow has no state of that name. States are called as their steps; `interlock compile` shows "
    "those that the compiler adds.",
    "E956": "The input does not fit the workflow's `input`, so control would refuse to start it.",
    "E957": "Two cases have the same name.",
    "E958": "An answer either `returns` a value or `raises` an error; that of people is one of `approve`, `reject` and `expires`.",
    "E959": "A case that expects an error expects no output.",
    "E960": "Only an `approve` step asks people, and as many of them must say yes as its `need`.",
    "E961": "Only an `aws` step with a `heartbeat` waits for one.",
}
"""By code."""
