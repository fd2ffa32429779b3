# What each function computes: nativecnn/reference/embedding.py.
# tokens: any shape      table, dtable: (rows, columns)      y, dy: (shape of tokens…, columns)
import numpy as np
from numpy.typing import NDArray

def embedding(tokens: NDArray[np.float32], table: NDArray[np.float32], y: NDArray[np.float32]) -> None: ...
def embedding_gradient(dy: NDArray[np.float32], tokens: NDArray[np.float32], dtable: NDArray[np.float32]) -> None: ...
