#!/usr/bin/python
# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: openclaw_config
version_added: 0.1.0
short_description: Manage what openclaw.json says about Amazon Bedrock and the gateway
description:
  - Puts the settings that a gateway on Amazon Bedrock needs into C(openclaw.json), and leaves everything else in it as
    it is. Runs on the host that has the file, needs Python 3.9 and nothing else, and calls no service of AWS.
  - The file is read as JSON5, like OpenClaw reads it, and written as OpenClaw writes it, as JSON. Comments get lost; a
    warning says so, and the backup has them. Strings like C(${NAME}) stay as they are.
  - What the module puts in is listed in a file beside it, C(openclaw.json.managed.json), with what was there before.
    What is listed, and no longer asked for, is taken back. A value that somebody has changed since is theirs, until it
    is asked for with another value. What is not listed is never touched.
  - Lists are taken for sets that are shared with others. What is missing in them is added, and nothing is removed but
    what this module has added. Elements that have an C(id) are found by it. Only C(fallbacks), C(args) and C(command)
    are ordered, and replaced as a whole.
  - The file is replaced in one step, after a backup was made. A run that is killed leaves the old file or the new one,
    whole, and the next run ends in the same place.
author:
  - Contributors to openclaw.ecs (@openclaw)
options:
  path:
    description:
      - Path of C(openclaw.json). Its folder is made if it is missing, with mode 0700; the folder above must exist.
      - Symbolic links, as the file or as its folder, are refused. OpenClaw does not support them either.
    type: path
    required: true
  state:
    description:
      - V(present) puts in what the other options ask for.
      - V(absent) takes back all that this module has put in, and gives back what was there before. A file that this
        module has made, and in which nothing else is, is removed.
      - V(restored) puts the file of O(backup_file), and the list of what is managed in it, back as they were.
    type: str
    choices: [present, absent, restored]
    default: present
  backup_file:
    description:
      - For O(state=restored), the RV(backup_file) of an earlier run. If there was no file before, there will be none.
      - Without it, nothing was changed by that run, and nothing is put back.
    type: path
  primary_model:
    description:
      - Bedrock model ID of the primary model, without a provider. Most models need the ID of an inference profile.
      - Without it, the primary model is not managed.
    type: str
  fallback_models:
    description: Bedrock model IDs to fall back to, in order. Without any, the fallbacks are not managed.
    type: list
    elements: str
    default: []
  image_model:
    description:
      - Bedrock model ID of the model that is given images if the primary model can't see.
      - Without it, the image model is not managed.
    type: str
  models:
    description:
      - What is known about models. All that are named by O(primary_model), O(fallback_models) and here are put into the
        provider's list; a model that is not in OpenClaw's own catalog can't be used otherwise.
      - Settings that are not given are left to OpenClaw, or as they are.
    type: list
    elements: dict
    default: []
    suboptions:
      id:
        description: Bedrock model ID.
        type: str
        required: true
      name:
        description: Name to show. The default is the ID.
        type: str
      reasoning:
        description: Whether the model can think before it answers.
        type: bool
      input:
        description: What it can be given.
        type: list
        elements: str
        choices: [text, image]
      context_window:
        description: Size of its context in tokens.
        type: int
      max_tokens:
        description: Longest answer in tokens.
        type: int
      cost:
        description: Prices in USD for a million tokens, which OpenClaw shows. It charges nothing.
        type: dict
        suboptions:
          input:
            description: Price of what the model is given.
            type: float
          output:
            description: Price of what it answers.
            type: float
          cache_read:
            description: Price of what is read from its cache.
            type: float
          cache_write:
            description: Price of what is written to its cache.
            type: float
  region:
    description:
      - AWS region of Amazon Bedrock. Needed with any model, unless O(base_url) is given.
      - The gateway calls the region in its environment variable E(AWS_REGION), whatever this says; keep both the same.
    type: str
  base_url:
    description: Address of Bedrock's runtime. The default is that of O(region).
    type: str
  memory_search:
    description:
      - Whether the gateway has a memory that it searches by meaning, through O(embedding_model) of Amazon Bedrock.
      - Without it, this is not managed, and OpenClaw takes the first provider that it finds.
    type: bool
  embedding_model:
    description: Bedrock model ID of the embedding model.
    type: str
    default: amazon.titan-embed-text-v2:0
  discovery:
    description:
      - How the gateway looks for models in the account. The list of the provider's models is there all the same.
      - The gateway's role has to be allowed to list models, see C(openclaw_model_discovery).
    type: dict
    suboptions:
      enabled:
        description: Whether it looks for models.
        type: bool
        required: true
      region:
        description: AWS region to look in.
        type: str
      provider_filter:
        description: Names of providers whose models are wanted, like V(anthropic).
        type: list
        elements: str
      refresh_interval:
        description: How long what was found holds, in seconds.
        type: int
      default_context_window:
        description: Size of the context in tokens for models that do not tell.
        type: int
      default_max_tokens:
        description: Longest answer in tokens for models that do not tell.
        type: int
  guardrail:
    description: Guardrail of Amazon Bedrock for all calls. The role of the gateway needs C(bedrock:ApplyGuardrail).
    type: dict
    suboptions:
      identifier:
        description: ID or ARN of the guardrail.
        type: str
        required: true
      version:
        description: Number of the published version, or V(DRAFT).
        type: str
        required: true
      stream_processing_mode:
        description: Whether an answer is held back until it is judged.
        type: str
        choices: [sync, async]
      trace:
        description: What the gateway is told about the guardrail's judgement.
        type: str
        choices: [enabled, disabled, enabled_full]
  service_tier:
    description:
      - Service tier of Amazon Bedrock for all calls. Not all models have all of them. OpenClaw 2026.5.12 and later.
      - Without it, the tier is not managed.
    type: str
    choices: [default, flex, priority, reserved]
  gateway_bind:
    description: Where the gateway listens. V(lan) is all addresses of the host, V(loopback) only the host itself.
    type: str
    choices: [auto, lan, loopback, custom, tailnet]
    default: lan
  gateway_auth_mode:
    description:
      - How the gateway tells who may use it. Without it, this is not managed, and OpenClaw asks for the token in its
        environment variable E(OPENCLAW_GATEWAY_TOKEN).
      - V(trusted-proxy) believes what a proxy of O(trusted_proxies) says.
    type: str
    choices: [token, password, trusted-proxy]
  trusted_proxies:
    description:
      - Addresses or networks of the proxies whose word about the client is believed. Only name proxies of your own.
      - They are added to what is there.
    type: list
    elements: str
    default: []
  control_ui_origins:
    description:
      - Origins from which browsers may use the control UI. The address that a person types must be among them.
      - They are added to what is there.
    type: list
    elements: str
    default: ["http://localhost:18789"]
  outside_hosts:
    description:
      - Whether the gateway may call hosts outside AWS by itself; for updates, prices and catalogs of models, and
        announcements on the network. V(false) puts in what stops that, V(true) leaves it to OpenClaw.
      - OpenClaw 2026.9 asks C(clawhub.ai) all the same, for which it has no setting.
    type: bool
    default: false
  openclaw_version:
    description: Version of OpenClaw that reads the file, 2026.3.24 or later. It decides where some settings are.
    type: str
    default: 2026.5.7
  channels:
    description:
      - The tree below C(channels), for example of C(telegram).
      - Secrets are given by C(${NAME}), with the variable in the gateway's environment, or an object with C(source),
        C(provider) and C(id). In plain text they are refused.
    type: dict
    default: {}
  overrides:
    description:
      - Any further tree, which wins over what the other options ask for. Objects are merged.
      - Secrets are given as in O(channels). An C($include) is refused in both, since what is included isn't managed.
    type: dict
    default: {}
  owner:
    description: Name or ID of the user that owns the file. Changed only if it differs, since EFS refuses any change.
    type: str
    default: "1000"
  group:
    description: Name or ID of the group that owns the file.
    type: str
    default: "1000"
  mode:
    description: Permissions of the file, in octal and quoted. None for group and others, there may be secrets in it.
    type: str
    default: "0600"
  backups:
    description: How many backups are kept beside the file, from 1 to 100. The oldest are removed.
    type: int
    default: 5
  validate:
    description:
      - Command that must end with 0 before the new file is put in place. C(%s) stands for its path, which is in the
        same folder, so that an C($include) is found. No shell reads it.
      - If it does not, nothing is changed, and the message has what it said, without secrets.
      - Not run in check mode, for O(state=absent) if the file goes, and for O(state=restored).
    type: str
extends_documentation_fragment:
  - openclaw.ecs.attributes
attributes:
  safe_file_operations:
    support: full
    description: Written to a temporary file, synced and renamed, under a lock that ends with the process.
notes:
  - Fails, and touches nothing, if the file can't be read as JSON5, if it or an object on the way to what is put in is
    an C($include), or if a list or a value is where an object is needed.
  - In check mode neither the file nor anything beside it is touched, and no lock is taken.
  - OpenClaw 2026.5.7 takes some changes over while it runs, but not reliably. Restart it after each.
seealso:
  - name: Configuration of OpenClaw
    description: What the file is, and how it is read.
    link: https://docs.openclaw.ai/gateway/configuration
  - name: Configuration reference of OpenClaw
    description: All that can be in it.
    link: https://docs.openclaw.ai/gateway/configuration-reference
  - name: Amazon Bedrock in OpenClaw
    description: The provider and its models.
    link: https://docs.openclaw.ai/providers/bedrock
  - name: Secrets in OpenClaw
    description: How a configuration refers to a secret.
    link: https://docs.openclaw.ai/gateway/secrets
"""

EXAMPLES = r"""
- name: Claude Sonnet, with Haiku to fall back to
  openclaw.ecs.openclaw_config:
    path: /data/.openclaw/openclaw.json
    region: eu-central-1
    primary_model: global.anthropic.claude-sonnet-4-5-20250929-v1:0
    fallback_models:
      - global.anthropic.claude-haiku-4-5-20251001-v1:0
    memory_search: true
    validate: env OPENCLAW_CONFIG_PATH=%s openclaw config validate
  register: config

- name: Telegram, with its token from the gateway's environment
  openclaw.ecs.openclaw_config:
    path: /data/.openclaw/openclaw.json
    region: eu-central-1
    primary_model: global.anthropic.claude-sonnet-4-5-20250929-v1:0
    channels:
      telegram:
        enabled: true
        botToken: ${TELEGRAM_BOT_TOKEN}

- name: Put back what was there before
  openclaw.ecs.openclaw_config:
    path: /data/.openclaw/openclaw.json
    state: restored
    backup_file: "{{ config.backup_file }}"

- name: Take back all that was put in
  openclaw.ecs.openclaw_config:
    path: /data/.openclaw/openclaw.json
    state: absent
"""

RETURN = r"""
changed_paths:
  description: What changes in the configuration, as paths that C(openclaw config get) takes; sorted.
  returned: success
  type: list
  elements: str
  sample:
    - agents.defaults.model.primary
    - models.providers.amazon-bedrock.models
changed_attributes:
  description: What changes of owner, group and permissions of a file that was there, of V(uid), V(gid) and V(mode).
  returned: success
  type: list
  elements: str
  sample: []
restart_required:
  description: Whether, by OpenClaw's documentation, a running gateway needs a restart to take the changes over.
  returned: success
  type: bool
  sample: true
restart_paths:
  description: Those of RV(changed_paths) for which it needs one.
  returned: success
  type: list
  elements: str
  sample:
    - plugins.entries.amazon-bedrock.enabled
backup_file:
  description:
    - Path of the backup that was made; V(null) if none was, since the configuration did not change or in check mode.
    - If there was no configuration before, the backup is an empty file.
  returned: success
  type: str
  sample: /data/.openclaw/openclaw.json.backup-20261122T175012.048213Z
config_exists_before:
  description: Whether there was a configuration.
  returned: success
  type: bool
  sample: true
managed_at:
  description:
    - When what is managed has last changed, in UTC; V(null) if nothing is managed. A gateway that was started before
      then has not read it. After O(state=restored) it is what it was before.
  returned: success
  type: str
  sample: "2026-11-22T17:50:12.051377+00:00"
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.errors import Refused
from ansible_collections.openclaw.ecs.plugins.module_utils._openclaw.manage import manage

MODEL_SPEC = {
    "id": {"required": True},
    "name": {},
    "reasoning": {"type": "bool"},
    "input": {"type": "list", "elements": "str", "choices": ["text", "image"]},
    "context_window": {"type": "int"},
    "max_tokens": {"type": "int", "no_log": False},
    "cost": {
        "type": "dict",
        "options": {name: {"type": "float"} for name in ("input", "output", "cache_read", "cache_write")},
    },
}
DISCOVERY_SPEC = {
    "enabled": {"type": "bool", "required": True},
    "region": {},
    "provider_filter": {"type": "list", "elements": "str"},
    "refresh_interval": {"type": "int"},
    "default_context_window": {"type": "int"},
    "default_max_tokens": {"type": "int", "no_log": False},
}
GUARDRAIL_SPEC = {
    "identifier": {"required": True},
    "version": {"required": True},
    "stream_processing_mode": {"choices": ["sync", "async"]},
    "trace": {"choices": ["enabled", "disabled", "enabled_full"]},
}


def main():
    argument_spec = {
        "path": {"type": "path", "required": True},
        "state": {"choices": ["present", "absent", "restored"], "default": "present"},
        "backup_file": {"type": "path"},
        "primary_model": {},
        "fallback_models": {"type": "list", "elements": "str", "default": []},
        "image_model": {},
        "models": {"type": "list", "elements": "dict", "default": [], "options": MODEL_SPEC},
        "region": {},
        "base_url": {},
        "memory_search": {"type": "bool"},
        "embedding_model": {"default": "amazon.titan-embed-text-v2:0"},
        "discovery": {"type": "dict", "options": DISCOVERY_SPEC},
        "guardrail": {"type": "dict", "options": GUARDRAIL_SPEC},
        "service_tier": {"choices": ["default", "flex", "priority", "reserved"]},
        "gateway_auth_mode": {"choices": ["token", "password", "trusted-proxy"]},
        "trusted_proxies": {"type": "list", "elements": "str", "default": []},
        "gateway_bind": {"choices": ["auto", "lan", "loopback", "custom", "tailnet"], "default": "lan"},
        "control_ui_origins": {"type": "list", "elements": "str", "default": ["http://localhost:18789"]},
        "outside_hosts": {"type": "bool", "default": False},
        "openclaw_version": {"default": "2026.5.7"},
        "channels": {"type": "dict", "default": {}},
        "overrides": {"type": "dict", "default": {}},
        "owner": {"default": "1000"},
        "group": {"default": "1000"},
        "mode": {"default": "0600"},
        "backups": {"type": "int", "default": 5},
        "validate": {},
    }
    # Nothing about the call in the host's system log: what is refused as a secret would already be there.
    module = AnsibleModule(argument_spec=argument_spec, supports_check_mode=True, no_log=True)
    try:
        result = manage(module)
    except Refused as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{error.filename or module.params['path']}: {error.strerror}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
