# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The generated secret, against the local AWS."""

from __future__ import annotations

TAGS = {"Name": "/box/token", "openclaw:deployment": "box", "openclaw:region": "us-east-1"}
SECRET = {"name": "/box/token", "tags": TAGS}


def value(local_aws):
    return local_aws.client("ssm", as_="root").get_parameter(Name="/box/token", WithDecryption=True)["Parameter"]


def test_made_once_and_kept(local_aws, converge):
    converge("ssm_generated_secret", **SECRET)
    first = value(local_aws)
    assert first["Type"] == "SecureString"
    assert len(bytes.fromhex(first["Value"])) == 32
    converge("ssm_generated_secret", **{**SECRET, "tags": {**TAGS, "team": "home"}})
    assert value(local_aws)["Value"] == first["Value"]
    converge("ssm_generated_secret", state="absent", **SECRET)
    converge("ssm_generated_secret", **SECRET)
    assert value(local_aws)["Value"] != first["Value"]


def test_the_value_is_in_no_output(local_aws, run_module):
    result = run_module("ssm_generated_secret", **SECRET)
    assert value(local_aws)["Value"] not in str(result)


def test_a_parameter_of_somebody_else_is_left_alone(local_aws, run_module):
    local_aws.client("ssm", as_="root").put_parameter(Name="/box/token", Value="theirs", Type="SecureString")
    for state in ("present", "absent"):
        refused = run_module("ssm_generated_secret", state=state, **SECRET)
        assert refused["failed"]
        assert "Parameter /box/token exists" in refused["msg"]
    assert value(local_aws)["Value"] == "theirs"
