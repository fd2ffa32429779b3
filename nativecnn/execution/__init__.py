"""How a graph of layers becomes calls of kernels over one block of memory.

::

    graph ──lowering──▶ operations over values ──memory──▶ places in a block ──plan──▶ calls      pool: plans on loan
              fusion: steps that one call computes

program.py says what operations and values are; lowering.py adds the forward pass, heads.py the losses, backward.py the
gradients and the updates of weights.
"""
