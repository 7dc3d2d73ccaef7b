"""A local stand-in for AWS: an emulator, what it lacks, and the hosts that run tasks as real processes."""
