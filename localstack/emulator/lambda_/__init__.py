"""Lambda functions as plain processes.

LocalStack keeps the Lambda API, versions, aliases, concurrency and asynchronous events; this package runs the code: AWS's own runtime
interface client (awslambdaric) in a process of its own for each execution environment, served through the Lambda Runtime API.

    plugin → executor (LocalStack's port) → lifecycle → sandbox → worker (the process), runtime_api → connection (HTTP)
"""
