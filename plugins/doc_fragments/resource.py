# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  state:
    description: Whether it is to exist.
    type: str
    choices: [present, absent]
    default: present
  tags:
    description:
      - Tags to put on, in the creating call where AWS offers that. Other tags of the resource are never removed.
      - Those that begin with C(openclaw:) tell the owner. A resource of the right name without them is refused, and
        neither changed nor deleted.
    type: dict
    required: true
"""
