"""Pictures of models.

::

    plot.py      plot_model: what is drawn, and the choice of the file's format
    layout.py    where boxes and lines go
    drawing.py   the picture as SVG, PNG (by matplotlib) or text for graphviz
"""

from .plot import plot_model

__all__ = ["plot_model"]
