"""One module for each kind of Lambda. Each imports what its own functions need, and nothing else."""
