"""What a plan takes of the table, and what stands in its way: conflicts, ancestors, budgets, rates."""
