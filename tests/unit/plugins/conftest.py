# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs modules and stubbed API functions."""

from __future__ import annotations

import functools
import importlib
import io
import json
import sys

import boto3
import pytest
from ansible.module_utils.testing import patch_module_args
from botocore.loaders import JSONFileLoader
from botocore.stub import Stubber

from tests.collection import make_importable

make_importable()


@pytest.fixture(scope="session", autouse=True)
def botocore_files_read_once():
    """A module in its own process reads the service descriptions once; here each of many would do so anew."""
    read = functools.cache(functools.partial(JSONFileLoader.load_file, JSONFileLoader()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", lambda _loader, path: read(path))
        yield


@pytest.fixture
def stubbed():
    """Make a client whose answers are given by a Stubber; every expected request must have been made at the end."""
    stubbers = []

    def make(service):
        client = boto3.client(
            service, region_name="eu-central-1", aws_access_key_id="stub", aws_secret_access_key="stub"
        )
        stubber = Stubber(client)
        stubber.activate()
        stubbers.append(stubber)
        return client, stubber

    yield make
    for stubber in stubbers:
        stubber.assert_no_pending_responses()


@pytest.fixture
def no_delay(monkeypatch):
    """Waiters are driven for real, but do not sleep. Gives the list of the pauses they would have made."""
    pauses = []
    monkeypatch.setattr("time.sleep", pauses.append)
    return pauses


@pytest.fixture
def run_module(local_aws, monkeypatch, capsys):
    """Run a module of the collection in this process against the local AWS, as the operator; gives its result."""
    for name, value in local_aws.env.items():
        monkeypatch.setenv(name, value)

    def run(name, /, *, check_mode=False, **params):
        module = importlib.import_module(f"ansible_collections.openclaw.ecs.plugins.modules.{name}")
        arguments = {**params, "_ansible_check_mode": check_mode, "_ansible_diff": True}
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        with patch_module_args(arguments), pytest.raises(SystemExit):
            module.main()
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def converge(run_module):
    """Run a module in check mode, for real and again.

    Asserts that check mode predicted the real run's actions and that the repeat changes nothing; gives the real result.
    """

    def run(name, /, **params):
        predicted = run_module(name, check_mode=True, **params)
        real = run_module(name, **params)
        assert not real.get("failed"), real["msg"]
        assert predicted["actions"] == real["actions"]
        assert predicted["changed"] == real["changed"]
        again = run_module(name, **params)
        assert not again["changed"], again["actions"]
        return real

    return run


@pytest.fixture
def calls_of(run_module, local_aws):
    """Run a module; gives the actions of the AWS calls it made, in order."""

    def run(name, /, **params):
        since = local_aws.control("GET", "log")["next"]
        result = run_module(name, **params)
        assert not result.get("failed"), result["msg"]
        return [entry["action"] for entry in local_aws.log(since)]

    return run
