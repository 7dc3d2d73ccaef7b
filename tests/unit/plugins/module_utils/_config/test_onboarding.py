# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.openclaw.ecs.plugins.module_utils._config.onboarding import DEPLOYED
from ansible_collections.openclaw.ecs.plugins.module_utils._config.onboarding import failure_report
from ansible_collections.openclaw.ecs.plugins.module_utils._config.onboarding import onboarding_problems
from ansible_collections.openclaw.ecs.plugins.module_utils._config.onboarding import onboarding_summary
from ansible_collections.openclaw.ecs.plugins.module_utils._config.onboarding import start_reason

MODEL = "global.anthropic.claude-opus-4-5-20251101-v1:0"
KEPT = [{"resource": "role", "name": "openclaw-eu-central-1-task", "action": "keep"}]
CHANGED = [{"resource": "role", "name": "openclaw-eu-central-1-task", "action": "update"}]
PACKING_PROBLEM = {"what": "No npm.", "where": "PATH", "why": "No OpenClaw.", "fix": "Install it."}
SESSION_PROBLEM = {"what": "No plugin.", "where": "PATH", "why": "No session.", "fix": "Install it."}


def deployment(default_route="nat", **values):
    return {
        "region": "eu-central-1",
        "names": {
            "token_parameter": "/openclaw/openclaw/gateway-token",
            "task_role": "openclaw-eu-central-1-task",
            "setup_role": "openclaw-eu-central-1-setup",
        },
        "provider_plugin": {},
        "network": {"subnets": [{"id": "subnet-a", "route_table_id": "rtb-1", "default_route": default_route}]},
        "values": {
            "openclaw_name": "openclaw",
            "openclaw_model": MODEL,
            "openclaw_model_fallbacks": [],
            "openclaw_setup_artifacts": "download",
            "openclaw_setup_lifetime": 60,
            "openclaw_version": "2026.5.7",
            **values,
        },
    }


def existing(*missing, tasks=()):
    resources = {kind: [] if kind in missing else [{}] for kind in DEPLOYED}
    return {"resources": {"setup_buckets": [], **resources}, "tasks": list(tasks)}


def problems(found, wanted, session=(), roles=KEPT, packing=()):
    return onboarding_problems(found, wanted, {"problems": list(session)}, roles, packing, {})


def test_nothing_is_in_the_way_of_a_complete_deployment():
    assert problems(existing(), deployment()) == []


@pytest.mark.parametrize("kind", DEPLOYED)
def test_what_is_not_deployed_is_named(kind):
    [found] = problems(existing(kind), deployment(), roles=[])
    assert f"there is no {DEPLOYED[kind]}." in found["what"]
    assert "deploy.yml" in found["fix"]


def test_a_role_that_does_not_allow_the_model_yet_names_role_and_model():
    [found] = problems(existing(), deployment(openclaw_model_fallbacks=["amazon.nova-pro-v1:0"]), roles=CHANGED)
    assert "openclaw-eu-central-1-task" in found["what"]
    assert f"{MODEL}, amazon.nova-pro-v1:0" in found["where"]


def test_a_role_that_the_configuration_does_not_need_is_not_in_the_way():
    other = [{"resource": "role", "name": "openclaw-eu-central-1-execution", "action": "update"}]
    assert problems(existing(), deployment(), roles=other) == []


def test_all_that_is_in_the_way_is_told_at_once():
    found = problems(existing(), deployment("none"), [SESSION_PROBLEM], CHANGED, [PACKING_PROBLEM])
    assert len(found) == 4
    assert "subnet-a has no way out" in found[1]["what"]
    assert "rtb-1" in found[1]["where"]
    assert "openclaw_setup_artifacts: controller" in found[1]["fix"]
    assert found[2:] == [SESSION_PROBLEM, PACKING_PROBLEM]


@pytest.mark.parametrize(("state", "count"), [("available", 0), ("foreign", 1)])
def test_the_bucket_of_somebody_else_is_not_used(state, count):
    bucket = {"name": "openclaw-setup-123456789012-eu-central-1", "state": state, "tags": {"owner": "them"}}
    found = existing()
    found["resources"]["setup_buckets"] = [bucket]
    told = problems(found, deployment())
    assert len(told) == count
    assert all("openclaw-setup-123456789012-eu-central-1" in each["what"] and "them" in each["where"] for each in told)


@pytest.mark.parametrize("route", ["nat", "transit", "other"])
def test_any_default_route_is_a_way_out(route):
    assert problems(existing(), deployment(route)) == []


@pytest.mark.parametrize("artifacts", ["controller", "none"])
def test_a_host_that_fetches_nothing_needs_no_way_out(artifacts):
    assert problems(existing(), deployment("none", openclaw_setup_artifacts=artifacts)) == []


def task(started_at="2026-11-22 10:00:00+00:00", health="HEALTHY", status="RUNNING"):
    return {"status": status, "health": health, "started_at": started_at}


@pytest.mark.parametrize(
    ("tasks", "changed", "managed_at", "reason"),
    [
        ([task()], False, "2026-11-22T09:59:59Z", ""),
        ([task()], False, None, ""),
        ([task()], True, "2026-11-22T10:30:00Z", "the configuration changed"),
        ([task()], False, "2026-11-22T10:30:00+00:00", "the gateway started before"),
        ([task(health="UNHEALTHY")], False, None, "no healthy gateway runs"),
        ([task(health="UNKNOWN")], False, None, "no healthy gateway runs"),
        ([task(status="STOPPED")], False, None, "no healthy gateway runs"),
        ([], False, None, "no healthy gateway runs"),
    ],
)
def test_the_gateway_is_started_when_it_has_not_read_its_configuration(tasks, changed, managed_at, reason):
    found = start_reason(existing(tasks=tasks), {"changed": changed, "managed_at": managed_at}, False)
    assert found.startswith(reason)
    assert bool(found) == bool(reason)


def test_the_gateway_was_stopped_for_its_plugin():
    found = start_reason(existing(tasks=[task()]), {"changed": False, "managed_at": None}, True)
    assert found == "the plugin with its provider changed"


UNCHANGED = {"changed": False}
WRITTEN = {"changed": True, "backup_file": "/data/.openclaw/openclaw.json.1"}


@pytest.mark.parametrize(
    ("config", "restored", "again", "words"),
    [
        (UNCHANGED, {}, False, "is as it was"),
        (WRITTEN, {"changed": True}, False, "was put back as it was"),
        (WRITTEN, {"changed": True}, True, "started with it again"),
        (WRITTEN, {"failed": True, "msg": "no space"}, False, "(no space). Backup: /data/.openclaw/openclaw.json.1"),
        ({"changed": True}, {"unreachable": True}, False, "Backup: none, there was no configuration before"),
    ],
)
def test_a_failure_says_how_things_are_now(config, restored, again, words):
    message = failure_report("Gateway", {"msg": "It did not start."}, config, restored, {}, again)
    assert message.startswith("Onboarding stopped at: Gateway\nIt did not start.\n")
    assert words in message


@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        ({"changed": True}, "The plugin with the provider was put back as it was."),
        (
            {"failed": True, "msg": "npm is gone"},
            "The new plugin is still in place: putting back what was there before",
        ),
        ({"unreachable": True}, "(the host did not answer)"),
    ],
)
def test_a_failure_says_what_became_of_the_plugin(plugin, words):
    assert words in failure_report("Gateway", {"msg": "It did not start."}, UNCHANGED, {}, plugin, False)


def test_a_failure_without_a_plugin_says_nothing_of_one():
    assert "plugin" not in failure_report("Gateway", {"msg": "It did not start."}, UNCHANGED, {}, {}, True)


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("mount.nfs4: access denied by server while mounting 127.0.0.1:/", "deploy.yml puts all of them right"),
        ("mount.nfs4: Connection timed out", "port 2049"),
        ("Mount attempt 1/3 failed due to timeout after 15 sec, wait 15 sec before next attempt.", "port 2049"),
        ('Failed to resolve "fs-1.efs.us-east-1.amazonaws.com"', "mount target"),
        ("npm error code ECONNREFUSED", "openclaw_npm_registry"),
    ],
)
def test_a_known_failure_comes_with_what_to_do(said, advice):
    message = failure_report("step", {"msg": "non-zero return code", "stderr": said}, UNCHANGED, {}, {}, False)
    assert f"\n{said}\n" in message
    [line] = [each for each in message.splitlines() if each.startswith("What to do: ")]
    assert advice in line


def test_what_could_not_be_fetched_is_named():
    url = "https://nodejs.org/dist/v22.20.0/node-v22.20.0-linux-arm64.tar.gz"
    message = failure_report("Node", {"msg": "Request failed", "url": url}, UNCHANGED, {}, {}, False)
    assert f"Request failed\n{url}\n" in message
    assert "openclaw_node_url" in message


def test_the_summary_names_what_changed_and_why_the_gateway_was_started():
    config = {"changed": True, "changed_paths": ["agents.defaults.model.primary"]}
    lines = onboarding_summary(config, "the configuration changed", deployment())
    assert "  changed: agents.defaults.model.primary" in lines
    assert "  gateway started: the configuration changed" in lines
    assert any("/openclaw/openclaw/gateway-token" in line for line in lines)


def test_the_summary_names_the_provider_that_was_asked_for():
    plugin = {"source": "@openclaw/amazon-bedrock-provider@2026.9.6", "kind": "npm"}
    wanted = {**deployment(), "provider_plugin": plugin}
    lines = onboarding_summary({"changed": False, "changed_paths": []}, "", wanted)
    assert f"  provider: {plugin['source']}, loaded by the gateway" in lines


def test_the_summary_of_a_repeat_says_that_nothing_happened():
    lines = onboarding_summary({"changed": False, "changed_paths": []}, "", deployment())
    assert "  configuration unchanged" in lines
    assert "  gateway: the same task keeps running" in lines


def test_a_kept_host_comes_with_the_way_in_and_its_end():
    text = "\n".join(onboarding_summary({"changed": False, "changed_paths": []}, "", deployment(), "i-0123"))
    assert "aws ssm start-session --region eu-central-1 --target i-0123" in text
    assert "60 minutes" in text


@pytest.mark.parametrize(("artifacts", "told"), [("download", False), ("controller", False), ("none", True)])
def test_the_summary_says_what_was_not_verified(artifacts, told):
    wanted = deployment(openclaw_setup_artifacts=artifacts)
    lines = onboarding_summary({"changed": False, "changed_paths": []}, "", wanted)
    found = [line for line in lines if line.startswith("  not verified: ")]
    assert bool(found) == told
    assert all("2026.5.7" in line and "openclaw config validate" in line for line in found)
