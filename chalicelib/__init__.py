"""Everything that ships to Lambda. `docs/adr/0001` says why nothing that runs may live elsewhere."""
