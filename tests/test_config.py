import platform

import numpy as np
import pytest

import nativecnn
from nativecnn._kernels import _build_config, runtime


def test_dict_and_table_tell_the_same(capsys):
    config = nativecnn.show_config("dict")
    assert capsys.readouterr().out == ""
    assert nativecnn.show_config() is None
    table = capsys.readouterr().out
    for fact in (config["nativecnn"], config["numpy"], config["compiler"], config["instruction_sets"]["in_use"]):
        assert fact in table
    assert f"{config['threads']['number']} ({config['threads']['source']})" in table


def test_facts_are_this_process_s():
    config = nativecnn.show_config("dict")
    assert config["nativecnn"] == nativecnn.__version__
    assert config["python"].endswith(platform.python_version())
    assert config["numpy"] == np.__version__


def test_instruction_sets_agree_with_the_build():
    sets = nativecnn.show_config("dict")["instruction_sets"]
    assert set(sets["built"]) == set(_build_config.instruction_sets)
    assert "generic" in sets["supported"]
    assert set(sets["supported"]) <= set(sets["built"])
    assert sets["in_use"] in sets["supported"]
    assert not set(sets["left_out"]) & set(sets["built"])


def test_threads_are_shown_where_they_were_built_in(capsys):
    nativecnn.show_config()
    serial = "serial build" in capsys.readouterr().out
    assert serial == (runtime.threads_library() is None) == (_build_config.threads_flags is None)


def test_contraction_is_switched_off_last():
    flags = nativecnn.show_config("dict")["compile_flags"]
    assert "-ffp-contract=off" in flags or "/fp:precise" in flags
    assert not {"-ffast-math", "-Ofast", "-march=native"} & set(flags)


def test_unknown_mode_is_refused():
    with pytest.raises(ValueError, match='expected mode "stdout" or "dict", got \'json\''):
        nativecnn.show_config("json")
