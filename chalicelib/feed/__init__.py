"""The change feed: what changed in the database, as events for browsers, resumable without a gap or a repeat. Pure: no I/O."""
