"""What a small playbook costs, measured for real."""

from __future__ import annotations

import pytest

from tests.bench.measure import PlaybookFailedError
from tests.bench.measure import run_playbook

PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  tasks:
"""
EVERYTHING = (
    PLAY
    + """
    - name: Loop
      amazon.aws.aws_caller_info:
      loop: [1, 2]
    - name: In vain
      amazon.aws.ec2_vpc_net_info:
      register: vpcs
      until: vpcs.vpcs | length > 99
      retries: 1
      delay: 0
      ignore_errors: true
    - name: Skipped
      amazon.aws.ec2_vpc_net_info:
      when: false
    - name: No module of AWS
      ansible.builtin.debug:
      loop: [1, 2]
      changed_when: true
"""
)


def test_each_item_and_each_attempt_is_a_process(local_aws, tmp_path):
    playbook = tmp_path / "play.yml"
    playbook.write_text(EVERYTHING)
    local_aws.client("sts").get_caller_identity()

    measured = run_playbook([str(playbook)], local_aws.env)

    assert [(task.name, task.processes) for task in measured.tasks] == [
        ("Loop", 1),
        ("Loop", 1),
        ("In vain", 2),
        ("No module of AWS", 0),
        ("No module of AWS", 0),
    ]
    assert measured.tasks[0].action == "amazon.aws.aws_caller_info"
    assert measured.processes == 4
    assert measured.changed == 1
    assert measured.calls_by_service["sts"] == 2
    assert measured.calls_by_service["ec2"] >= 2
    assert measured.calls == sum(measured.calls_by_service.values())
    assert 0 < sum(task.seconds for task in measured.tasks) < measured.wall
    assert measured.cpu > 0


def test_a_failed_playbook_is_no_measurement(local_aws, tmp_path):
    playbook = tmp_path / "play.yml"
    playbook.write_text(PLAY + "    - ansible.builtin.fail: {msg: out of order}\n")
    with pytest.raises(PlaybookFailedError, match="out of order"):
        run_playbook([str(playbook)], local_aws.env)
