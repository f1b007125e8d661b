"""What has changed about dispatches and freezes: told on the bus, and kept for good."""
