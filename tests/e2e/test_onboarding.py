# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a deployment without a configuration to an assistant that answers with the model that was asked for.

The tests build on each other, in the order in which they stand here.
"""

from __future__ import annotations

import json

import pytest

MODEL = "global.anthropic.claude-opus-4-5-20251101-v1:0"
ANOTHER = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
SEEING = "us.amazon.nova-pro-v1:0"
OTHERWISE = {
    "model": ANOTHER,
    "image_model": SEEING,
    "model_discovery": True,
    "trusted_proxies": ["10.20.0.7"],
    "channels": {"telegram": {"enabled": False, "botToken": "${TELEGRAM_BOT_TOKEN}"}},
}


@pytest.fixture(scope="module")
def deployed(journey):
    return journey.deploy()


@pytest.fixture(scope="module")
def onboarded(journey, deployed):
    """The first onboarding, and what check mode had foretold of it."""
    foretold = journey.onboard("--check")
    assert foretold.changing_calls == []
    return foretold, journey.onboard()


def test_the_first_onboarding_writes_and_starts(journey, onboarded):
    _foretold, run = onboarded
    assert ("setup host", "create") in [(resource, action) for resource, _name, action in run.all_actions]
    task = journey.healthy_task()
    assert journey.config()["agents"]["defaults"]["model"]["primary"] == f"amazon-bedrock/{MODEL}"
    read = journey.inside(task["taskArn"], "cat", "/data/.openclaw/openclaw.json")
    assert json.loads(read.stdout) == journey.config()
    assert "gateway started: no healthy gateway runs" in run.output or "the configuration changed" in run.output


def test_check_mode_foretells_the_setup_host(onboarded):
    foretold, _run = onboarded
    assert ("setup host", "create") in [(resource, action) for resource, _name, action in foretold.all_actions]
    assert "only looked at" in foretold.output


def test_the_file_is_private_to_the_gateway(journey, onboarded):
    shown = journey.inside(journey.healthy_task()["taskArn"], "stat", "-c", "%u:%g %a", "/data/.openclaw/openclaw.json")
    assert shown.stdout == "1000:1000 600\n"


def test_no_host_bucket_or_object_remains(journey, onboarded):
    assert journey.setup_leftovers() == []


def test_a_turn_reaches_bedrock_with_the_configured_model_as_the_task_role(journey, onboarded):
    answer, calls = journey.turn("Hello")
    assert answer
    assert [call["resource"] for call in calls] == [MODEL]
    assert calls[0]["status"] == 200
    assert "assumed-role/openclaw-us-east-1-task/" in calls[0]["principal_arn"]
    assert calls[0]["access_key"].startswith("ASIA")


def test_status_is_healthy_and_exec_is_ready(journey, onboarded, tmp_path):
    file = tmp_path / "status.json"
    assert journey.playbook("status", status_file=str(file)).code == 0
    status = json.loads(file.read_text())
    assert (status["healthy"], status["exec"]["ready"]) == (True, True)
    assert status["resources"]["setup_hosts"] == status["resources"]["setup_buckets"] == []


def test_a_repeat_changes_nothing_and_leaves_the_same_task_running(journey, onboarded):
    before, task = journey.config_bytes(), journey.healthy_task()["taskArn"]
    run = journey.onboard()
    assert "configuration unchanged" in run.output
    assert "the same task keeps running" in run.output
    assert journey.config_bytes() == before
    assert journey.healthy_task()["taskArn"] == task
    assert not any(task["action"] == "ansible.builtin.get_url" for task in run.tasks if not task.get("skipped"))
    assert journey.setup_leftovers() == []


def test_what_a_person_has_set_survives_and_is_added_to(journey, onboarded):
    mine = journey.config()
    mine["channels"] = {"telegram": {"enabled": False, "botToken": "${TELEGRAM_BOT_TOKEN}"}}
    mine["gateway"]["controlUi"]["allowedOrigins"].append("https://mine.example")
    journey.write_config("// mine\n" + json.dumps(mine))
    run = journey.onboard(control_ui_origins=["http://localhost:18789", "http://127.0.0.1:18789"])
    found = journey.config()
    assert found["channels"] == mine["channels"]
    assert set(found["gateway"]["controlUi"]["allowedOrigins"]) == {
        "http://localhost:18789",
        "https://mine.example",
        "http://127.0.0.1:18789",
    }
    assert "changed: gateway.controlUi.allowedOrigins" in run.output


def test_another_model_needs_its_role_first(journey, onboarded):
    run = journey.playbook("onboard", model=ANOTHER)
    assert run.code != 0
    assert "openclaw-us-east-1-task" in run.message
    assert ANOTHER in run.message
    assert "deploy.yml" in run.message
    assert run.changing_calls == []


def test_with_another_model_the_next_turn_uses_it(journey, onboarded):
    journey.deploy(**OTHERWISE)
    old = journey.healthy_task()["taskArn"]
    run = journey.onboard(**OTHERWISE)
    assert "changed: agents.defaults.model.primary" in run.output
    assert journey.healthy_task()["taskArn"] != old
    _answer, calls = journey.turn("Hello again")
    assert [call["resource"] for call in calls] == [ANOTHER]


def test_the_other_settings_are_in_the_file_that_the_gateway_runs_with(journey, onboarded):
    found = journey.read_by_the_gateway()
    assert found["agents"]["defaults"]["imageModel"] == {"primary": f"amazon-bedrock/{SEEING}"}
    assert found["gateway"]["trustedProxies"] == ["10.20.0.7"]
    assert found["plugins"]["entries"]["amazon-bedrock"]["config"] == {"discovery": {"enabled": True}}
    assert found["channels"]["telegram"] == {"enabled": False, "botToken": "${TELEGRAM_BOT_TOKEN}"}


def test_a_host_can_be_kept_for_a_person(journey, onboarded):
    run = journey.onboard(**OTHERWISE, setup_keep=True)
    [host] = journey.setup_hosts()
    assert f"aws ssm start-session --region us-east-1 --target {host}" in run.output
    assert journey.setup_buckets() == []
    told = journey.on_setup_host(
        host, "cat /data/.openclaw/openclaw.json; PATH=/usr/local/bin:$PATH openclaw --version"
    )
    assert ANOTHER in told
    assert "2026.5.7" in told


def test_destroy_ends_a_host_that_is_left(journey, onboarded):
    assert journey.setup_hosts()
    run = journey.playbook("destroy", confirm="openclaw", delete_data=True)
    assert run.code == 0, run.message
    assert journey.setup_leftovers() == []
    assert "Nothing of the deployment is left." in run.output
