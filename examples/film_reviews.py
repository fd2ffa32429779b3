"""Film reviews: text as a picture, and a ConvNet that tells praise from blame.

A sentence is a picture: a row for each word that there is, a column for each position. An embedding makes some learned
numbers of the rows; convolutions along the positions find phrases of three, four and five words, and of each phrase the
best match in the sentence counts (max-over-time pooling). The pictures show a sentence, the network, its training, and
how votes arise, by leaving out words; a table has the phrases that excite the most decided filters.

After Yoon Kim, "Convolutional neural networks for sentence classification", 2014 (there 76.1 % by a larger network).
Data: Bo Pang and Lillian Lee, "Seeing stars", 2005.
"""

from typing import NamedTuple

import numpy as np

import nativecnn
from lesson import Lesson, begin
from nativecnn import layers, visualize
from nativecnn.data import pad_sequences
from nativecnn.datasets import load_film_reviews
from nativecnn.random import Stream

LENGTH = 59  # words of the longest sentence
FEATURES = 128  # learned numbers that stand for a word
WIDTHS, FILTERS = (3, 4, 5), 100  # words in a phrase, and phrases of each width
NO_WORD = 0  # nor one that did not occur in training


class Reviews(NamedTuple):
    """Sentences, their words' numbers (sentences, LENGTH), and what they are: 1 praise, 0 blame."""

    sentences: list[str]
    numbers: np.ndarray
    labels: np.ndarray


def read_reviews(lesson: Lesson) -> tuple[Reviews, ...]:
    """Return those to train with, whose words get numbers from 1 on, and a tenth that is held out."""
    sentences, labels = load_film_reviews(lesson.data("mr"))
    order = Stream(lesson.seed, "film reviews").permutation(len(sentences))
    sentences, labels = [sentences[number] for number in order], labels[order]
    tenth = len(sentences) // 10
    held_out, training = slice(tenth), slice(tenth, 4 * tenth if lesson.quick else None)
    words = sorted({word for sentence in sentences[training] for word in sentence.split()})
    vocabulary = {word: number for number, word in enumerate(words, start=NO_WORD + 1)}
    numbers = [[vocabulary.get(word, NO_WORD) for word in sentence.split()] for sentence in sentences]
    numbers = pad_sequences(numbers, LENGTH, padding="post", value=NO_WORD)
    return tuple(Reviews(sentences[part], numbers[part], labels[part]) for part in (training, held_out))


def network(words: int) -> nativecnn.Model:
    """Return Kim's network: one vote, from 0 (blame) to 1 (praise)."""
    sentence = nativecnn.Input((LENGTH,))
    embedded = layers.Dropout(0.5)(layers.Embedding(words + 1, FEATURES, name="embedding")(sentence))
    phrases = [layers.Conv1D(FILTERS, n, activation="relu", name=f"phrases_of_{n}")(embedded) for n in WIDTHS]
    best = [layers.GlobalMaxPooling1D()(of_width) for of_width in phrases]
    together = layers.Dropout(0.5)(layers.Concatenate()(best))
    model = nativecnn.Model(sentence, layers.Dense(1, activation="sigmoid", name="vote")(together))
    model.compile(nativecnn.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def train(lesson: Lesson, reviews: Reviews) -> nativecnn.Model:
    """Find with a ninth put aside for how many epochs to train; then train a new network with all sentences."""
    early = nativecnn.callbacks.EarlyStopping("val_accuracy", patience=2)
    x, y, words = reviews.numbers, reviews.labels, int(reviews.numbers.max())
    history = network(words).fit(x, y, batch_size=50, epochs=8, verbose=0, validation_split=1 / 9, callbacks=[early])
    lesson.save(visualize.plot_history(history), "film_reviews_training")
    model = network(words)
    model.fit(x, y, batch_size=50, epochs=early.best_epoch + 1, verbose=0)
    print(f"Trained with {len(x)} sentences of {words} different words for {early.best_epoch + 1} epochs.")
    return model


def draw_sentence(lesson: Lesson, model: nativecnn.Model, reviews: Reviews) -> None:
    """Draw a short sentence in which a word repeats: as words by positions, and after the embedding."""
    _, number = max((s.split().count("a"), n) for n, s in enumerate(reviews.sentences) if len(s) < 80)
    words = reviews.sentences[number].split()
    rows = list(dict.fromkeys(words))  # each word once
    embedded = model.get_layer("embedding").weights["embeddings"][reviews.numbers[number, : len(words)]].T
    most = np.abs(embedded).max()
    figure = visualize.new_figure(8.0, 5.5)
    above, below = figure.subplots(2, 1, sharex=True)
    above.imshow([[row == word for word in words] for row in rows], "Greys", aspect="auto")
    above.set_yticks(range(len(rows)), rows, fontsize=9)
    above.set_title("a row for each word, a column for each position", fontsize=10)
    below.imshow(embedded, visualize.SIGNED, vmin=-most, vmax=most, aspect="auto", interpolation="nearest")
    below.set_title(f"after the embedding: {FEATURES} learned numbers for each word", fontsize=10)
    below.set_xticks(range(len(words)), words, fontsize=9, rotation=45)
    lesson.save(figure, "film_reviews_sentence")


def tell_phrases(lesson: Lesson, model: nativecnn.Model, reviews: Reviews) -> dict[str, float]:
    """Print what excites the most decided filter of each width and kind; return the share of praise in its top 20."""
    votes = model.get_layer("vote").weights["kernel"].reshape(len(WIDTHS), FILTERS)
    rows, found = [], {"praise": [], "blame": []}
    for width, of_width in zip(WIDTHS, votes, strict=True):
        filters = nativecnn.Model(model.input, model.get_layer(f"phrases_of_{width}").output)
        matches = filters.predict(reviews.numbers)  # (sentences, positions, filters)
        for kind, chosen in (("praise", of_width.argmax()), ("blame", of_width.argmin())):
            strongest = np.argsort(-matches[:, :, chosen].max(axis=1))[:20]
            found[kind].extend(reviews.labels[strongest])
            for number in strongest[:3]:
                first = matches[number, :, chosen].argmax()
                phrase = " ".join(reviews.sentences[number].split()[first : first + width])
                rows.append([phrase, of_width[chosen], matches[number, first, chosen]])
    lesson.table(["phrase", "its filter's vote", "match"], rows)
    return {kind: float(np.mean(labels)) for kind, labels in found.items()}


def leave_out_words(model: nativecnn.Model, numbers: np.ndarray, count: int) -> np.ndarray:
    """Return by how much the vote falls when the first, the second, … of so many words is left out."""
    without = np.where(np.eye(count, LENGTH), NO_WORD, numbers)
    return (model.predict(numbers[np.newaxis]) - model.predict(without))[:, 0]


def draw_votes(lesson: Lesson, model: nativecnn.Model, reviews: Reviews) -> None:
    """Draw how votes arise from words: of praise, of blame, and of a misjudged sentence, where words matter most."""
    votes, labels = model.predict(reviews.numbers)[:, 0], reviews.labels
    words = [sentence.split() for sentence in reviews.sentences]
    falls = {n: leave_out_words(model, reviews.numbers[n], len(w)) for n, w in enumerate(words) if 8 <= len(w) <= 14}
    right = (votes > 0.5) == labels
    figure = visualize.new_figure(8.0, 3.6)
    groups = {"praise": right & (labels == 1), "blame": right & (labels == 0), "misjudged": ~right}
    for axes, (name, group) in zip(figure.subplots(1, 3, sharex=True), groups.items(), strict=True):
        number = max((n for n in falls if group[n]), key=lambda n: np.ptp(falls[n]))
        colours = np.where(falls[number] > 0, *visualize.COLOURS[:2])
        axes.barh(range(len(words[number])), falls[number], color=colours, tick_label=words[number])
        axes.invert_yaxis()
        axes.set_title(f"{name}, vote {votes[number]:.2f}", fontsize=10)
    figure.supxlabel("by how much the vote for praise falls without the word", fontsize=9)
    lesson.save(figure, "film_reviews_votes")


def main(arguments: list[str] | None = None) -> dict[str, float]:
    lesson = begin(__doc__, arguments)
    training, held_out = read_reviews(lesson)
    model = train(lesson, training)
    _, accuracy = model.evaluate(held_out.numbers, held_out.labels, verbose=0)
    print(f"Of {len(held_out.labels)} others, {accuracy:.1%} are judged rightly.\n")
    nativecnn.plot_model(model, lesson.out / "film_reviews_network.png")
    shares = tell_phrases(lesson, model, held_out)
    lesson.table(["sentences that excite filters for", "are praise"], [[k, f"{v:.0%}"] for k, v in shares.items()])
    draw_sentence(lesson, model, training)
    draw_votes(lesson, model, held_out)
    return {"accuracy": accuracy, "held out": len(held_out.labels)} | shares


if __name__ == "__main__":
    main()
