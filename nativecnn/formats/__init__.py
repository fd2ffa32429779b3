"""File formats: they know arrays and files, nothing of layers or models."""

from nativecnn.formats.errors import DataFileError, ModelFileError
from nativecnn.formats.idx import read_idx, write_idx
from nativecnn.formats.images import read_image
from nativecnn.formats.safetensors import read_safetensors, write_safetensors

__all__ = [
    "DataFileError",
    "ModelFileError",
    "read_idx",
    "read_image",
    "read_safetensors",
    "write_idx",
    "write_safetensors",
]
