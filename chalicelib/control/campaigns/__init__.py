"""A decision about many targets, rolled out batch after batch."""
