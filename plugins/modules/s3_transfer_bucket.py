#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_transfer_bucket
version_added: 0.1.0
short_description: Manage the S3 bucket through which the files of an aws_ssm connection pass
description:
  - Creates and deletes a bucket that holds files for a short time. All public access to it is blocked, and S3 deletes
    what is left in it after O(expire_days), uploads that were never completed and old versions too.
  - The bucket has its tags from the call that creates it. So it has an owner even if the run ends right after that
    call, and the next run completes or deletes it.
  - The bucket is found by name. It is used only if it is in the account of the credentials and its tags say that it
    belongs to the deployment in O(tags). Otherwise the module fails and leaves it as it is.
  - Encryption and ACLs are left as AWS makes them. It encrypts every object with SSE-S3 since January 2023, and a
    bucket made since April 2023 has no ACLs. Versioning is never switched on.
  - In a bucket that exists, the public access block, the lifecycle and the tags are brought back to what they are to
    be. Every other lifecycle rule is removed.
  - AWS may need a while to release the name of a deleted bucket. The module tries again until then, O(wait_timeout) at
    most.
  - With O(state=absent) the bucket is deleted with everything in it, old versions and incomplete uploads included.
author:
  - Contributors to openclaw.ecs (@openclaw)
requirements:
  - boto3 >= 1.39.2
  - botocore >= 1.39.2
options:
  name:
    description: Name of the bucket. Names of buckets are common to all AWS accounts.
    type: str
    required: true
  expire_days:
    description: After how many days S3 deletes what is in the bucket, counted from the next midnight UTC.
    type: int
    default: 1
  wait_timeout:
    description: How long to try, in seconds, while AWS is still busy with a bucket of this name.
    type: int
    default: 300
extends_documentation_fragment:
  - openclaw.ecs.attributes
  - openclaw.ecs.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - plugin: amazon.aws.aws_ssm
    plugin_type: connection
  - name: CreateBucket
    description: Tags in the creating call, and the permissions that it takes (C(s3:CreateBucket), C(s3:TagResource)).
    link: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
  - name: Default encryption FAQ
    description: SSE-S3 encryption of every new object.
    link: https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
  - name: Default settings for new S3 buckets FAQ
    description: Public access block and disabled ACLs of every new bucket.
    link: https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
  - name: Verifying bucket ownership
    description: How the module makes sure that the bucket is in the account of the credentials.
    link: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
"""

EXAMPLES = r"""
- name: Make the bucket through which Ansible's files pass
  openclaw.ecs.s3_transfer_bucket:
    name: openclaw-setup-123456789012-eu-central-1
    tags:
      Name: openclaw-setup-123456789012-eu-central-1
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1

- name: Delete it with whatever is in it
  openclaw.ecs.s3_transfer_bucket:
    name: openclaw-setup-123456789012-eu-central-1
    state: absent
    tags:
      openclaw:deployment: openclaw
      openclaw:region: eu-central-1
"""

RETURN = r"""
bucket:
  description: The bucket; none with O(state=absent).
  returned: success
  type: dict
  contains:
    name:
      description: Name of the bucket.
      type: str
      returned: always
      sample: openclaw-setup-123456789012-eu-central-1
    arn:
      description: Amazon Resource Name of the bucket.
      type: str
      returned: always
      sample: arn:aws:s3:::openclaw-setup-123456789012-eu-central-1
    region:
      description: Region of the bucket.
      type: str
      returned: always
      sample: eu-central-1
actions:
  description: What was done, or in check mode would be done, to the bucket.
  returned: success
  type: list
  elements: dict
  sample:
    - resource: bucket
      name: openclaw-setup-123456789012-eu-central-1
      action: update
      settings: [lifecycle]
"""

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from ansible_collections.openclaw.ecs.plugins.module_utils._aws.errors import DeploymentError
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import RESOURCE_ARGUMENTS
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import OpenClawAWSModule
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.module import run_module
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.ownership import require_owned
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.plan import plan_absent
from ansible_collections.openclaw.ecs.plugins.module_utils._aws.waiting import outlast
from ansible_collections.openclaw.ecs.plugins.module_utils._network.api import get_caller_identity
from ansible_collections.openclaw.ecs.plugins.module_utils._s3 import api
from ansible_collections.openclaw.ecs.plugins.module_utils._s3 import bucket

# The first release with tags in CreateBucket, as its service description shows.
BOTOCORE = "1.39.2"


def owned_tags(client, params, where):
    """The tags of the bucket if it exists; a bucket of somebody else is refused."""
    tags = api.get_tags(client, **where)
    if tags is not None:
        require_owned(f"Bucket {params['name']}", tags, params["tags"])
    return tags


def create(client, params, where):
    region = client.meta.region_name
    configuration = bucket.configuration(region, ansible_dict_to_boto3_tag_list(params["tags"]))
    arguments = {"Bucket": params["name"], "CreateBucketConfiguration": configuration}
    created = outlast(lambda: api.create_bucket(client, **arguments), params["wait_timeout"], api.IN_PROGRESS)
    if not created:
        owned_tags(client, params, where)


def apply(client, params, change, where):
    if change.action == "create":
        create(client, params, where)
    elif "tags" in change.differences:
        api.put_tags(client, change.after["tags"], **where)
    if "public_access_block" in change.differences:
        api.put_public_access_block(client, change.after["public_access_block"], **where)
    if "lifecycle" in change.differences:
        api.put_lifecycle(client, change.after["lifecycle"], **where)


def empty(client, where):
    """Delete everything in the bucket."""
    for upload in api.list_uploads(client, **where):
        api.abort_upload(client, **upload, **where)
    versions = api.list_versions(client, **where)
    for start in range(0, len(versions), api.MOST_AT_ONCE):
        refused = api.delete_versions(client, versions[start : start + api.MOST_AT_ONCE], **where)
        if refused:
            raise DeploymentError(message=bucket.refusal(where["Bucket"], refused))


def ensure_present(module, client, tags, where, partition):
    params = module.params
    current = None
    if tags is not None:
        block = api.get_public_access_block(client, **where)
        current = bucket.normalize(tags, block, api.get_lifecycle(client, **where))
    change = bucket.plan(params, current)
    if change.action != "keep" and not module.check_mode:
        apply(client, params, change, where)
    module.exit_changes([change], bucket=bucket.describe(params["name"], partition, client.meta.region_name))


def ensure_absent(module, client, tags, where):
    name, timeout = module.params["name"], module.params["wait_timeout"]
    change = plan_absent(bucket.RESOURCE, name, None if tags is None else {"tags": tags})

    def delete():
        empty(client, where)
        api.delete_bucket(client, **where)

    if change and not module.check_mode:
        # What a connection was just sending may arrive after the bucket was emptied.
        outlast(delete, timeout, api.NOT_EMPTY, api.IN_PROGRESS)
        api.wait_for_deletion(client, timeout, **where)
    module.exit_changes([change] if change else [], bucket=None)


def manage(module):
    module.require_botocore_at_least(BOTOCORE, reason="to tag a bucket in the call that creates it")
    caller = get_caller_identity(module.client("sts"))
    client = module.client("s3")
    where = {"Bucket": module.params["name"], "ExpectedBucketOwner": caller["Account"]}
    tags = owned_tags(client, module.params, where)
    if module.params["state"] == "present":
        ensure_present(module, client, tags, where, partition=caller["Arn"].split(":")[1])
    else:
        ensure_absent(module, client, tags, where)


def main():
    argument_spec = {
        "name": {"required": True},
        "expire_days": {"type": "int", "default": 1},
        **RESOURCE_ARGUMENTS,
        "wait_timeout": {"type": "int", "default": 300},
    }
    run_module(OpenClawAWSModule(argument_spec=argument_spec, supports_check_mode=True), manage)


if __name__ == "__main__":
    main()
