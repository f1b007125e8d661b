"""The compiler: workflow YAML to Step Functions state machines, policy YAML to the bundle.

A workflow goes through these stages; each runs only if the one before found no errors.

`source` reads strict YAML into nodes that know their positions. `shape` checks them against the pydantic models of
`model`. `analysis` works out places, names, expressions and types, and each of `checks` reads it and yields diagnostics.
`lower` turns the model into the states of `ir`, and `emit` writes those as ASL through the SDK. `compile` runs all
that, and `entry` says what the catalog and control need to know of the result. Nothing here does I/O.
"""
