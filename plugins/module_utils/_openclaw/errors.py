# Copyright: Contributors to the openclaw.ecs collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one exception of the code that writes openclaw.json. Private to the collection."""

from __future__ import annotations


class Refused(Exception):
    """What was asked for is not done, and nothing was touched. The message is for a person, and says what to do."""
