"""Exhaustive exploration of control: the product's own functions, under every interleaving that a small world allows.

`worker` runs the very functions that the Lambdas run and pauses them at each call of a port; `world` is everything
outside of them (rows, executions, messages in flight), immutable; `explore` tries each next step in each state once;
`invariants` are the promises; `scenarios` are the worlds to start from; `story` prints the shortest way to a violation;
`mutants` are known mistakes in the protocol, each of which must be found.
"""
