"""What CloudFormation may deploy here, answered without asking anybody on the internet.

LocalStack's engine asks a catalogue about each type of a template before it makes anything. Its own catalogue is downloaded; offline it
answers nothing at all, and the engine then refuses every type. This one answers from the plug-ins that are installed, so that exactly the
types without a provider are refused, by name, with nothing made.
"""

from typing import override

from localstack.utils.catalog.catalog import CatalogPlugin
from localstack.utils.catalog.common import CloudFormationResourcesSupportAtRuntime, CloudFormationResourcesSupportInLatest

from emulator.cloudformation import engine
from emulator.cloudformation.types import DECLARED


class OfflineCatalog(CatalogPlugin):  # type: ignore[misc]
    """The catalogue of this machine. Its name is the one that LocalStack prefers to its own."""

    name = "aws-catalog-remote-state-with-license"

    @override
    def load(self, *args: object, **kwargs: object) -> "OfflineCatalog":
        """Mend the engine too: the catalogue is what it loads before the first template."""
        engine.install()
        return self

    @override
    def get_aws_service_status(self, service_name: str, operation_name: str | None = None) -> None:
        """Nothing is known about services: a missing operation answers LocalStack's plain NotImplemented."""
        return

    @override
    def get_cloudformation_resource_status(
        self, resource_name: str, service_name: str, is_pro_resource: bool = False
    ) -> CloudFormationResourcesSupportAtRuntime | CloudFormationResourcesSupportInLatest:
        """Whether a provider for the type is installed; custom resources have one provider for all names."""
        if (
            resource_name.startswith("Custom::")
            or resource_name in DECLARED
            or resource_name in self._get_cfn_resources_available_at_runtime()
        ):
            return CloudFormationResourcesSupportAtRuntime.AVAILABLE
        return CloudFormationResourcesSupportInLatest.NOT_SUPPORTED
