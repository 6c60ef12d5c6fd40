SELECT *, topic(3) AS tenant_id, topic(4) AS device_id, topic() AS topic, timestamp() AS received_at
FROM 'dt/gonio/+/+/event'
