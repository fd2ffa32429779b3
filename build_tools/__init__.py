"""How the extension modules are built: flags, instruction sets, OpenMP. Used by setup.py alone."""
