"""How models are trained and evaluated.

::

    compilation.py   what compile() chose, and what training has come to
    loop.py          fit, evaluate and single steps: epochs and batches
    position.py      where a training stands between two batches
    state.py         that, and what the optimizer remembers, in a model file
    batches.py       samples, checked once, then copied into a plan's buffers
    progress.py      what is shown meanwhile; interruption.py: Ctrl-C
"""
