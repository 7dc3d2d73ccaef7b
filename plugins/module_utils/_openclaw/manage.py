# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of the module openclaw_config, with what it uses of AnsibleModule. Private to the collection."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import typing as t
from datetime import datetime
from datetime import timezone

from . import configuration
from . import files as file_system
from .configuration import State
from .configuration import Target
from .errors import Refused
from .files import Attributes
from .files import Files
from .json_text import write
from .masking import mask_text
from .masking import masked
from .masking import secrets
from .ownership import Wanted
from .paths import MISSING
from .paths import dotted
from .shapes import advice
from .shapes import desired

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def look_up(option: str, value: str, by_name: t.Callable[[str], t.Any], field: str) -> int:
    """The number of a user or group that is given by name or number."""
    if value.isascii() and value.isdigit():
        return int(value)
    try:
        return getattr(by_name(value), field)
    except KeyError:
        raise Refused(f"{option}: there is no {value!r} on this host. Write the number, like 1000.") from None


def read_attributes(params: t.Mapping[str, t.Any]) -> Attributes:
    """Whose the file is to be, and its permissions."""
    try:
        mode = int(params["mode"], 8)
    except ValueError:
        mode = -1
    if mode & ~0o700 or not mode & 0o400:
        raise Refused(
            f"mode: {params['mode']} is not an octal mode with which the owner, and nobody else, can read the"
            ' file. There may be secrets in it. Write "0600", quoted.'
        )
    if not 1 <= params["backups"] <= 100:
        raise Refused(f"backups: {params['backups']} is not a number from 1 to 100. A failed start is mended by one.")
    if params["validate"] is not None and "%s" not in params["validate"]:
        raise Refused("validate: there is no %s in it, which stands for the path of the file to look at.")
    owner = look_up("owner", params["owner"], pwd.getpwnam, "pw_uid")
    return Attributes(owner, look_up("group", params["group"], grp.getgrnam, "gr_gid"), mode)


def validator(module: AnsibleModule, state: State, target: Target) -> t.Callable[[str], None]:
    """A function that runs the command of the option validate on a file."""

    def validate(path: str) -> None:
        command = module.params["validate"]
        if command is None or module.params["state"] == "restored":
            return
        words = [word.replace("%s", path) for word in shlex.split(command)]
        try:
            code, out, err = module.run_command(words, handle_exceptions=False)
        except OSError as error:
            raise Refused(f"validate: {words[0]} can't be run ({error.strerror}). Nothing was changed.") from None
        if code:
            hidden = [secret.text for data in (state.document.data, target.data) for secret in secrets(data)]
            said = mask_text("\n".join(part.strip() for part in (out, err) if part.strip()), hidden)
            said = said.replace(path, module.params["path"])
            raise Refused(
                f"The new configuration was refused, so nothing was changed. {words[0]} ended with {code} and said:\n"
                f"{said}"
            )

    return validate


def show(data: t.Any) -> str:
    """A configuration for the diff."""
    return "" if data is MISSING else write(masked(data))


def warn_of_loss(module: AnsibleModule, state: State, rewritten: bool) -> None:
    """Tell what the file has that is not kept when it is written anew."""
    document = state.document
    if rewritten and document.comments:
        module.warn(
            f"The comments in {module.params['path']} ({document.comments}) are lost, as it is written anew as JSON."
            " The backup has them."
        )
    if document.duplicates:
        module.warn(
            f"{module.params['path']} has keys that stand twice in one object, of which the last one holds, for"
            f" OpenClaw too: {', '.join(document.duplicates)}."
        )


def read_target(module: AnsibleModule, files: Files, state: State, wanted: Wanted) -> Target:
    """What is to be there; what is there, if nothing was to be put back."""
    if module.params["state"] != "restored":
        return configuration.plan(state, wanted)
    backup = module.params["backup_file"]
    return configuration.plan_restored(files, backup) if backup else configuration.unchanged(state)


def when_managed(path: str) -> str | None:
    """When what is managed has last changed."""
    sidecar = file_system.read(path + configuration.SUFFIX)
    if sidecar is None:
        return None
    return datetime.fromtimestamp(sidecar.modified / 1e9, timezone.utc).isoformat(timespec="microseconds")


def change(module: AnsibleModule, files: Files, attributes: Attributes, wanted: Wanted, real: bool) -> t.Any:
    """Bring about what is wanted, if that is for real, and tell what changes."""
    path, name = module.params["path"], os.path.basename(module.params["path"])
    restored = module.params["state"] == "restored"
    state = configuration.read_state(path, broken_is_refused=not restored)
    if real and not state.settled:
        configuration.settle(files, name, state)
        state = configuration.read_state(path)
    target = read_target(module, files, state, wanted)
    paths = configuration.changed_paths(state, target)
    rewritten = configuration.is_rewritten(state, target, restored)
    kept = state.config if target.content is not None and not restored else None
    differing = attributes.differences(kept) if kept else []
    warn_of_loss(module, state, rewritten and target.content is not None)
    backup = None
    if real and rewritten:
        validate = validator(module, state, target)
        backup = files.path(configuration.put_in_place(files, name, attributes, state, target, validate))
    elif real and differing:
        files.own(name, attributes.mode)
    if real:
        files.remove_backups(module.params["backups"], configuration.SUFFIX)
    changed = sorted(dotted(each) for each in paths)
    restart = sorted(dotted(each) for each in paths if configuration.needs_restart(each))
    result = {
        "changed": rewritten or bool(differing),
        "changed_paths": changed,
        "changed_attributes": differing,
        "restart_required": bool(restart),
        "restart_paths": restart,
        "backup_file": backup,
        "config_exists_before": state.config is not None,
        "managed_at": when_managed(path),
    }
    if module._diff and rewritten:
        result["diff"] = {
            "before": show(state.document.data),
            "after": show(target.data),
            "before_header": path,
            "after_header": path,
        }
    return result


def hide_secrets(module: AnsibleModule) -> None:
    """Keep secrets that are given where they should not be out of all that the module returns."""
    for option in ("channels", "overrides"):
        module.no_log_values.update(secret.text for secret in secrets(module.params[option]) if secret.certain)


def manage(module: AnsibleModule) -> dict[str, t.Any]:
    """Check everything that can be known without the file, then change it under the lock."""
    hide_secrets(module)
    params = module.params
    params["path"] = os.path.abspath(params["path"])
    attributes = read_attributes(params)
    wanted = Wanted()
    if params["state"] == "present":
        wanted = Wanted(desired(params))
        for warning in advice(params):
            module.warn(warning)
    files = Files(params["path"], attributes)
    there = file_system.folder_exists(files.folder)
    nothing_to_do = (
        params["state"] == "absent" and not there or params["state"] == "restored" and not params["backup_file"]
    )
    if module.check_mode or nothing_to_do:
        return change(module, files, attributes, wanted, real=False)
    file_system.make_folder(files.folder, attributes)
    with files.locked():
        return change(module, files, attributes, wanted, real=True)
