"""The command line: one file a command, the face alone underneath."""
