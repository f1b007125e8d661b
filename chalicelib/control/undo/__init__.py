"""Taking back what a stopped execution had done."""
