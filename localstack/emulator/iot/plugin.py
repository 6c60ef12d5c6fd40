"""The entry point under which LocalStack finds the `iot` service."""

from localstack.services.plugins import Service, aws_provider


@aws_provider(api="iot", name="default")
def iot_default() -> Service:
    """The service, made when its first request comes."""
    from localstack.aws.skeleton import Skeleton  # noqa: PLC0415
    from localstack.aws.spec import load_service  # noqa: PLC0415
    from localstack.services.moto import call_moto  # noqa: PLC0415

    model = load_service("iot")
    handlers = dict.fromkeys(model.operation_names, lambda context, _request: call_moto(context))
    return Service(name="iot", skeleton=Skeleton(model, handlers))
