"""Control: the one place that says start, queue or reject.

`plan` turns a decision and what was read into a Plan made of data. `reservation`, `settlement` and `promotion` build
transactions, also data, which name every condition they rely on. `dispatch`, `settle`, `promote` and `reconcile` hand
them to a `Store` and an `Executions` port and act on the answer. No module here reads a clock or the environment,
draws a random number, or knows DynamoDB: both stores interpret the same transactions.
"""
