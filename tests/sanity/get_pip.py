"""Stands in for get-pip.py, which ansible-test would fetch: the pip that comes with Python, then the one asked for."""

import subprocess
import sys

packages = [word for word in sys.argv[1:] if not word.startswith("--no-")]
# In a process of its own, because ensurepip turns pip's configuration off for the rest of the process.
subprocess.run([sys.executable, "-m", "ensurepip"], check=True)
subprocess.run([sys.executable, "-m", "pip", "install", *packages], check=True)
