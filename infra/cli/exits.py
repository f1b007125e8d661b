"""The exit codes of `interlock`, for scripts and CI. Nothing else is ever returned.

| code | meaning |
|---|---|
| 0 | done |
| 1 | the sources, a file or an input are not right: nothing was deployed or sent |
| 2 | the command line itself is not right (Typer's own code) |
| 3 | the surroundings are not: no region, no credentials, no right to call the API, no local AWS, a tool missing |
| 4 | AWS refused or failed: the stack, a call, the network; or control refused a start: the object is held |
| 5 | `interlock doctor` found something that fails |
| 130 | stopped by Ctrl-C |
"""

from enum import IntEnum


class Exit(IntEnum):
    """An exit code, by what it means."""

    DONE = 0
    WRONG = 1
    USAGE = 2
    SURROUNDINGS = 3
    REFUSED = 4
    UNWELL = 5
    STOPPED = 130
