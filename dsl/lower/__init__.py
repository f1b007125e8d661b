"""From a checked workflow file to states: the only place that knows what a step means in Step Functions.

One file per kind of step, `kinds` says which; `sequence` links them, `frame` writes expressions, `recovery` and `undo`
say where failures go, and `workflow` puts the machine together. Nothing here reports mistakes: the checks have.
"""
