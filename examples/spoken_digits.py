"""Spoken digits: sound as a picture, read by a ConvNet.

A recording is a row of numbers, 8,000 a second. Its spectrogram is a picture: time from left to right, frequencies from
low to high, bright where they are loud. So what recognises pictures recognises words: six people say the digits 0 to 9,
and the network tells which on the official test part, recordings 0 to 4 of each digit and speaker. Another one, trained
without one of the voices, is asked about that voice. The pictures show sounds with their spectrograms and the parts of
them that count, the training, and what was taken for what.

Data: Free Spoken Digit Dataset (Zohar Jackson and others), CC BY-SA 4.0.
"""

import numpy as np

import nativecnn
from lesson import Lesson, begin
from nativecnn import layers, visualize
from nativecnn.data import Augmented, RandomTranslation, pad_sequences
from nativecnn.datasets import SpokenDigit, load_spoken_digits

RATE = 8000  # samples a second
LENGTH = 8192  # samples that are looked at, about a second; the median recording has 0.4
WINDOW, HOP = 256, 128  # samples whose frequencies a column shows, and from one column to the next
BANDS = 40  # rows
DECIBELS = 60  # what is softer than the loudest by more than this is black


def mel(hertz: np.ndarray | float) -> np.ndarray:
    """Return heights of tones as people hear them: equal steps sound equally wide (O'Shaughnessy, 1987)."""
    return 2595 * np.log10(1 + np.asarray(hertz) / 700)


def mel_bands() -> np.ndarray:
    """Return overlapping triangles, equally wide in mel: (frequencies of a window, bands)."""
    heights = mel(np.fft.rfftfreq(WINDOW, 1 / RATE))[:, None]
    middles = np.linspace(mel(100), mel(RATE / 2), BANDS + 2)[1:-1]
    return np.maximum(0, 1 - np.abs(heights - middles) / (middles[1] - middles[0]))


def spectrogram(samples: np.ndarray) -> np.ndarray:
    """Return a sound as a picture (bands, columns, 1): 1 where it is loudest, 0 where it is silent."""
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP] * np.hanning(WINDOW)
    power = np.abs(np.fft.rfft(windows)) ** 2 @ mel_bands() + 1e-12
    decibels = 10 * np.log10(power / power.max())
    return np.maximum(1 + decibels / DECIBELS, 0).T[:, :, np.newaxis].astype(np.float32)


def network() -> nativecnn.Sequential:
    """Return a ConvNet as for pictures: three times features, normalised, rectified and pooled; then ten votes."""
    model = nativecnn.Sequential()
    for filters in (16, 32, 64):
        model.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
        model.add(layers.BatchNormalization(momentum=0.9))
        model.add(layers.ReLU())
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(10, activation="softmax"))
    return model


def pictures_and_digits(recordings: list[SpokenDigit]) -> tuple[np.ndarray, np.ndarray]:
    """Return what a network is trained and tested with."""
    sounds = [recording.samples for recording in recordings]
    sounds = pad_sequences(sounds, LENGTH, "float32", padding="post", truncating="post")
    return np.stack([spectrogram(samples) for samples in sounds]), np.array([each.digit for each in recordings])


def train(training: list[SpokenDigit], validation: list[SpokenDigit], epochs: int) -> tuple[nativecnn.Model, dict]:
    """Train on sounds that begin up to a tenth of a second later, differently in each epoch; by ever smaller steps."""
    later = RandomTranslation(0.0, (0.0, 0.1), fill_mode="constant")
    data = Augmented(*pictures_and_digits(training), later, batch_size=32)
    rate = nativecnn.optimizers.schedules.CosineDecay(2e-3, epochs * len(data))
    model = network()
    model.compile(nativecnn.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(data, epochs=epochs, validation_data=pictures_and_digits(validation), verbose=0)
    return model, history.history


def accuracy_on_a_stranger(speaker: str, test: list, validation: list, training: list, epochs: int) -> float:
    """Return which share of a speaker's test recordings is recognised after a training without that voice."""
    others = [[each for each in part if each.speaker != speaker] for part in (training, validation)]
    model, _ = train(*others, epochs)
    pictures, digits = pictures_and_digits([each for each in test if each.speaker == speaker])
    return float(np.mean(model.predict(pictures).argmax(axis=1) == digits))


def draw_sounds(lesson: Lesson, model: nativecnn.Model, recordings: list[SpokenDigit]) -> None:
    """Draw recordings: their samples, their spectrograms, and by how much the vote falls where a part is silenced."""
    pictures, digits = pictures_and_digits(recordings)
    falls = visualize.occlusion(visualize.logits(model), pictures, digits, window=(10, 8), stride=2)
    figure = visualize.new_figure(8.0, 5.5)
    figure.supxlabel("violet: without this part the vote for the digit falls; orange: it rises", fontsize=9)
    rows = figure.subplots(3, len(recordings), sharex=True, sharey="row", height_ratios=(1, 2, 2))
    for axes, recording in zip(rows[0], recordings, strict=True):
        samples = recording.samples[:LENGTH]
        axes.plot(np.arange(len(samples)) / RATE, samples, color=visualize.COLOURS[0], linewidth=0.5)
        axes.set_title(f"“{recording.digit}”", fontsize=10)
    hertz = np.array([200, 500, 1000, 2000, 4000])
    style = {"extent": (0, LENGTH / RATE, mel(100), mel(RATE / 2)), "origin": "lower", "aspect": "auto"}
    for above, below, picture, fall in zip(*rows[1:], pictures, falls, strict=True):
        above.imshow(picture, visualize.MAGNITUDE, **style)
        below.imshow(fall, visualize.SIGNED, vmin=-abs(fall).max(), vmax=abs(fall).max(), **style)
    for axes in rows[1:, 0]:
        axes.set_yticks(mel(hertz), hertz)
    for axes, name in zip(rows[:, 0], ("samples", "spectrogram\nhertz", "what counts\nhertz"), strict=True):
        axes.set_ylabel(name)
    for axes in rows[2]:
        axes.set_xlabel("seconds")
    lesson.save(figure, "spoken_digits_sounds")


def tell_results(lesson: Lesson, recordings: list[SpokenDigit], said: np.ndarray) -> None:
    """Print how many of each speaker's are recognised, and what was misheard."""
    right = np.array([recording.digit for recording in recordings]) == said
    speakers = np.array([recording.speaker for recording in recordings])
    parts = {speaker: right[speakers == speaker] for speaker in np.unique(speakers)} | {"all": right}
    rows = [(name, len(part), int(part.sum()), f"{part.mean():.1%}") for name, part in parts.items()]
    lesson.table(["speaker", "recordings", "right", "share"], rows)
    for number in np.flatnonzero(~right):
        print(f"A {recordings[number].digit} of {recordings[number].speaker} was taken for a {said[number]}.")


def main(arguments: list[str] | None = None) -> dict[str, float]:
    lesson = begin(__doc__, arguments)
    most, epochs = (30, 14) if lesson.quick else (50, 20)
    recordings = load_spoken_digits(lesson.data("fsdd") / "fsdd-recordings.tar.gz")
    test = [recording for recording in recordings if recording.index < 5]
    validation = [recording for recording in recordings if 5 <= recording.index < 10]
    training = [recording for recording in recordings if 10 <= recording.index < most]

    model, history = train(training, validation, epochs)
    lesson.save(visualize.plot_history(history), "spoken_digits_training")
    pictures, digits = pictures_and_digits(test)
    said = model.predict(pictures).argmax(axis=1)
    tell_results(lesson, test, said)
    stranger = accuracy_on_a_stranger("george", test, validation, training, epochs)
    print(f"\nOf a voice that was left out of the training, {stranger:.1%} are recognised.\n")
    jackson = [each for each in test if each.speaker == "jackson" and each.index == 0]
    draw_sounds(lesson, model, [jackson[digit] for digit in (3, 6, 7, 9)])
    matrix = visualize.confusion_matrix(digits, said, 10)
    title = f"{len(test)} recordings not trained with"
    lesson.save(visualize.plot_confusion_matrix(matrix, title=title), "spoken_digits_confusion")
    return {"recordings": len(test), "accuracy": float(np.mean(said == digits)), "stranger": stranger}


if __name__ == "__main__":
    main()
