"""Every diagnostic code of the policy files, with what it means and what to do."""

CODES: dict[str, str] = {
    "E701": "The event pattern under `match` is not one that EventBridge accepts. It is matched exactly as EventBridge "
    "does, so what AWS refuses is refused here, with AWS's reason: leaves are lists, operators are known ones.",
    "E702": "An expression is not JSONata, or calls a function that a rule may not call. A decision must come out the "
    "same when it is replayed, so chance, recursion and evaluating data are refused.",
    "E703": "The branches under `decide` are tried in order and one must always be taken: the last one, and only the "
    "last one, is `default: true`, and every other one has a `when`.",
    "E704": "A branch does exactly one thing: `run` a workflow or atom (with its input under `with`), `page` somebody, "
    "or `ignore` with the reason.",
    "E705": "No workflow and no atom has that name. A rule runs a workflow by the `name` in its file, or an atom by its "
    "name in the catalog, such as `ec2.reboot`.",
    "E706": "The input under `with` does not fit the workflow or atom: a required field is missing, a field is not "
    "known, or a literal has the wrong type. Checked before deployment, so that no lock is taken in vain.",
    "E707": "A name in an expression does not exist there. An object template sees `$event`; `when` and `with` see "
    "`$event`, `$object`, `$service`, `$runs(name, window)` and `$now()`; a goal sees `$object` and `$now()`.",
    "E708": "An object template does not give an object id. Write `kind/name` or `account/region/kind/name`, with holes "
    'such as `host/{% $event.detail."instance-id" %}`.',
    "E709": "The field belongs to the language but this version does not support it yet. Nothing is silently ignored.",
    "E710": "A string holds an expression among other text. Only a string that is wholly `{% … %}` is evaluated.",
    "E711": "A branch says `page: default`, and for some tier nobody is named: write `page` for the tier in the services "
    "file, or in the rule.",
    "E712": "A window under `correlate` would do nothing, or nothing that could be meant: see the message. What there is: `dedupe` "
    "(one event acts for those like it), `accumulate` (so many of them act once), `settle` (still so after a while), `storm` (too many "
    "objects of one zone, service, tier, region, account, label or in `all`).",
    "E714": "A rule decides on events (`match`) or at times (`schedule`). A schedule's occurrences are events of their own; no other rule sees them.",
    "E715": "A schedule cannot be meant as it is written. `cron` has AWS's six fields, minutes hours day-of-month month day-of-week year, with "
    "`?` in exactly one of the two days, and is read in `timezone` (UTC if left out); `rate` is whole minutes, such as 6h.",
    "E716": "A `batch` could not be meant as it is written: it means every object there is, nothing runs on its targets, or a "
    "batch is of no size. In a rule it says on which `targets` a branch's workflow runs, batch after batch.",
    "E717": "A word about budgets or approval could hold for nothing: the rule runs nothing, or nobody is named whom to ask. What a "
    "rule leaves out its service says, and what that leaves out its tier.",
    "W733": "An object belongs to the first service that selects it, and an earlier service selects all that this does: nothing is left for it.",
    "W734": "`inventory` in the file of sources makes a schedule for each selector of each service, and no rule matches what it sends: "
    "nothing would be listed. Copy the rule `inventory` of Interlock's own checkout.",
    "W732": "A rule settles, and its events are of sources that observe no state of any object. What is settled must stay as the event "
    "observed it; of these events nothing can be seen to end, so the wait only delays them.",
    "W731": "The last rung of a goal's ladder runs something. If that does not reach the goal either, the goal is recorded as missed and "
    "nobody is told: end the ladder with a page.",
    "E901": "The name of a tier is not in the list under `tiers`, which says what tiers there are and which one matters "
    "most.",
    "E902": "Two rules, services, tiers, workflows or offers have the same name, so that a reference to it would be "
    "ambiguous.",
    "E903": "The mutual-exclusion policy or a workflow's `excludes` names a workflow that does not exist, so that line "
    "would protect nothing.",
    "E905": "A line of the conflict list can never be reached: a line before it fits everything that it fits.",
    "E906": "`offer` names an atom or workflow that does not exist. Every workflow is offered anyway; a content directory "
    "names those of the library that it wants deployed.",
    "E907": "A file that must exist once is missing or exists twice: services, control and catalog have one file each.",
    "E912": "The conflict list does not say what becomes of a pair of running and incoming work that no line fits. "
    "Control would reject it; write that down as the last line, which has neither side and fits everything: "
    "`- verb: reject`.",
    "E913": "A budget of 0, or of 0 %, would refuse or hold everything for ever. A percentage above zero always allows at "
    "least one.",
    "E914": "A budget names, under `only`, or a freeze in its scope, a service or tier that the services file does not have.",
    "E915": "The line names a rule that does not exist, so it would protect less than it says. `request` stands for what was asked for "
    "by API or command line.",
    "E916": "A calendar of freezes has a time, a time zone or a recurrence rule that cannot be read. Times are written without an offset, "
    "as a clock on the wall of `timezone` shows them.",
    "E917": "A calendar of freezes must end, so that no freeze is forgotten: `until` is a time after `starts`, and at least one "
    "occurrence lies before it.",
    "E919": "A budget is of one of two kinds: how many objects of a service, zone, tier or group are worked on at once, or "
    "how many starts of a rule, on an object or in an account there are `within` a time. The fields do not go together.",
    "E911": "A file of rule cases names a rule that does not exist: its cases would prove nothing.",
    "E920": "A principal under `grants` can never fit an ARN that API Gateway gives. Write the ARN of a user or a role, "
    "or a pattern of an assumed role, such as `arn:aws:sts::111122223333:assumed-role/Operators/*`; `*` fits anything "
    "but a colon, and `{account}` is the stack's own account.",
    "E921": "No grant makes anybody an admin without limits: nobody could read who did what, or end another's freeze.",
    "E922": "A grant names a service that does not exist, so it would allow less than it seems to.",
    "E923": "A viewer reads everything, so a limit on the grant would limit nothing.",
    "E931": "A source of events is a topic or queue by its ARN, or a bus by its name; the default bus and Interlock's own are "
    "routed anyway. Standard queues and topics only.",
    "E932": "What selects the objects of a service: all of its `labels`, or under `select` items of one kind each: `group` (an Auto "
    'Scaling group), `target_group`, `cluster` with `ecs_service: "checkout-*"` or `labels` (tags), or `labels`. Groups are written by name.',
    "E930": "The allow-list of `http.call` takes hosts in lower case, such as api.example.com, or *.example.com for all "
    "below it. Private addresses are spoken to only for hosts under `private_hosts`; the function's own never.",
    "E939": "A workflow calls a host that policies/http.yaml does not list, so that http.call would fail with HostNotAllowed. "
    "A URL that is an expression is judged when it is called.",
    "E941": "A name is paged that policies/pagers.yaml does not list, so that nobody would be told. Without that file no name is "
    "checked, and a page is an event on Interlock's bus only.",
    "E908": "The `kind` of a file is missing or unknown: it says what the file is, and comes first by custom.",
}
"""By code."""
