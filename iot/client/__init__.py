"""The device client: a bounded, durable outbox in front of the AWS IoT Device SDK's MQTT 5 client."""
