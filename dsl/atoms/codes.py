"""Every diagnostic code of atoms that are not the library's, with what it means and what to do."""

CODES: dict[str, str] = {
    "E851": "The JSON Schema of an atom's input or output uses something that Interlock does not check values by. It takes "
    "`type`, `enum`, `const`, `default`, `description`, `anyOf`, and the limits of strings, numbers, lists and objects; no "
    "`$ref`, so write a repeated part twice. Input and output themselves are objects without other fields.",
    "E852": "`function` is not the ARN of a Lambda function. Account, region, partition and stage may be holes, so that one file "
    "serves every deployment: `arn:${partition}:lambda:${region}:${account}:function:billing-${stage}`.",
    "E853": "What an atom touches cannot be locked. An object is `kind/{field}`, and the field a required string of the input "
    "whose `pattern` allows no slash, since the id of an object is split at slashes.",
    "E854": "The atom's `intent` is the strongest of what it does to the objects under `touches`, and an atom that only observes "
    "touches nothing. Control grants locks by it.",
    "E855": "The times of an atom do not fit: a Lambda function runs 15 minutes at most, and the effect of an atom that changes "
    "something lasts at least as long as its function may run, because a lost caller does not stop it.",
    "E856": "`undo` names an atom that does not exist, that changes nothing, or that needs input that this atom does not have.",
    "E857": "An error cannot be called that, or is declared against what its name means already. Step Functions matches the name "
    "that the function raises, so it is spelled as there; names such as Throttled or NotYet mean the same for every atom.",
    "E858": "The example is not one step of this atom that compiles. It is what people copy.",
    "E859": "An atom that changes something and acts twice when called twice cannot be made safe: Step Functions and control "
    "repeat calls whose answer was lost. Look first, or hand `idempotency_key` on to what you call.",
    "E860": "A Python file under `atoms/` does not give an atom: it cannot be imported, or its `ATOM` is none, or is not called "
    "like its place, `atoms/<noun>/<verb>.py` for `noun.verb`.",
    "E861": "A permission is one IAM action for each entry, `service:Action` without a star, on a resource that may hold "
    "${partition}, ${region} and ${account}.",
}
"""By code."""
