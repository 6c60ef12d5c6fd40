"""What LocalStack's CloudFormation engine (v2) does wrong, mended in place."""


def install() -> None:
    """Mend the engine of this process; once is enough, twice does no harm."""
