"""A desired state, pursued until it is met or given up."""
