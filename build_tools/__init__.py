"""How the extension modules are built: flags, instruction sets, threads. Used by setup.py alone."""
