"""What the API takes and gives, field by field. Times are ISO 8601 in UTC, durations are whole seconds."""
