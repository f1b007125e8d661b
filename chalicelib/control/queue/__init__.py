"""Who waits where, and whose turn it is."""
