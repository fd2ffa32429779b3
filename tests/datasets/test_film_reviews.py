import numpy as np
import pytest

from nativecnn.datasets import load_film_reviews
from nativecnn.formats import DataFileError
from support.data import real_data


def write_reviews(folder, positive=b"a joy . \ncaf\xc3\xa9\n", negative=b"dull\xc2\x85 and long"):
    (folder / "rt-polarity.pos").write_bytes(positive)
    (folder / "rt-polarity.neg").write_bytes(negative)


def test_sentences_and_labels_are_in_the_order_of_the_files(tmp_path):
    write_reviews(tmp_path)
    sentences, labels = load_film_reviews(tmp_path)
    assert sentences == ["a joy .", "café", "dull\x85 and long"]
    assert labels.dtype == np.int64 and labels.tolist() == [1, 1, 0]


def test_other_encodings_are_read_when_asked_for(tmp_path):
    write_reviews(tmp_path, positive="café\r\nnaïve".encode("latin-1"), negative=b"dull")
    with pytest.raises(DataFileError, match=r"rt-polarity.pos: expected text in the encoding utf-8, got .*byte 0xe9"):
        load_film_reviews(tmp_path)
    assert load_film_reviews(tmp_path, encoding="latin-1")[0] == ["café", "naïve", "dull"]


def test_a_missing_file_is_named(tmp_path):
    write_reviews(tmp_path)
    (tmp_path / "rt-polarity.neg").unlink()
    with pytest.raises(FileNotFoundError, match="expected a file named rt-polarity.neg, got none"):
        load_film_reviews(tmp_path)
    with pytest.raises(FileNotFoundError, match="none: expected a folder .*, got no such folder"):
        load_film_reviews(tmp_path / "none")


@pytest.mark.parametrize(("content", "line"), [(b"", 1), (b"good\n\nbad\n", 2), (b"good\n \n", 2)])
def test_a_line_without_a_sentence_is_refused(tmp_path, content, line):
    write_reviews(tmp_path, negative=content)
    with pytest.raises(DataFileError, match=f"rt-polarity.neg: expected a sentence on line {line}, got none"):
        load_film_reviews(tmp_path)


def test_a_file_far_too_large_is_refused(tmp_path):
    write_reviews(tmp_path)
    with open(tmp_path / "rt-polarity.pos", "wb") as file:
        file.truncate(1 << 27)
    with pytest.raises(DataFileError, match="expected a file of at most"):
        load_film_reviews(tmp_path)


def test_the_reviews_themselves():
    sentences, labels = load_film_reviews(real_data("mr"))
    assert len(sentences) == 10662 and np.bincount(labels).tolist() == [5331, 5331]
    lengths = [len(sentence.split()) for sentence in sentences]
    assert max(lengths) == 59 and round(np.mean(lengths)) == 21
    assert sentences[2] == "effective but too-tepid biopic" and sentences[5331] == "simplistic , silly and tedious ."
