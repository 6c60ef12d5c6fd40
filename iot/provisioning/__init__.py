"""Provisioning: a device gets its key, its certificate, its thing and its place in the platform's registry.

`python -m iot.provisioning register|revoke|list|restore`. The control plane is AWS IoT's own; the registry is the platform's
`devices` service, which outlives the control plane on a local stack.
"""
