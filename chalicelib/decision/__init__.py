"""Decision: which rule applies to an event, what it decides, and why. Pure: no clock, no network, no environment."""
