"""Every diagnostic code of workflow files and of YAML itself, with what it means and what to do.

E1 is YAML, E2 the shape of the file, E3 names, E4 expressions, E5 what a workflow does, E6 what AWS would refuse. The
policy files have theirs in `dsl/policies/codes.py`: E7 and E8.
"""

CODES: dict[str, str] = {
    "E101": "The file is not YAML. Nothing else is checked until it is. The usual causes are a tab in the indentation, "
    "a quote or bracket that is not closed, and a line that is indented differently from its neighbors.",
    "E102": "One mapping gives the same key twice. YAML would silently keep the last one, so the other would be lost.",
    "E103": "A key is a number, a list or nothing. Keys are names: quote a number if it is meant as one.",
    "E104": "Unquoted yes, no, on and off are booleans for older YAML readers and strings for newer ones. Write true or "
    "false for a boolean, and quote the word for a string.",
    "E105": "Older and newer YAML readers disagree on this unquoted value: a date, an octal number, digits with _ or "
    "with colons. Quote it, or write a plain decimal number.",
    "E106": "Anchors (&name), aliases (*name) and merge keys (<<) make a file mean more than it shows. Write the value "
    "out; a retry that many steps share goes under `defaults`.",
    "E107": "Tags (!name) change how YAML reads a value and are not part of the language.",
    "E108": "A file holds one document. Put the second one into a file of its own.",
    "E109": "The file is empty, or holds only comments.",
    "E110": "An unquoted JSONata expression is cut or misread by YAML: ` #` starts a comment, a leading quote or bracket "
    "starts a YAML string or list, and `: ` makes a key. Put the whole expression in single quotes.",
    "E111": "The number cannot be written in JSON: infinite, not a number, or too large.",
    "E112": "The file nests deeper than any reader follows. Split the workflow.",
    "E201": "The field is not known here. A misspelt field would be ignored silently, so it is an error.",
    "E202": "A field that must be given is missing.",
    "E203": "The value has the wrong type: a number where text is wanted, a mapping where a list is. A duration needs "
    "its unit: 30s, 10m, 1h30m.",
    "E204": "The value has the right type and is not allowed: out of range, not one of the known words, or not a name "
    "of lower case letters, digits and _.",
    "E205": "The type of an input is not known. There are string, integer, number, boolean, duration, object-ref, "
    "enum, array and object; `[string]` is short for an array of strings, `{object-ref: host}` for the name of a host.",
    "E206": "A step says what it is by one field: atom, switch, parallel, foreach, rollout, try, workflow, aws, wait, approve, set, emit, "
    "fail or succeed. This one has none.",
    "E207": "The step's kind cannot carry that option: `retry` and `continue_on_error` need a state that can retry and catch, "
    "`timeout` one that waits for somebody, `undo` one that changes something, `heartbeat` an `aws` step that hands out its "
    "task token: who got that shows by it that it still works. A function and people show nothing of the kind.",
    "E301": "No atom has that name. The catalog lists those there are.",
    "E302": "The expression reads a name that does not exist. There are $input, $dispatch, $states.context, the id of "
    "every step that has run by then, and the loop variables around it.",
    "E303": "The expression reads the result of a step that has not run yet at that point, or its own. Only what comes "
    "earlier in the file has a result. An `object` under `touches` is worked out before the start and sees $input only.",
    "E304": "The name lives in another scope. What steps inside a parallel branch or a foreach gave is read through the "
    "container: `$both.left.drain` for a branch, and a list for a foreach.",
    "E305": "The input, or the atom's output, has no such field, so the expression would give nothing and AWS would fail "
    "the execution.",
    "E306": "Two steps or loop variables have the same name. They become variables and state names, so each must be "
    "unique over the whole file.",
    "E307": "The name means something else already: a JSONata function ($count), a built-in name ($input), or a state "
    "that the compiler adds (done).",
    "E308": "The step may not have run: it has a `when`, stands in a switch, or may fail and be passed over. Its result "
    "is null then, and a field of null is nothing, on which AWS fails. Ask first, in the expression or with a `when`.",
    "E309": "No function has that name in JSONata or among those that Step Functions adds.",
    "E310": "Nothing here raises an error of that name, so the retry would never happen. An atom's page lists its errors; those of an "
    "API that an `aws` step calls are named after its service and end with Exception: Ec2.InsufficientInstanceCapacityException.",
    "E311": "No workflow has that name, or its file has mistakes that keep it from being read.",
    "E312": "An `aws` step names a service whose IAM rights the compiler does not know, so the machine's role could not be "
    "made. Names are those of the SDK integrations: ec2, elasticloadbalancingv2, cloudwatchlogs, eventbridge.",
    "E401": "The expression does not parse as JSONata.",
    "E402": "`when` and `items` are always expressions, so they are written bare, without {% %}.",
    "E403": "Step Functions evaluates a string only if all of it is one {% expression %}; text around it makes it a "
    "plain string. Join the parts inside: {% 'host/' & $input.host %}.",
    "E404": "A name without $ reads a field of the input document, which is empty in a workflow. Write $input.host, or "
    "put a string in quotes.",
    "E405": "A condition must give true or false. AWS fails the execution for anything else, and nothing can catch that.",
    "E406": "Step Functions refuses this part of JSONata: there is no $eval, and no $$.",
    "E407": "An `object` under `touches` is kind/name or account/region/kind/name, with the kind written out: "
    "host/{% $input.host %}.",
    "E408": "Step Functions cannot catch an error in a Choice, a Wait or a Pass. An expression there that gives nothing, or fails, "
    "ends the execution at once: no undo, no handler, no `catch`. So it must be sure to give a value: fields that are always "
    "there, `=` and `!=`, or asked for first with `$exists`.",
    "E501": "The atom's input has no such field.",
    "E502": "The atom needs that input field.",
    "E503": "The value, or what the expression surely gives, does not fit the atom's input field.",
    "E504": "The workflow changes something and says nothing under `touches`, so control could not keep others away.",
    "E505": "The atoms change an object, or change it more strongly, than `touches` says, so control would hold too "
    "little. The order is observe, configure, disrupt, destroy.",
    "E506": "With `on_failure: undo` every step that changes something says how it is taken back, by `undo: {atom: …}`, "
    "or why it cannot be, by `undo: {none: …}`.",
    "E507": "The atom acts twice when it is called twice, so it may be retried only after errors that say that nothing "
    "was done.",
    "E508": "The step would give up while its function may still be acting, and what comes next would run beside it. "
    "A step's timeout is longer than its function's.",
    "E509": "One attempt of the step may take longer than the whole workflow may.",
    "E510": "The step or case can never run: what comes before it always ends the workflow, its condition is false, or a case before it "
    "is always taken or asks the same.",
    "E511": "A parallel or foreach whose steps have an `undo`, or that tolerates failures, is never seen to fail by Step Functions: its "
    "variables would die with it, and with them what has to be taken back. Each branch takes itself back and tells, the siblings finish, and "
    "a state after it looks. So a `retry` or `continue_on_error` on it would never come about: retry the steps inside, where a repetition "
    "repeats nothing that was done, or put it into a `try`, whose `catch` runs once all of it is taken back. And the gate of a rollout inside a "
    "`try` cannot have an `undo`: it runs once for each batch, and only its last round is known.",
    "E512": "A list of that many items does not fit into the 256 KiB that a state may be given. Up to 40 items run inside the "
    "execution, more as a distributed map.",
    "E514": "AWS takes States.ALL only alone, in the last retrier of a step.",
    "E515": "`excludes` names other workflows. Two runs of the same one on one object exclude each other anyway.",
    "E516": "A wait is a duration (30s), an expression that gives seconds, or {timestamp: …} with an offset.",
    "E517": "The atom changes every object of a list, and control locks objects by name, so it cannot be offered on its "
    "own. Run it from a foreach.",
    "E518": "`succeed` ends the whole workflow, so it cannot stand in a parallel branch, in a foreach, in `on_failure`, or in "
    "a `try` with a `finally`.",
    "E519": "A `wait` with an atom asks an atom that only observes. It ends when the atom no longer raises NotYet, or when "
    "the condition in `until` holds; without either it would end at once.",
    "E520": "A workflow that takes back what it did when it fails is inside one that keeps. Compiled into the other it could not: "
    "both say `on_failure: undo`, or neither.",
    "E521": "A workflow has itself inside, at once or through others. It is compiled in, so that would never end.",
    "E522": "A heartbeat that is as long as the step's `timeout`, or longer, can never be missed: Step Functions wants it below.",
    "E530": "An `object-ref` is the name of an object of one kind, and here an object of another kind is named: in a `touches`, "
    "in the input of an atom that acts on one, or in the input of a nested workflow.",
    "E531": "All objects of `touches` are locked in one transaction, which takes a hundred writes. A workflow that works on more locks what "
    "they belong to: with `ancestors` in policies/control.yaml, a lock on a service, zone or group meets all work below it.",
    "E540": "An approval is asked for once for each dispatch and step, whatever the attempt: a retry around it would find the first "
    "answer, and go on with a yes that was given to something else.",
    "E541": "More people must approve than `from` can name. Each person's answer counts once.",
    "E601": "The compiled state machine is larger than Step Functions takes (1 MB), or would be: with the workflows "
    "inside it, it has more than 10,000 steps, or they stand more than 40 deep. Split the workflow.",
    "E602": "A run may write more events than Step Functions keeps of one execution (25,000), which then ends it. Every loop is "
    "counted at its largest, every poll to its deadline.",
    "E603": "A state's name is longer than Step Functions takes (80 characters). Names are made of the ids of the step, of the nested "
    "workflows around it, and of what the state is for.",
    "E604": "An input, a result, an output or a variable is larger than Step Functions takes (256 KiB), with every list at its "
    "largest and every text as short as it can be. The execution would end with States.DataLimitExceeded.",
    "E606": "All variables that an execution holds at once have more than the 10 MiB that Step Functions stores of them, with every list "
    "at its largest and every text as short as it can be. Results live until their scope ends: a branch, an iteration, the workflow.",
    "W513": "The step has an `undo` that never runs, because `on_failure` is not undo or the step belongs to it.",
    "W605": "An input, a result, an output or a variable may get larger than Step Functions takes (256 KiB). Lists are counted at "
    "their largest; a text that may be longer is taken for 64 characters, a list without `max_items` for 4 elements.",
    "W607": "All variables that an execution holds at once may have more than the 10 MiB that Step Functions stores of them, counted as "
    "for W605.",
    "W523": "A literal has the name or the shape of a secret. It would be in the repository, in the state machine and in the "
    "history of every run.",
}
"""By code."""
