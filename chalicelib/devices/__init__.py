"""The registry of devices: the use cases behind the function `devices`."""
