"""Events: whatever arrives, read into one `Event`. Pure."""
