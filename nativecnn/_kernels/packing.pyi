class PackedKernel:
    """The weights of one kernel in the order in which conv2d reads them, for the instruction set of its making."""

    @property
    def nbytes(self) -> int: ...
