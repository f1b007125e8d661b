"""Everything that happens on the way to AWS: build, package, template, deploy, and the local AWS.

1. `sources` reads the workflow and policy files; `build` compiles them into the bundle and the machines.
2. `functions` and `iam` say, as data, which Lambda functions there are and what each may do.
3. `package` stages the code, lets Chalice describe the functions and the API, and makes one deterministic zip.
4. `template` turns all of that into one CloudFormation template: pure functions, no AWS call.
5. `deploy` uploads the artifacts and makes the stack equal to the template, on AWS or on the local AWS (`local`).
"""
