import os
import stat

import pytest

from nativecnn.formats.replacing import open_replacing


def test_file_appears_whole_and_alone(tmp_path):
    path = tmp_path / "file"
    with open_replacing(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OSError])
def test_failure_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(error), open_replacing(path) as file:
        file.write(b"half of the new")
        raise error("on the way")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_failure_of_the_last_steps_leaves_the_old_file(tmp_path, monkeypatch, step):
    def fail(*arguments):
        raise OSError(28, "no space left on device")

    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="no space"), open_replacing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_content_is_flushed_to_the_disk_before_the_rename(tmp_path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (steps.append("fsync"), fsync(descriptor)))
    monkeypatch.setattr(os, "replace", lambda *paths: (steps.append("replace"), replace(*paths)))
    with open_replacing(tmp_path / "file") as file:
        file.write(b"new")
    assert steps[:2] == ["fsync", "replace"]


@pytest.mark.skipif(os.name != "posix", reason="permission bits are those of POSIX")
def test_permissions_follow_the_umask_and_the_replaced_file(tmp_path):
    path = tmp_path / "file"
    old_umask = os.umask(0o027)
    try:
        with open_replacing(path):
            pass
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        with open_replacing(path):
            pass
        assert stat.S_IMODE(path.stat().st_mode) == 0o604
    finally:
        os.umask(old_umask)


@pytest.mark.skipif(os.name != "posix", reason="symbolic links may need a privilege elsewhere")
def test_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder/file")
    with open_replacing(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "file").read_bytes() == b"new"


def test_missing_folder_is_named(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match="existing folder.*missing"),
        open_replacing(tmp_path / "missing" / "f"),
    ):
        pass


def test_folder_in_the_files_place_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match="got a folder"), open_replacing(tmp_path / "folder"):
        pass


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="the system has no /dev/null")
def test_device_is_never_replaced():
    with pytest.raises(OSError, match="device or pipe"), open_replacing("/dev/null"):
        pass
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
