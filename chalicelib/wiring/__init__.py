"""The composition root: the only place that reads the environment and picks the real edge of each port.

`core` wires decide, settle, reconcile and the API; `atoms` wires the function of an atom, which needs other things.
"""
