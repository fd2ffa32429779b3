"""What a model's summary prints."""

from nativecnn import Input, Model, Sequential, layers


def lines_of(model, **settings):
    lines = []
    assert model.summary(print_fn=lines.append, **settings) is None
    return lines


def test_a_chain():
    model = Sequential(
        [
            layers.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1), trainable=False),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(5, activation="softmax"),
        ]
    )
    assert model.multiply_adds() == 6 * 6 * 3 * 3 * 4 + 36 * 5
    assert lines_of(model) == [
        "sequential: input (samples, 8, 8, 1)",
        "-" * 88,
        "layer                         output shape  parameters  multiply-adds  memory  algorithm",
        "-" * 88,
        "conv2d (Conv2D)               (6, 6, 4)             40          1,296   576 B  direct",
        "max_pooling2d (MaxPooling2D)  (3, 3, 4)              0              0   144 B",
        "flatten (Flatten)             (36,)                  0              0   144 B",
        "dense (Dense)                 (5,)                 185            180    20 B",
        "-" * 88,
        "total                                              225          1,476",
        "-" * 88,
        "not trainable: 40 of the parameters",
        "memory: 900 B for the weights, 832 B to predict one sample",
    ]


def test_algorithms():
    model = Sequential(
        [layers.Conv2D(2, 3, algorithm="winograd", input_shape=(9, 9, 1)), layers.Conv2D(2, 3, algorithm="direct")]
    )
    lines = lines_of(model)
    assert lines[4].endswith("882   392 B  winograd_4x4")
    assert lines[5].endswith("900   200 B  direct")


def test_branches_say_what_they_take_and_shared_layers_count_once():
    x, shared = Input((4,), name="x"), layers.Dense(4, name="shared")
    y = shared(shared(x))
    lines = lines_of(Model(x, [y, layers.ReLU()(x)]))
    assert [line.split()[-1] for line in lines[4:7]] == ["x", "shared", "x"]
    assert "shared" in lines[5].split()[3] and lines[-3].split()[:3] == ["total", "20", "32"]


def test_models_within():
    x = Input((3,))
    part = Sequential([layers.Dense(2, input_shape=(3,)), layers.ReLU()], name="part")
    model = Model(x, layers.Dense(1)(part(x)))
    assert [line.split()[0] for line in lines_of(model)[4:-4]] == ["part", "dense"]
    assert [line.split()[0] for line in lines_of(model, expand_nested=True)[4:-4]] == ["part", "dense", "relu", "dense"]
    assert model.multiply_adds() == 3 * 2 + 2
    assert lines_of(model)[4].split() == ["part", "(Sequential)", "(2,)", "8", "6", "8", "B"]
