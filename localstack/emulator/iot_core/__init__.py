"""AWS IoT Core's data plane: device gateway, policies, message routing and topic rules in front of an MQTT broker.

A process of its own (`python -m emulator.iot_core`). It knows the rest of the platform through AWS's public interfaces only.
"""
