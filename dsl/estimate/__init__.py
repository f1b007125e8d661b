"""How many states, seconds, calls and dollars a run of a workflow takes: at best, usually, and at worst."""
