"""LocalStack's front door, bound to the address that it was told and to no other."""
