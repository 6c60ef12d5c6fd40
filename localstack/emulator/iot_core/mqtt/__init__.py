"""MQTT 3.1.1 and 5 on the wire, without I/O: frames, packets, properties and reason codes.

`frames` cuts a byte stream into frames, `decode` and `encode` turn frames into the values of `packets` and back.
Sources: OASIS MQTT 3.1.1 (2014) and MQTT 5.0 (2019).
"""
