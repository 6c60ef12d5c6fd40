"""What a topic rule does with its output: one module for each kind of action, and `build` that makes them from a rule's definition."""
