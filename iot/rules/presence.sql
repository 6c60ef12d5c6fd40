SELECT *, topic() AS topic, timestamp() AS received_at
FROM '$aws/events/presence/+/+'
