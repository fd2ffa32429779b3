import gzip
import io
import os
import struct
import tarfile

import numpy as np
import pytest

from nativecnn.datasets import load_spoken_digits
from nativecnn.formats import DataFileError
from support.data import real_data
from support.recordings import write_recording

NAMES = ["9_theo_0.wav", "3_theo_10.wav", "3_theo_2.wav", "3_jackson_2.wav"]
SORTED = [(3, "jackson", 2), (3, "theo", 2), (3, "theo", 10), (9, "theo", 0)]
SAMPLES = {name: np.array([-32768, 0, 16384, 32767, place]) for place, name in enumerate(NAMES)}


def recording(samples, **form):
    file = io.BytesIO()
    write_recording(file, samples, **form)
    return file.getvalue()


def plain_files():
    return {f"recordings/{name}": recording(samples) for name, samples in SAMPLES.items()}


def member(name, content=b"", **attributes):
    information = tarfile.TarInfo(name)
    information.size = len(content)
    for key, value in attributes.items():
        setattr(information, key, value)
    return information, content


def archived(members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for information, content in members:
            archive.addfile(information, io.BytesIO(content))
    return file.getvalue()


def write_archive(folder, *extra, files=None):
    members = [member(name, content) for name, content in (plain_files() if files is None else files).items()]
    path = folder / "recordings.tar.gz"
    path.write_bytes(gzip.compress(archived([*members, *extra])))
    return path


def check(recordings):
    assert [tuple(recording[1:]) for recording in recordings] == SORTED
    for recording in recordings:
        place = NAMES.index(f"{recording.digit}_{recording.speaker}_{recording.index}.wav")
        assert recording.samples.dtype == np.float32
        assert recording.samples.tolist() == [-1, 0, 0.5, 32767 / 32768, place / 32768]


def test_an_archive_is_read_in_an_order_of_its_own(tmp_path):
    check(load_spoken_digits(write_archive(tmp_path)))
    other = [
        member("recordings", type=tarfile.DIRTYPE),
        member("README.md", b"text"),
        member("link", type=tarfile.SYMTYPE),
    ]
    check(load_spoken_digits(write_archive(tmp_path, *other)))
    check(load_spoken_digits(str(write_archive(tmp_path, files=dict(reversed(plain_files().items()))))))
    assert os.listdir(tmp_path) == ["recordings.tar.gz"]


def test_a_folder_is_read_as_well(tmp_path):
    for name, samples in SAMPLES.items():
        write_recording(tmp_path / name, samples)
    (tmp_path / "README.md").write_text("text")
    check(load_spoken_digits(tmp_path))


def test_a_folder_or_archive_without_recordings_is_refused(tmp_path):
    with pytest.raises(DataFileError, match=r"expected recordings named \{digit\}_\{speaker\}_\{index\}.wav, got none"):
        load_spoken_digits(tmp_path)
    with pytest.raises(DataFileError, match="expected recordings named"):
        load_spoken_digits(write_archive(tmp_path, files={"README.md": b"text"}))
    with pytest.raises(FileNotFoundError):
        load_spoken_digits(tmp_path / "none")


@pytest.mark.parametrize(
    "name", ["10_theo_0.wav", "x_theo_0.wav", "1_theo.wav", "1_theo_-1.wav", "1_th eo_0.wav", "١_theo_0.wav", ".wav"]
)
def test_names_are_taken_literally(tmp_path, name):
    with pytest.raises(DataFileError, match=r"\.wav: expected the name \{digit\}_"):
        load_spoken_digits(write_archive(tmp_path, member(name, recording([1]))))


def test_names_that_lead_out_of_the_archive_are_names_only(tmp_path):
    recordings = load_spoken_digits(write_archive(tmp_path, member("../../0_theo_0.wav", recording([1]))))
    assert recordings[0].digit == 0 and os.listdir(tmp_path) == ["recordings.tar.gz"]


def test_a_recording_that_comes_twice_is_refused(tmp_path):
    with pytest.raises(DataFileError, match="other/3_theo_2.wav: expected each recording once, got it twice"):
        load_spoken_digits(write_archive(tmp_path, member("other/3_theo_2.wav", recording([1]))))
    with pytest.raises(DataFileError, match="once, got it twice"):
        load_spoken_digits(write_archive(tmp_path, member("3_theo_002.wav", recording([1]))))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE])
def test_only_plain_files_are_read(tmp_path, kind):
    link = member("5_theo_0.wav", type=kind, linkname="recordings/9_theo_0.wav")
    with pytest.raises(DataFileError, match="5_theo_0.wav: expected a plain file, got a link"):
        load_spoken_digits(write_archive(tmp_path, link))


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "5_theo_0.wav")
    with pytest.raises(DataFileError, match="5_theo_0.wav: expected a plain file, got something else"):
        load_spoken_digits(tmp_path)
    with pytest.raises(DataFileError, match="expected an archive or a folder, got something else"):
        load_spoken_digits(tmp_path / "5_theo_0.wav")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (recording([1, 2], channels=2), "expected one channel of 16 bits at 8000 Hz, got 2 of 16 at 8000 Hz"),
        (recording([1, 2], width=1), "got 1 of 8 at 8000 Hz"),
        (recording([1], rate=44100), "got 1 of 16 at 44100 Hz"),
        (recording([]), "expected 1 samples, got 0"),
        (recording([1, 2, 3])[:-2], "expected 3 samples, got 2"),
        (recording([1, 2, 3])[:30], "expected a WAV file, got a broken one"),
        (b"", "expected a WAV file, got a broken one"),
        (b"MP3 or whatever", "expected a WAV file, got a broken one"),
    ],
)
def test_recordings_of_another_form_are_refused(tmp_path, content, message):
    with pytest.raises(DataFileError, match=f"5_theo_0.wav: .*{message}"):
        load_spoken_digits(write_archive(tmp_path, member("5_theo_0.wav", content)))


def test_a_wav_header_that_claims_more_than_there_is_takes_no_memory(tmp_path):
    claiming = bytearray(recording([1, 2, 3]))
    struct.pack_into("<I", claiming, claiming.index(b"data") + 4, 0xFFFFFFF0)
    with pytest.raises(DataFileError, match="5_theo_0.wav: expected"):
        load_spoken_digits(write_archive(tmp_path, member("5_theo_0.wav", bytes(claiming))))


def test_sizes_are_bounded(tmp_path):
    large = recording(np.zeros(1 << 20))
    with pytest.raises(DataFileError, match="5_theo_0.wav: expected a recording of at most 1048576 bytes, got 2097196"):
        load_spoken_digits(write_archive(tmp_path, member("5_theo_0.wav", large)))
    (tmp_path / "5_theo_0.wav").write_bytes(large)
    with pytest.raises(DataFileError, match="5_theo_0.wav: expected a recording of at most"):
        load_spoken_digits(tmp_path)


def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path):
    path = tmp_path / "bomb.tar.gz"
    million = gzip.compress(bytes(1 << 20))
    path.write_bytes(million * 300)
    with pytest.raises(DataFileError, match="expected at most 268435456 bytes unpacked, got more"):
        load_spoken_digits(path)


def test_an_archive_of_far_more_files_is_refused(tmp_path):
    header = archived([member("README.md")])[:512]
    path = tmp_path / "many.tar.gz"
    path.write_bytes(gzip.compress(header * 100_001 + bytes(1024), 1))
    with pytest.raises(DataFileError, match="expected at most 100000 files, got more"):
        load_spoken_digits(path)


def test_every_cut_of_an_archive_is_refused(tmp_path):
    path = write_archive(tmp_path)
    packed, plain = path.read_bytes(), gzip.decompress(path.read_bytes())
    for length in range(0, len(packed), 7):
        path.write_bytes(packed[:length])
        with pytest.raises(DataFileError, match=r"recordings\.tar\.gz: expected"):
            load_spoken_digits(path)
    end = len(plain.rstrip(b"\0"))
    for length in range(0, end, 61):
        path.write_bytes(gzip.compress(plain[:length]))
        with pytest.raises(DataFileError, match=r"recordings\.tar\.gz.*: expected"):
            load_spoken_digits(path)


def test_a_header_broken_in_the_middle_is_not_the_end(tmp_path):
    path = write_archive(tmp_path)
    plain = bytearray(gzip.decompress(path.read_bytes()))
    plain[plain.index(b"recordings/3_theo_2.wav") + 150] ^= 1  # within the header's checksum
    path.write_bytes(gzip.compress(plain))
    with pytest.raises(DataFileError, match="expected a whole tar archive, got one that is broken after"):
        load_spoken_digits(path)


def test_noise_is_refused_or_read(tmp_path):
    path = write_archive(tmp_path)
    plain = gzip.decompress(path.read_bytes())
    rng = np.random.default_rng(0)
    for _ in range(300):
        noisy = bytearray(plain)
        for place in rng.integers(0, len(noisy), 3):
            noisy[place] = rng.integers(256)
        path.write_bytes(gzip.compress(noisy, 1))
        try:
            recordings = load_spoken_digits(path)
        except DataFileError:
            continue
        assert len(recordings) > 0


def test_the_recordings_themselves():
    recordings = load_spoken_digits(real_data("fsdd") / "fsdd-recordings.tar.gz")
    assert len(recordings) == 3000 and sum(recording.index < 5 for recording in recordings) == 300
    speakers = {recording.speaker for recording in recordings}
    assert speakers == {"george", "jackson", "lucas", "nicolas", "theo", "yweweler"}
    assert np.bincount([recording.digit for recording in recordings]).tolist() == [300] * 10
    seconds = np.array([len(recording.samples) for recording in recordings]) / 8000
    assert seconds.min().round(2) == 0.14 and seconds.max().round(2) == 2.28
    assert all(np.abs(recording.samples).max() <= 1 for recording in recordings)
