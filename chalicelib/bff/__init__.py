"""The back end for the front end: what a browser asks, answered from identity, services and the change feed.

Each module of a resource declares its routes; `blueprints` gives them to Chalice behind the gate; `openapi` describes them.
"""
