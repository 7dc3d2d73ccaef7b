"""Leaves behind what a killed run does: another host, a file in the bucket and half a file."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import ground

BUCKET = "scenario-setup-000000000000-us-east-1"


if __name__ == "__main__":
    ground.host(ground.network("home")["subnets"]["b"], "scenario-setup", ground.TAGS)
    s3 = ground.client("s3")
    s3.put_object(Bucket=BUCKET, Key="i-0123456789abcdef0/module", Body=b"left")
    s3.create_multipart_upload(Bucket=BUCKET, Key="i-0123456789abcdef0/archive")
