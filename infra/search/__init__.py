"""The read model's indices: settings, analyzers and strict mappings as JSON beside this module, and what applies them.

Applications speak to an alias (`gonio-sessions`), behind which stands an index of one version (`gonio-sessions-v1`).
"""

from infra.search.apply import apply_templates, renew_indices

__all__ = ["apply_templates", "renew_indices"]
