"""Is a deployed stage healthy: a check is one file of `checks`, and one line of its `CHECKS`."""
