"""Pure types and rules: no I/O, no clock, no vendor. Devices (`iot`) and functions share them."""
