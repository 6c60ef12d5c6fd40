"""Objects of S3 and messages of SQS that outlive LocalStack, whose own live in its memory.

What a request stored is on disk before the request is answered, and is put back when a bucket or a queue of that name is made again.
"""
