"""What the services `query` and `devices` have in common: a REST-shaped request in, a response out, over any transport."""
