"""The compiled bundle: its model, its one reader, and the names that follow from it."""
