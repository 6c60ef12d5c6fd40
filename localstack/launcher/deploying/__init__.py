"""The product on this instance: its deployment, its demo devices and people, and the file that says how to reach it."""
