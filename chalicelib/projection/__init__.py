"""Projection: change records of the database to the read model's documents, in whatever order and however often they come."""
