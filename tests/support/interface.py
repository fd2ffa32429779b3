"""The public interface: all its names, and for each that computes a call whose results show how it was rounded."""

import inspect
import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np

import nativecnn
from nativecnn import (
    Sequential,
    callbacks,
    data,
    formats,
    initializers,
    layers,
    losses,
    metrics,
    ops,
    optimizers,
    random,
    regularizers,
    visualize,
)
from nativecnn.formats import images
from nativecnn.formats.idx import write_idx
from nativecnn.ops.backend import kernels

from .activations import ACTIVATIONS
from .recordings import write_recording

SUBNORMAL, RATE = np.float32(1e-40), np.float32(0.07)

# What each name gives, made ready by a function of a folder for files: then it is a function without arguments.
CALLS: dict[str, Callable[[Path], Callable[[], object]]] = {}

_OPTIMIZERS = [
    getattr(optimizers, name) for name in ("SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Nadam", "RMSprop")
]
_SCHEDULES = [
    optimizers.schedules.CosineDecay,
    optimizers.schedules.CosineDecayRestarts,
    optimizers.schedules.ExponentialDecay,
    optimizers.schedules.InverseTimeDecay,
    optimizers.schedules.PiecewiseConstantDecay,
    optimizers.schedules.PolynomialDecay,
]
_REGULARIZERS = [regularizers.L1, regularizers.L2, regularizers.L1L2]

_INITIALIZERS = [getattr(initializers, name) for name in initializers.__all__ if name not in ("Initializer", "get")]

# Without floating-point arithmetic: whole numbers, texts, bytes, references to objects.
WITHOUT_ARITHMETIC = {
    *("nativecnn.backend_name", "nativecnn.get_num_threads", "nativecnn.set_num_threads", "nativecnn.threads"),
    *("nativecnn.set_random_seed", "nativecnn.show_config", "use_backend.__init__"),
    *("datasets.load_film_reviews",),
    *("formats.read_idx", "formats.write_idx", "formats.read_safetensors", "formats.write_safetensors"),
    *("random.random_seed", "random.next_model_key", "random.temporary_seed", "Stream.__init__"),
    *("Model.__init__", "Model.save", "Model.load", "Model.save_weights", "Model.load_weights", "Model.compile"),
    *("Model.layers", "Model.built", "Model.get_config", "Model.from_config", "Model.graph", "Model.input_shape"),
    *("Model.count_params", "Model.summary", "Model.weights", "Model.trainable_weights", "Model.get_weights"),
    "Model.build",
    *(
        "Model.input",
        "Model.inputs",
        "Model.output",
        "Model.outputs",
        "Model.label",
        "Model.get_layer",
        "Model.trainable",
    ),
    *("Model.__call__", "Model.declared_input_shape", "nativecnn.Input", "nativecnn.plot_model"),
    *("Sequential.layers", "Sequential.pop", "Sequential.get_config"),
    *("Functional.layers", "Functional.build", "Functional.get_config", "Functional.part_of"),
    *(
        "Layer.__call__",
        "Layer.input",
        "Layer.output",
        "Layer.__init__",
        "Layer.label",
        "Layer.get_config",
        "Layer.from_config",
        "Layer.built",
        "Layer.get_weights",
    ),
    *(
        "Layer.trainable_weights",
        "Layer.count_params",
    ),
    *("BatchNormalization.__init__", "BatchNormalization.get_config", "BatchNormalization.input_gradient_reads"),
    *("Dropout.__init__", "Dropout.get_config", "LayerNormalization.__init__", "LayerNormalization.get_config"),
    *("LocalResponseNormalization.__init__", "LocalResponseNormalization.get_config"),
    *("Activation.__init__", "Activation.get_config", "Conv2D.__init__", "Conv2D.get_config", "InputLayer.__init__"),
    *("Embedding.__init__", "Embedding.get_config", "UpSampling2D.__init__", "UpSampling2D.get_config"),
    *("Concatenate.__init__", "Concatenate.get_config", "Reshape.__init__", "Reshape.get_config"),
    *("Permute.__init__", "Permute.get_config", "RepeatVector.__init__", "RepeatVector.get_config"),
    *(f"{kind}{axes}D.__init__" for kind in ("ZeroPadding", "Cropping") for axes in (1, 2, 3)),
    *("Conv2DTranspose.__init__", "Conv2DTranspose.get_config", "DepthwiseConv2D.__init__"),
    *("SeparableConv2D.__init__", "SeparableConv2D.get_config"),
    *("Convolution2D.__init__", "Dense.__init__", "Dense.get_config", "BackwardStep.__init__", "ForwardStep.__init__"),
    *("Weights.__init__", "Weights.__getitem__", "Weights.checked", "Weights.add", "Weights.writable"),
    *("Weights.begin_change", "Weights.kept", "ForwardStep.relu"),
    *("Loss.__init__", "Loss.get_config", "Huber.get_config", "TargetRows.__init__", "losses.get"),
    *("Objective.__init__",),
    *("Metric.__init__", "FunctionMetric.__init__", "metrics.check_names", "metrics.configuration", "metrics.get"),
    *("Metric.get_config", "BinaryAccuracy.get_config", "TopKCategoricalAccuracy.__init__"),
    *("TopKCategoricalAccuracy.get_config",),
    *("CountingMetric.count_of_counts", "Precision.count_of_counts", "F1Score.count_of_counts", "AUC.count_of_counts"),
    *("Precision.get_config", "F1Score.get_config", "AUC.get_config"),
    *("Sequence.__init__", "Sequence.__getitem__", "LearningRateScheduler.__init__", "CSVLogger.__init__"),
    *("LambdaCallback.__init__", "RandomFlip.__init__", "RandomCrop.__init__"),
    *("LambdaCallback.__init__",),
    *("OptimizerState.__init__", "Optimizer.needs_whole_gradients", "Optimizer.needs_all_gradients"),
    *(
        f"{cls.__name__}.{name}"
        for cls in (*_OPTIMIZERS, *_SCHEDULES, *_REGULARIZERS)
        for name in ("get_config", "slot_names")
        if name in vars(cls)
    ),
    *(
        "Optimizer.get_config",
        "Adagrad.initial_slot_value",
        "LearningRateSchedule.__call__",
        "LearningRateSchedule.get_config",
    ),
    *("PiecewiseConstantDecay.__call__", "Regularizer.get_config", "Layer.add_regularizer"),
    *("Initializer.__call__", "Initializer.get_config"),
    *(f"{cls.__name__}.get_config" for cls in _INITIALIZERS if "get_config" in vars(cls)),
    *("Zeros.__call__", "Ones.__call__"),
    *("Optimizer.slot_names", "CallbackList.__init__", "ModelCheckpoint.__init__"),
    *("visualize.new_figure", "visualize.confusion_matrix"),
}

WITHOUT_ARITHMETIC |= {
    *("ReLU.get_config", "LeakyReLU.get_config", "ELU.get_config", "GELU.__init__", "GELU.get_config"),
    *("PReLU.__init__", "PReLU.get_config"),
}

# What layers, losses, metrics, optimizers and callbacks have for models, which call it under the contract's state.
CALLED_BY_MODELS = {
    *("passes_gradient", "check_input"),
    *("prepare_forward", "prepare_backward", "parts", "gradient_pieces", "compute_output_shape"),
    *("saved_arrays", "prepare_state_update", "prepare_scale_and_shift"),
    *("weight_specifications", "multiply_adds", "chosen_algorithm", "computes_nothing"),
    *("check_output", "check_targets", "target_shape", "prepare_targets", "total"),
    *("check_shapes", "prepare", "accumulate", "result", "check_sums"),
    *("begin_step", "step_size_after", "new_slots", "slots", "prepare_step", "prepare_update", "prepare_updates"),
    *("penalty",),
    *("set_model", "set_params", "on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end"),
    *("on_train_batch_begin", "on_train_batch_end", "on_test_begin", "on_test_end", "on_test_batch_begin"),
    *("on_test_batch_end", "on_predict_begin", "on_predict_end", "on_predict_batch_begin", "on_predict_batch_end"),
    *("in_epoch", "state", "set_state", "output_shape", "apply"),
}


def public_names():
    """Return the public functions as "module.name", the classes' public methods and properties as "Class.name"."""
    names = set()
    modules = {"nativecnn": nativecnn, "images": images, "formats": formats, "random": random}
    modules |= {"schedules": optimizers.schedules, "visualize": visualize}
    modules |= {name: value for name in nativecnn.__all__ if inspect.ismodule(value := getattr(nativecnn, name))}
    for module_name, module in modules.items():
        for name in getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]:
            value = getattr(module, name)
            if not _is_ours(value, module):
                continue
            if inspect.isclass(value):
                names |= {f"{value.__name__}.{method}" for method in vars(value) if _is_public(value, method)}
            elif module_name == "visualize" and name.startswith("plot_"):
                continue  # figures of matplotlib, which computes as it likes
            elif module_name == "nativecnn" or not hasattr(nativecnn, name):
                names.add(f"{module_name}.{name}")
    return names


def _is_ours(value: object, module: ModuleType) -> bool:
    origin = getattr(value, "__module__", "")
    if isinstance(value, type) and issubclass(value, Exception):
        return False
    return origin.startswith("nativecnn") if hasattr(module, "__all__") else origin == module.__name__


def _is_public(cls: type, name: str) -> bool:
    value = vars(cls)[name]
    if not (callable(value) or isinstance(value, (classmethod, staticmethod, property))) or inspect.isclass(value):
        return False
    return not name.startswith("_") or name in ("__init__", "__call__", "__getitem__", "__setitem__")


def exact(value: object) -> object:
    """Return something whose equality is that of all bits (any NaN equals any NaN)."""
    if isinstance(value, np.ndarray):
        plain = np.where(np.isnan(value), np.nan, value).astype(value.dtype) if value.dtype.kind == "f" else value
        return value.dtype.str, value.shape, plain.tobytes()
    if isinstance(value, float):
        return "nan" if math.isnan(value) else float(value).hex()
    if isinstance(value, dict):
        return {key: exact(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [exact(entry) for entry in value]
    assert isinstance(value, (str, int, type(None))), type(value)
    return value


def covers(*names):
    """Register what makes the call of names (a decorator)."""

    def register(make):
        CALLS.update(dict.fromkeys(names, make))
        return make

    return register


# Numbers: float64 that float32 has to round, many of them to subnormals, in all forms that are converted.


def wide(seed, shape):
    generator = np.random.default_rng(seed)
    return generator.standard_normal(shape) * generator.choice([1.0, 1.0, 1e-20, 1e-39, 1e-41], shape)


FORMS = {
    "float64": wide,
    "other byte order": lambda seed, shape: wide(seed, shape).astype(np.dtype(np.float64).newbyteorder()),
    "strided": lambda seed, shape: np.repeat(wide(seed, shape), 2, axis=-1)[..., ::2],
    "float32": lambda seed, shape: wide(seed, shape).astype(np.float32),
    "float16": lambda seed, shape: np.clip(wide(seed, shape) * 1e15, -2.0, 2.0).astype(np.float16),
    "int64": lambda seed, shape: (wide(seed, shape) * 2**40).astype(np.int64),
    "uint64": lambda seed, shape: (abs(wide(seed, shape)) * 2**60).astype(np.uint64),
    "lists of float32": lambda seed, shape: (
        np.array(list(wide(seed, shape).astype(np.float32).flat), object).reshape(shape).tolist()
    ),
}

_LABELS = np.array([1, 4, 0])
_OPERATIONS = {
    "conv2d": lambda a: ops.conv2d(a(1, (2, 6, 5, 3)), a(2, (3, 2, 3, 4)), a(3, (4,)), padding="same"),
    "conv2d_backward": lambda a: [
        *ops.conv2d_backward(a(1, (1, 4, 4, 3)), a(2, (1, 6, 6, 2)), a(3, (3, 3, 2, 3)), algorithm="winograd"),
        *ops.conv2d_backward(a(1, (2, 3, 3, 4)), a(2, (2, 5, 5, 4)), a(3, (3, 3, 1, 4)), groups=4),
    ],
    "conv1d": lambda a: ops.conv1d(a(1, (2, 9, 3)), a(2, (3, 3, 4)), a(3, (4,)), padding="causal", dilation_rate=2),
    "conv1d_backward": lambda a: ops.conv1d_backward(
        a(1, (2, 4, 4)), a(2, (2, 9, 6)), a(3, (3, 3, 4)), strides=2, groups=2
    ),
    "conv3d": lambda a: ops.conv3d(a(1, (2, 4, 3, 5, 3)), a(2, (3, 2, 2, 3, 4)), a(3, (4,)), padding="same"),
    "conv3d_backward": lambda a: ops.conv3d_backward(
        a(1, (2, 2, 3, 2, 4)), a(2, (2, 4, 3, 5, 6)), a(3, (1, 3, 2, 3, 4)), strides=(2, 1, 3), padding="same", groups=2
    ),
    "depthwise_conv2d": lambda a: ops.depthwise_conv2d(a(1, (2, 6, 5, 3)), a(2, (3, 2, 3, 2)), a(3, (6,))),
    "depthwise_conv2d_backward": lambda a: ops.depthwise_conv2d_backward(
        a(1, (2, 3, 3, 9)), a(2, (2, 6, 6, 9)), a(3, (3, 3, 9, 1)), strides=2, padding="same"
    ),
    "conv2d_transpose": lambda a: [
        ops.conv2d_transpose(a(1, (2, 4, 3, 4)), a(2, (3, 2, 3, 4)), a(3, (3,)), strides=2, padding="same"),
        ops.conv2d_transpose(a(4, (1, 5, 4, 2)), a(5, (3, 3, 3, 2)), algorithm="winograd"),
    ],
    "conv2d_transpose_backward": lambda a: ops.conv2d_transpose_backward(
        a(1, (2, 8, 6, 3)), a(2, (2, 4, 3, 4)), a(3, (3, 2, 3, 4)), strides=2, padding="same"
    ),
    "max_pool2d": lambda a: ops.max_pool2d(a(1, (2, 5, 5, 3)), ceil_mode=True),
    "max_pool2d_backward": lambda a: ops.max_pool2d_backward(a(1, (2, 2, 2, 3)), a(2, (2, 5, 5, 3)), strides=3),
    "average_pool2d": lambda a: ops.average_pool2d(a(1, (2, 5, 5, 3)), pool_size=3, strides=1),
    "average_pool2d_backward": lambda a: ops.average_pool2d_backward(a(1, (2, 2, 2, 3)), (7, 7), pool_size=3),
    "dense": lambda a: ops.dense(a(1, (3, 20)), a(2, (20, 5)), a(3, (5,))),
    "dense_backward": lambda a: ops.dense_backward(a(1, (3, 5)), a(2, (3, 20)), a(3, (20, 5))),
    "batch_statistics": lambda a: ops.batch_statistics(a(1, (3, 7, 5))),
    "batch_normalization": lambda a: ops.batch_normalization(
        a(1, (3, 7, 5)), a(2, (5,)), a(3, (5,), positive=True), a(4, (5,)), a(5, (5,))
    ),
    "batch_normalization_backward": lambda a: ops.batch_normalization_backward(
        a(1, (3, 7, 5)), a(2, (3, 7, 5)), a(3, (5,)), a(4, (5,), positive=True), a(5, (5,)), epsilon=RATE
    ),
    "dropout": lambda a: ops.dropout(a(1, (3, 7, 5)), 0.3, seed=1, step=2, spatial=True),
    "layer_normalization": lambda a: ops.layer_normalization(a(1, (3, 7, 5)), a(2, (5,)), a(3, (5,))),
    "layer_normalization_backward": lambda a: ops.layer_normalization_backward(
        a(1, (3, 7, 5)), a(2, (3, 7, 5)), a(3, (5,)), epsilon=RATE
    ),
    "local_response_normalization": lambda a: ops.local_response_normalization(a(1, (3, 7, 5)), beta=0.6),
    "local_response_normalization_backward": lambda a: ops.local_response_normalization_backward(
        a(1, (3, 7, 5)), a(2, (3, 7, 5)), size=3, alpha=RATE
    ),
    "softmax_crossentropy": lambda a: [
        *ops.softmax_crossentropy(a(1, (3, 5)), a(2, (3, 5), positive=True)),
        *ops.softmax_crossentropy(a(1, (3, 5)), _LABELS),
    ],
    "categorical_crossentropy": lambda a: ops.categorical_crossentropy(a(1, (3, 5), positive=True), _LABELS),
    "sigmoid_crossentropy": lambda a: [
        *ops.sigmoid_crossentropy(a(1, (3, 5)), a(2, (3, 5))),
        *ops.sigmoid_crossentropy(a(1, (3, 5)), a(2, (3, 5)), label_smoothing=0.1),
    ],
    "binary_crossentropy": lambda a: ops.binary_crossentropy(a(1, (3, 5), positive=True), a(2, (3, 5))),
    "mean_squared_error": lambda a: [
        *ops.mean_squared_error(a(1, (3, 5)), a(2, (3, 5))),
        *ops.mean_squared_error([[3e-21], [0.0], [0.0]], [[0.0], [0.0], [0.0]]),  # a subnormal mean
    ],
    "half_squared_error": lambda a: ops.half_squared_error(a(1, (3, 5)), a(2, (3, 5))),
    "add": lambda a: ops.add(a(1, (3, 5)), a(2, (3, 5)), a(3, (3, 5))),
    "subtract": lambda a: ops.subtract(a(1, (3, 5)), a(2, (3, 5))),
    "average": lambda a: ops.average(a(1, (3, 5)), a(2, (3, 5)), a(3, (3, 5))),
    "average_backward": lambda a: ops.average_backward(a(1, (3, 5)), 3),
    "multiply": lambda a: ops.multiply(a(1, (3, 5)), a(2, (3, 5)), a(3, (3, 5))),
    "multiply_backward": lambda a: [*ops.multiply_backward(a(1, (3, 5)), a(2, (3, 5)), a(3, (3, 5)))],
    "maximum": lambda a: ops.maximum(a(1, (3, 5)), a(2, (3, 5))),
    "maximum_backward": lambda a: [*ops.maximum_backward(a(1, (3, 5)), a(2, (3, 5)), a(3, (3, 5)))],
    "minimum": lambda a: ops.minimum(a(1, (3, 5)), a(2, (3, 5))),
    "minimum_backward": lambda a: [*ops.minimum_backward(a(1, (3, 5)), a(2, (3, 5)), a(3, (3, 5)))],
    "concatenate": lambda a: ops.concatenate(a(1, (3, 5)), a(2, (3, 2)), a(3, (3, 1))),
    "concatenate_backward": lambda a: [*ops.concatenate_backward(a(1, (3, 5)), (2, 2, 1))],
    "max_pool1d": lambda a: ops.max_pool1d(a(1, (2, 5, 3)), ceil_mode=True),
    "max_pool1d_backward": lambda a: ops.max_pool1d_backward(a(1, (2, 2, 3)), a(2, (2, 5, 3)), strides=3),
    "average_pool1d": lambda a: ops.average_pool1d(a(1, (2, 5, 3)), pool_size=3, strides=1),
    "average_pool1d_backward": lambda a: ops.average_pool1d_backward(a(1, (2, 2, 3)), 7, pool_size=3),
    "max_pool3d": lambda a: ops.max_pool3d(a(1, (2, 3, 5, 5, 3)), ceil_mode=True),
    "max_pool3d_backward": lambda a: ops.max_pool3d_backward(a(1, (2, 1, 2, 2, 3)), a(2, (2, 3, 5, 5, 3)), strides=3),
    "average_pool3d": lambda a: ops.average_pool3d(a(1, (2, 3, 5, 5, 3)), pool_size=3, strides=1),
    "average_pool3d_backward": lambda a: ops.average_pool3d_backward(a(1, (2, 1, 2, 2, 3)), (3, 7, 7), pool_size=3),
    "zero_pad": lambda a: ops.zero_pad(a(1, (2, 5, 5, 3)), 1),
    "crop": lambda a: ops.crop(a(1, (2, 5, 5, 3)), 1),
    "upsample": lambda a: ops.upsample(a(1, (2, 5, 4, 3)), 3, "bilinear"),
    "upsample_backward": lambda a: ops.upsample_backward(a(1, (2, 6, 6, 3)), 3, "bilinear"),
    "permute": lambda a: ops.permute(a(1, (2, 5, 3)), (2, 0, 1)),
    "embedding": lambda a: ops.embedding(np.array([[0, 1], [4, 0]]), a(1, (5, 3))),
    "embedding_backward": lambda a: ops.embedding_backward(a(1, (2, 2, 3)), np.array([[0, 1], [1, 0]]), 3),
    "huber": lambda a: ops.huber(a(1, (3, 5)), a(2, (3, 5)), delta=0.1, sample_weight=a(3, (3,))),
    **{
        name: lambda a, name=name: getattr(ops, name)(a(1, (3, 5)), a(2, (3, 5)), sample_weight=a(3, (3,)))
        for name in ("mean_absolute_error", "log_cosh", "hinge", "squared_hinge", "categorical_hinge")
    },
    **{
        name: lambda a, name=name: getattr(ops, name)(
            a(1, (3, 5), positive=True), a(2, (3, 5), positive=True), sample_weight=a(3, (3,))
        )
        for name in ("mean_squared_logarithmic_error", "poisson", "kl_divergence")
    },
    "exp": lambda a: ops.exp(a(1, 300)),
    "log": lambda a: ops.log(a(1, 300, positive=True)),
} | {
    name: lambda a, name=name: getattr(ops, name)(*[a(seed, (30, 10)) for seed in range(1 + name.endswith("backward"))])
    for activation in ("relu", "sigmoid", "tanh", "softmax")
    for name in (activation, f"{activation}_backward")
}
_SETTINGS = {"leaky_relu": (0.3,), "clipped_relu": (2.3, 0.1), "elu": (0.7,), "gelu": (True,)}
_SETTINGS |= {f"{name}_backward": settings for name, settings in _SETTINGS.items()}
_OPERATIONS |= {
    name: lambda a, name=name: getattr(ops, name)(
        *[a(seed, (30, 10)) for seed in range(1 + name.endswith("backward"))], *_SETTINGS.get(name, ())
    )
    for activation in ACTIVATIONS
    for name in (activation, f"{activation}_backward")
}
_OPERATIONS |= {
    "exp_backward": lambda a: ops.exp_backward(a(1, 300), a(2, 300)),
    "prelu": lambda a: ops.prelu(a(1, (30, 10)), a(2, (10,))),
    "prelu_backward": lambda a: ops.prelu_backward(a(1, (300, 10)), a(2, (300, 10)), a(3, (10,))),
}


def _operation(name):
    def make(folder):
        made = []  # outside of the caller's state

        for form in FORMS.values():

            def array(seed, shape, positive=False, form=form):
                values = form(seed, shape)
                made.append(
                    values if not positive else abs(values) if isinstance(values, np.ndarray) else _absolute(values)
                )
                return made[-1]

            _OPERATIONS[name](array)

        def compute():
            values = iter(made)
            return [_OPERATIONS[name](lambda *_, **__: next(values)) for _ in FORMS]

        return compute

    return make


def _absolute(values):
    return [_absolute(entry) for entry in values] if isinstance(values, list) else abs(values)


for _name in _OPERATIONS:
    covers(f"ops.{_name}")(_operation(_name))


# Models


def _network(build=True):
    nativecnn.set_random_seed(3)
    model = Sequential(name="network")
    for layer in _layers():
        model.add(layer)
    if build:
        model.build((8, 7, 3))
    return model


def _layers():
    return [
        layers.Conv2D(8, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(4, 3, padding=1, activation="tanh", algorithm="winograd"),
        layers.AveragePooling2D(2, ceil_mode=True),
        layers.Flatten(),
        layers.Dense(9, activation="sigmoid", bias_initializer=initializers.Constant(0.3)),
        layers.Dense(4, activation="softmax"),
    ]


def _root_mean_square(y_true, y_pred):
    return np.sqrt(np.mean((np.float64(0.1) * y_pred) ** 2))


def _compiled(optimizer=None, loss="categorical_crossentropy"):
    model = _network()
    watched = ["accuracy", "mse", "mae", "rmse", "f1_score", metrics.AUC(9), _root_mean_square]
    model.compile(optimizer or optimizers.SGD(0.1, momentum=0.9, nesterov=True), loss=loss, metrics=watched)
    return model


_X = wide(5, (5, 8, 7, 3))
_Y = np.random.default_rng(6).dirichlet(np.ones(4), 5)
_IMAGE = np.random.default_rng(7).random((9, 7, 4), np.float32) * np.array([1, 1e-38, 1, 1], np.float32)


@covers("Sequential.add", "Sequential.__init__", "Sequential.from_config", "Model.weights_sha256")
def _add(folder):
    def compute():
        nativecnn.set_random_seed(3)
        model = Sequential([layers.InputLayer((8, 7, 3)), *_layers()])
        return model.weights_sha256(), Sequential.from_config(model.get_config()).get_weights()

    return compute


@covers("Functional.__init__", "Functional.from_config")
def _connect(folder):
    def compute():
        nativecnn.set_random_seed(3)
        x = y = nativecnn.Input((8, 7, 3))
        for layer in _layers():
            y = layer(y)
        model = nativecnn.Model(x, y)
        return model.get_weights(), nativecnn.Functional.from_config(model.get_config()).get_weights()

    return compute


@covers("Sequential.build")
def _build(folder):
    model = _network(build=False)

    def compute():
        nativecnn.set_random_seed(3)
        model.build((8, 7, 3))
        return model.get_weights()

    return compute


@covers("Model.set_weights", "Layer.set_weights", "Weights.__setitem__")
def _set_weights(folder):
    model = _network()
    values = [wide(8, weight.shape) for weight in model.get_weights()]
    values[1] = values[1].astype(np.float32)
    values[3] = list(values[3].astype(np.float32))  # numbers of NumPy's own

    def compute():
        model.set_weights(values)
        result = model.get_weights()
        model.layers[0].set_weights([values[0], list(values[1])])
        result += model.get_weights()
        model.layers[0].weights["kernel"] = values[0][::-1]
        return result + model.get_weights()

    return compute


@covers("Model.predict", "Model.predict_on_batch")
def _predict(folder):
    model, unbuilt = _network(), _network(build=False)

    def compute():
        nativecnn.set_random_seed(3)
        return [model.predict(_X, batch_size=4), model.predict_on_batch(_X), unbuilt.predict(_X)]

    return compute


@covers("Model.fit", "Optimizer.learning_rate", "metrics.get")
def _fit(folder):
    runs = [
        (_compiled(), _Y, 3),
        (_compiled(optimizers.Adam(), "mse"), _Y, 5),
        (_compiled(optimizers.SGD(0.3), "half_squared_error"), 1e-20 * _Y, 2),
        (_compiled(optimizers.Adam(0.1), "binary_crossentropy"), _Y, 4),
        (_compiled(optimizers.RMSprop(0.1, 0.7, 0.3, weight_decay=0.1, clipnorm=0.1)), _Y, 4),
        (_compiled(optimizers.Nadam(global_clipnorm=0.1)), _Y, 4),
    ]

    def compute():
        results = []
        for model, y, batch_size in runs:
            model.compilation.optimizer.learning_rate = RATE
            settings = {"batch_size": batch_size, "validation_split": 0.3, "verbose": 0}
            results += [model.fit(_X, y, epochs=2, **settings).history, model.get_weights()]
        return results

    return compute


@covers("Model.evaluate", "Model.test_on_batch")
def _evaluate(folder):
    model = _compiled()
    return lambda: (model.evaluate(_X, _Y, batch_size=3, return_dict=True), model.test_on_batch(_X, _Y))


@covers("Model.train_on_batch")
def _train_on_batch(folder):
    model = _compiled(optimizers.Adam())
    return lambda: ([model.train_on_batch(_X, _Y) for _ in range(3)], model.get_weights())


@covers("nativecnn.save_model", "nativecnn.load_model")
def _save_and_load(folder):
    path = folder / "model.safetensors"
    model = _compiled(optimizers.Adam(0.1, 0.7, 0.3, 1e-7), "mse")
    model.compilation.metrics.parts()[0].clear()

    def compute():
        model.save(path)
        loaded = nativecnn.load_model(path)
        loaded.save_weights(folder / "weights.safetensors")
        loaded.load_weights(folder / "weights.safetensors")
        saved = path.read_bytes(), (folder / "weights.safetensors").read_bytes()
        return [entry.hex() for entry in saved], loaded.compilation.get_config(), loaded.train_on_batch(_X, _Y)

    return compute


@covers("CallbackList.call", "CallbackList.set", "CallbackList.states", "CallbackList.restore")
@covers("EarlyStopping.__init__", "ReduceLROnPlateau.__init__")
def _resume(folder):
    model = _compiled(optimizers.Adam())
    model.compilation.metrics.parts()[0].clear()
    path = folder / "checkpoint.safetensors"
    settings = {"batch_size": 2, "epochs": 2, "verbose": 0}

    def compute():
        model.compilation.optimizer.learning_rate = RATE

        def remembering():
            rates = callbacks.LearningRateScheduler(lambda epoch, rate: rate * RATE)
            reduction = callbacks.ReduceLROnPlateau("loss", RATE, 0, min_delta=RATE, min_lr=SUBNORMAL)
            return [rates, reduction, callbacks.EarlyStopping("loss", min_delta=RATE, baseline=SUBNORMAL, patience=9)]

        checkpoint = callbacks.ModelCheckpoint(path, save_freq=4)
        begun = model.fit(_X, _Y, callbacks=[*remembering(), checkpoint], **settings)
        resumed = nativecnn.load_model(path)
        history = resumed.fit(_X, _Y, resume=True, callbacks=remembering(), **settings).history
        return begun.history, history, resumed.get_weights()

    return compute


@covers("Augmented.__init__", "Augmented.__getitem__", "RandomTranslation.__init__", "RandomRotation.__init__")
def _augmented(folder):
    x = wide(5, (3, 5, 4, 2))

    def compute():
        shift, turn = data.RandomTranslation(0.3, (-0.3, 0.3), "constant", 1e-40), data.RandomRotation((0.01, 0.2))
        return [data.Augmented(x, transforms=[shift, turn], seed=seed)[0] for seed in range(3)]

    return compute


@covers("nativecnn.gradient_check")
def _gradient_check(folder):
    nativecnn.set_random_seed(1)
    model = Sequential([layers.Dense(3, activation="tanh", input_dim=4), layers.Dense(2)])
    model.compile("sgd", loss="mse")
    x, y = wide(1, (3, 4)), wide(2, (3, 2))

    def compute():
        report = nativecnn.gradient_check(model, x, y, samples_per_weight=2)
        return str(report), [vars(comparison) for comparison in report.comparisons]

    return compute


@covers("nativecnn.gradients", "nativecnn.output_gradients")
def _gradients(folder):
    nativecnn.set_random_seed(1)
    model = Sequential(
        [
            layers.Dense(3, activation="tanh", input_dim=4, kernel_regularizer="l1_l2"),
            layers.BatchNormalization(),
            layers.Dense(2),
        ]
    )
    model.compile("sgd", loss="mse")
    x, y, weights = wide(1, (3, 4)), wide(2, (3, 2)), abs(wide(3, 3))

    def compute():
        found = nativecnn.gradients(model, x, y, sample_weight=weights)
        return found.loss, found.weights, found.inputs, nativecnn.output_gradients(model, x, y)

    return compute


@covers(*(f"visualize.{name}" for name in ("class_activation_map", "enlarge", "feature_maps", "deconvolve")))
@covers(*(f"visualize.{name}" for name in ("gradient_saliency", "logits", "occlusion", "strongest_patches")))
@covers("visualize.receptive_field", "visualize.cut_boxes", "ReceptiveField.boxes")
def _visualize(folder):
    nativecnn.set_random_seed(1)
    model = Sequential(
        [
            layers.Conv2D(3, 2, activation="relu", name="maps", input_shape=(5, 4, 2)),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    x = wide(1, (3, 5, 4, 2))

    def compute():
        maps = visualize.class_activation_map(model, x, 1, rectify=False)
        strongest = visualize.strongest_patches(model, x, "maps", 1)
        return [
            *(maps, visualize.enlarge(maps, 7), visualize.gradient_saliency(model, x)),
            *(visualize.occlusion(model, x, window=2), visualize.logits(model).predict(x)),
            *(visualize.feature_maps(model, x), visualize.deconvolve(model, x, "maps", 1), list(strongest)),
            visualize.cut_boxes(x, visualize.receptive_field(model, "maps").boxes(strongest.positions)),
        ]

    return compute


# What has numbers as settings


@covers("SGD.__init__", "Adam.__init__", "Optimizer.__init__", "optimizers.get")
@covers("AdamW.__init__", "Nadam.__init__", "Adamax.__init__", "Adagrad.__init__", "Adadelta.__init__")
@covers("RMSprop.__init__")
def _optimizer_settings(folder):
    def compute():
        settings = {"name": "adam", "learning_rate": SUBNORMAL, "epsilon": SUBNORMAL}
        made = [optimizers.SGD(SUBNORMAL, momentum=SUBNORMAL), optimizers.get(settings)]
        made += [cls(SUBNORMAL, weight_decay=SUBNORMAL, clipvalue=SUBNORMAL) for cls in _OPTIMIZERS]
        return [optimizer.get_config() for optimizer in made]

    return compute


@covers(*(f"{cls.__name__}.{method}" for cls in _SCHEDULES for method in ("__init__", "__call__")), "schedules.get")
@covers("Optimizer.learning_rate_at")
def _rates(folder):
    def compute():
        schedules = [
            *(cls(0.1, 7) for cls in _SCHEDULES if cls.__name__ in ("CosineDecay", "CosineDecayRestarts")),
            *(optimizers.schedules.ExponentialDecay(0.3, 7, 0.7), optimizers.schedules.InverseTimeDecay(0.3, 7, 0.7)),
            optimizers.schedules.get(
                {"name": "polynomial_decay", "initial_learning_rate": 0.1, "decay_steps": 7, "power": 0.3}
            ),
            optimizers.schedules.PiecewiseConstantDecay([2], [SUBNORMAL, 0.3]),
        ]
        rates = [schedule(step) for schedule in schedules for step in range(9)]
        return rates, [optimizers.SGD(schedule).learning_rate_at(3) for schedule in schedules]

    return compute


@covers("Regularizer.__init__", *(f"{cls.__name__}.__init__" for cls in _REGULARIZERS), "regularizers.get")
@covers("regularizers.total_penalty")
def _penalties(folder):
    def compute():
        nativecnn.set_random_seed(3)
        made = [cls(SUBNORMAL) for cls in _REGULARIZERS] + [regularizers.get("l1"), regularizers.L1L2(0.1, 0.3)]
        whole = [layers.Dense(30, input_dim=40, kernel_regularizer=penalty, bias_regularizer="l2") for penalty in made]
        for layer in whole:
            layer.build((40,))
        totals = [regularizers.total_penalty(kernels(), [layer]) for layer in whole]
        return totals, [penalty.get_config() for penalty in made]

    return compute


@covers("ReLU.__init__", "LeakyReLU.__init__", "ELU.__init__")
def _activation_settings(folder):
    def compute():
        made = layers.ReLU(3.0, SUBNORMAL, SUBNORMAL), layers.LeakyReLU(SUBNORMAL), layers.ELU(SUBNORMAL)
        return [layer.kernel_settings for layer in made]

    return compute


@covers("Huber.__init__")
def _delta(folder):
    return lambda: losses.Huber(SUBNORMAL).delta


@covers("BinaryAccuracy.__init__", "Precision.__init__", "F1Score.__init__", "AUC.__init__")
def _thresholds(folder):
    def compute():
        kinds = metrics.BinaryAccuracy(SUBNORMAL), metrics.Precision(SUBNORMAL), metrics.F1Score(threshold=SUBNORMAL)
        return [kind.threshold for kind in kinds], metrics.AUC(7)._thresholds

    return compute


@covers("metrics.confusion_matrix")
def _confusion_matrix(folder):
    labels, rows = np.array([1, 0], np.float64), np.array([[0.1, SUBNORMAL], [0, SUBNORMAL]])
    return lambda: metrics.confusion_matrix(labels, rows)


@covers(
    "Constant.__init__", "Constant.__call__", "RandomUniform.__init__", "RandomUniform.__call__", "initializers.get"
)
@covers("RandomNormal.__init__", "RandomNormal.__call__", "TruncatedNormal.__call__", "VarianceScaling.__init__")
@covers(
    "VarianceScaling.__call__", "Identity.__init__", "Identity.__call__", "Orthogonal.__init__", "Orthogonal.__call__"
)
def _initial_weights(folder):
    def compute():
        names = ("glorot_uniform", "he_uniform", "lecun_uniform", "glorot_normal", "he_normal", "lecun_normal")
        chosen = [initializers.Constant(0.1), initializers.Constant(SUBNORMAL), *map(initializers.get, names)]
        chosen += [
            initializers.RandomUniform(-0.3, 0.1),
            initializers.get({"name": "random_uniform", "high": SUBNORMAL}),
            initializers.RandomNormal(0.1, SUBNORMAL),
            initializers.TruncatedNormal(SUBNORMAL, 0.3),
            initializers.VarianceScaling(SUBNORMAL, "fan_avg", "untruncated_normal"),
            initializers.Orthogonal(0.3),
        ]
        weights = [make((3, 3, 5, 7), random.Stream(1, "weights")) for make in chosen]
        return [*weights, initializers.Identity(SUBNORMAL)((3, 4), random.Stream(1, "weights"))]

    return compute


@covers("Layer.build")
def _build_layer(folder):
    def compute():
        nativecnn.set_random_seed(3)
        layer = layers.Conv2D(5, 3, kernel_initializer="he_uniform", bias_initializer=initializers.Constant(0.1))
        layer.build((9, 9, 3))
        return layer.get_weights()

    return compute


# Random numbers, data, images


@covers("Stream.bits", "Stream.uniform", "Stream.permutation", "random.permutation")
def _random_numbers(folder):
    def compute():
        stream = random.Stream(1, "numbers")
        return stream.bits(9), stream.uniform((500,)), stream.permutation(50, step=2), random.permutation(9, 3, "order")

    return compute


@covers("datasets.make_x_or_o")
def _x_or_o(folder):
    return lambda: nativecnn.datasets.make_x_or_o(20, seed=3)


@covers("datasets.load_digits")
def _digits(folder):
    return lambda: nativecnn.datasets.load_digits(test_fraction=0.3)


@covers("datasets.load_mnist")
def _mnist(folder):
    for part in ("train", "t10k"):
        write_idx(folder / f"{part}-images-idx3-ubyte", np.arange(60, dtype=np.uint8).reshape(3, 5, 4))
        write_idx(folder / f"{part}-labels-idx1-ubyte", np.arange(3, dtype=np.uint8))
    return lambda: nativecnn.datasets.load_mnist(folder, scaled=True)


@covers("datasets.load_spoken_digits")
def _spoken_digits(folder):
    write_recording(folder / "7_theo_0.wav", np.arange(-50, 50) * 655)
    return lambda: [tuple(recording) for recording in nativecnn.datasets.load_spoken_digits(folder)]


@covers("data.pad_sequences")
def _padded(folder):
    sequences = [wide(seed, (seed,)).astype(np.float64) for seed in range(1, 5)]
    return lambda: data.pad_sequences(sequences, 3, "float32", value=1e-40)


@covers("formats.read_image", "images.read_image")
def _read_image(folder):
    import PIL.Image

    np.save(folder / "float64.npy", np.clip(np.abs(wide(1, (5, 4, 3))), 0, 1))
    np.save(folder / "uint16.npy", np.arange(60, dtype=np.uint16).reshape(5, 4, 3) * 1001)
    PIL.Image.fromarray((_IMAGE * 255).astype(np.uint8)).save(folder / "image.png")
    return lambda: [formats.read_image(folder / name) for name in ("float64.npy", "uint16.npy", "image.png")]


@covers("images.to_channels", "images.resize")
def _convert_image(folder):
    def compute():
        grey = images.to_channels(_IMAGE, 1)
        return grey, images.to_channels(_IMAGE, 3), images.resize(_IMAGE, 5, 8), images.resize(grey, 20, 3)

    return compute
