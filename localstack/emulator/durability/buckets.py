"""What becomes of a bucket's objects: kept when a request stored them, put back when the bucket is made again.

The newest version of an object is kept, with its metadata and content headers; its tags, its lock and its earlier versions are not.
"""

from collections.abc import Callable
from typing import Any

from emulator.durability.contents import Contents, StoredObject

_DESCRIBED = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Metadata")


class Buckets:
    """`s3(region)` is a client of this LocalStack."""

    def __init__(self, contents: Contents, s3: Callable[[str], Any]) -> None:
        self._contents = contents
        self._s3 = s3
        self._known: set[str] = set()

    def took(self, operation: str, region: str, request: Any) -> None:
        """A request of that operation was carried out."""
        match operation:
            case "CreateBucket":
                self._fill(request["Bucket"], region)
            case "DeleteBucket":
                self._known.discard(request["Bucket"])
                self._contents.remove_bucket(request["Bucket"])
            case "PutObject" | "CopyObject" | "CompleteMultipartUpload":
                self._keep(request["Bucket"], request["Key"], region)
            case "DeleteObject":
                self._contents.remove_object(request["Bucket"], request["Key"])
            case "DeleteObjects":
                for item in request["Delete"]["Objects"]:
                    self._contents.remove_object(request["Bucket"], item["Key"])
            case _:
                pass

    def _fill(self, bucket: str, region: str) -> None:
        if bucket in self._known:
            return
        self._known.add(bucket)
        for key in self._contents.keys(bucket):
            it = self._contents.found_object(bucket, key)
            self._s3(region).put_object(Bucket=bucket, Key=key, Body=it.body, **it.description)

    def _keep(self, bucket: str, key: str, region: str) -> None:
        answer = self._s3(region).get_object(Bucket=bucket, Key=key)
        description = {name: answer[name] for name in _DESCRIBED if answer.get(name)}
        self._contents.put_object(bucket, StoredObject(key, description, answer["Body"].read()))
