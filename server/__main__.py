"""Lets the command line be run as `python -m server`."""

from server.cli import main

main()
