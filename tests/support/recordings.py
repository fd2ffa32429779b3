"""Recordings as the Free Spoken Digit Dataset has them."""

import wave

import numpy as np


def write_recording(file, samples, channels=1, width=2, rate=8000):
    """Write samples (int16) as a WAV file, to a path or into an open file."""
    with wave.open(file if hasattr(file, "write") else str(file), "wb") as recording:
        recording.setnchannels(channels)
        recording.setsampwidth(width)
        recording.setframerate(rate)
        recording.writeframes(np.asarray(samples, "<i2").tobytes())
