"""What people are asked and answer, and what becomes of the plan or step meanwhile."""
