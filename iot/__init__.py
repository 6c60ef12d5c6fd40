"""What belongs to devices: the client with its durable outbox, provisioning, replay, policy documents and topic rules.

It knows `chalicelib.domain` (payloads, topics, id grammars) and nothing else of the platform: a device meets the rest over MQTT,
an operator's provisioning over AWS's own interfaces.
"""
