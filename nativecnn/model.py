"""Models: a graph of layers with what is needed to train it, evaluate it and compute with it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from . import optimizers, saving
from ._kernels.floating_point import contract_state
from .execution.plan import Plan
from .execution.pool import Loan, PlanPool
from .forking import Exclusive, ReentrantLock
from .graph import Graph
from .layers.base import WeightSource
from .layers.tensors import Applicable, Node, Tensor, call, check_name, shapes_of
from .ops.backend import kernels
from .summary import summary_lines
from .training import loop, prediction
from .training.batches import check_batch_size, check_sample_shape, check_samples, copy_samples
from .training.compilation import Compilation
from .training.evaluation import as_result
from .training.given_data import Validation
from .training.history import History
from .training.outputs import chosen_losses, chosen_metrics, chosen_weights


class Model:
    """A graph of layers: ``Model(inputs, outputs)``, see :class:`~nativecnn.functional.Functional`; or a chain of them,
    see :class:`~nativecnn.Sequential`.

    A model may be called with tensors as if it were a layer; it is then part of another model.

    Parameters
    ----------
    inputs, outputs : Tensor or list of Tensor
    name : str, optional

    Examples
    --------
    >>> x = Input((28, 28, 1))
    >>> y = layers.Dense(10, activation="softmax")(layers.Flatten()(x))
    >>> model = Model(x, y)
    >>> features = Model(model.input, model.layers[0].output)
    """

    def __new__(cls, *_: object, **__: object) -> Model:
        if cls is Model:
            from .functional import Functional  # which is derived from this class

            cls = Functional  # noqa: PLW0642
        return super().__new__(cls)

    def __init__(self, name: str | None = None) -> None:
        if name is not None:
            check_name(name, "model")
        self.name_is_settled = name is not None
        self.name = name or type(self).__name__.lower()
        self.compilation: Compilation | None = None
        self.stop_training = False
        """Set to True while the model is trained, it ends the training after the batch at hand."""
        self.nodes: list[Node] = []
        """Where it is applied as a part of other models."""
        self._plans = PlanPool()
        self._building = ReentrantLock()
        self._being_trained = Exclusive(f"model {self.name!r} is being trained already, in another thread or call")

    def __call__(self, inputs: Tensor | Sequence[Tensor]) -> Tensor | list[Tensor]:
        """Apply the model to tensors, as a part of another one; its weights are shared by all applications.

        Raises
        ------
        TypeError
            If something else than tensors is given.
        ValueError
            If it does not take tensors of these shapes.
        """
        return call(self, inputs)

    # What a subclass gives

    @property
    def layers(self) -> list[Applicable]:
        """The layers, in order; models that are part of the model count as one each."""
        raise NotImplementedError

    @property
    def built(self) -> bool:
        """Whether the shape of the samples is known and the weights exist."""
        return self._graph() is not None

    def build(self, input_shape: Any) -> None:
        """Make the weights for samples of a shape (without the batch axis; a list of shapes for several inputs)."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return what :meth:`from_config` makes an equal, untrained model of; plain enough for JSON."""
        raise NotImplementedError

    @classmethod
    def from_config(cls, config: dict[str, Any], weight_source: WeightSource | None = None) -> Model:
        """Return a new model from :meth:`get_config`, its weights drawn at random unless a source gives them."""
        raise NotImplementedError

    def _graph(self) -> Graph | None:
        """Return the graph, None as long as the shape of the samples is not known."""
        raise NotImplementedError

    # Structure

    @property
    def graph(self) -> Graph:
        """The graph of the layers.

        Raises
        ------
        ValueError
            If the model is not built.
        """
        graph = self._graph()
        if graph is None:
            raise ValueError(
                f"model {self.name!r}: expected the shape of its samples to be known, got none: give the first layer "
                "an input_shape, call build(input_shape), or fit or predict with data"
            )
        return graph

    @property
    def label(self) -> str:
        """How errors call the model."""
        return f"model {self.name!r}"

    @property
    def input_shape(self) -> Any:
        """Shape of one sample, or the list of the shapes of several inputs."""
        return shapes_of(self.graph.inputs)

    @property
    def output_shape(self) -> Any:
        """Shape of one sample's output, or the list of the shapes of several outputs."""
        return shapes_of(self.graph.outputs)

    @property
    def inputs(self) -> list[Tensor]:
        """The tensors that the model begins with."""
        return list(self.graph.inputs)

    @property
    def outputs(self) -> list[Tensor]:
        """The tensors that the model ends with."""
        return list(self.graph.outputs)

    @property
    def input(self) -> Tensor | list[Tensor]:
        """The tensor that the model begins with, or the list of several."""
        return self.inputs if len(self.graph.inputs) > 1 else self.graph.inputs[0]

    @property
    def output(self) -> Tensor | list[Tensor]:
        """The tensor that the model ends with, or the list of several."""
        return self.outputs if len(self.graph.outputs) > 1 else self.graph.outputs[0]

    @property
    def declared_input_shape(self) -> Any:
        """The shape of its samples, None if it is not known."""
        return self.input_shape if self.built else None

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of one output sample (the list of several) for that of one input sample.

        A model that is not built is built for it.

        Raises
        ------
        ValueError
            If the model is built for another shape.
        """
        if not self.built:
            self.build(input_shape)
        if input_shape != self.input_shape:
            raise ValueError(f"{self.label}: expected samples of shape {self.input_shape}, got {input_shape}")
        return self.output_shape

    def get_layer(self, name: str | None = None, index: int | None = None) -> Applicable:
        """Return a layer by its name, or by its number in :attr:`layers`.

        Raises
        ------
        TypeError
            If neither or both are given.
        ValueError
            If there is none.
        """
        layers = self.layers
        if (name is None) == (index is None):
            raise TypeError(f"get_layer: expected a name or an index, got {name!r} and {index!r}")
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(f"{self.label}: expected an index below {len(layers)}, got {index}")
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        names = ", ".join(layer.name for layer in layers) or "none"
        raise ValueError(f"{self.label}: expected as layer one of {names}, got {name!r}")

    @property
    def trainable(self) -> bool:
        """Whether training changes any layer's weights. Setting it sets all layers'."""
        return any(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        for layer in self.layers:
            layer.trainable = bool(trainable)

    def count_params(self) -> int:
        """Return the number of values in all weights."""
        return sum(layer.count_params() for layer in self.graph.layers)

    def multiply_adds(self) -> int:
        """Return the multiplications followed by an addition that one sample takes.

        They are those of the definition, whatever the algorithm. Layers that are applied several times count as often.
        """
        return sum(node.layer.multiply_adds(node.input_shape) for node in self.graph.nodes)

    def summary(self, print_fn: Callable[[str], object] = print, expand_nested: bool = False) -> None:
        """Print layers with output shapes, parameters, multiply-adds for one sample, memory and algorithms.

        Multiply-adds are as :meth:`multiply_adds` counts them.

        Parameters
        ----------
        print_fn : callable
            Gets each line.
        expand_nested : bool
            Whether to show the layers of models within the model.
        """
        for line in summary_lines(self, expand_nested):
            print_fn(line)

    # Weights

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The weights themselves (not copies, read-only), by their keys "layer/weight"."""
        return self.graph.weights()

    @property
    def trainable_weights(self) -> dict[str, np.ndarray]:
        """Those of :attr:`weights` that training changes."""
        return self.graph.weights(trainable_only=True)

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all weights, in the order of the layers."""
        return [weight.copy() for weight in self.weights.values()]

    @contract_state
    def set_weights(self, values: Sequence[object]) -> None:
        """Set all weights, given in the order of :meth:`get_weights`; all of them or, if one does not fit, none.

        Raises
        ------
        TypeError
            If one is no array of real numbers.
        ValueError
            If their number or a shape differs.
        """
        weights = self.weights
        values = list(values)
        if len(values) != len(weights):
            raise ValueError(f"set_weights: expected {len(weights)} arrays, got {len(values)}")
        given = iter(values)
        arrays = {
            f"{path}/{name}": layer.weights.checked(name, next(given), f"set_weights: {path}/{name}").copy()
            for layer, path in self.graph.paths.items()
            for name in layer.weights
        }
        self.graph.set_weights(arrays)

    def weights_sha256(self) -> str:
        """Return the SHA-256 of all weights, in hexadecimal.

        It runs over the weights in the order of the layers; for each, the UTF-8 text ``"key dtype shape\\n"`` (such
        as ``"conv2d/kernel float32 3,3,1,32\\n"``), then the values in row-major order, little-endian.
        """
        digest = hashlib.sha256()
        for key, weight in self.weights.items():
            digest.update(f"{key} {weight.dtype.name} {','.join(map(str, weight.shape))}\n".encode())
            digest.update(np.ascontiguousarray(weight, weight.dtype.newbyteorder("<")).tobytes())
        return digest.hexdigest()

    # Files

    def save(self, path: str | os.PathLike[str], include_optimizer: bool = True) -> None:
        """Write layers, weights, compilation and state of the training to a file (see :func:`nativecnn.save_model`)."""
        saving.save_model(self, path, include_optimizer)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Model:
        """Read a model of this class from a file (see :func:`nativecnn.load_model`)."""
        model = saving.load_model(path)
        if not isinstance(model, cls):
            raise saving.ModelFileError(f"{os.fspath(path)}: expected a {cls.__name__}, got a {type(model).__name__}")
        return model

    def save_weights(self, path: str | os.PathLike[str]) -> None:
        """Write the weights alone to a safetensors file."""
        saving.save_weights(self, path)

    def load_weights(self, path: str | os.PathLike[str]) -> None:
        """Read all weights from a file of :meth:`save_weights` or :meth:`save`: all or, if it does not fit, none."""
        saving.load_weights(self, path)

    # Computing

    @contract_state
    def predict(
        self,
        x: object,
        batch_size: int | None = 32,
        verbose: int = 0,
        steps: int | None = None,
        callbacks: object = None,
    ) -> np.ndarray | list[np.ndarray]:
        """Return the outputs for samples. Many threads may do so at once.

        While another thread trains the model, outputs are those of weights in between.

        Convolutions keep their kernels in the backend's own form from the first call on: as much memory again as these
        kernels take, at most 1 MB for small ones, however many threads there are.

        Parameters
        ----------
        x : array, shape (samples, …), or what gives them
            As for :meth:`fit`; of batches that are tuples the first entry counts.
        batch_size : int, optional
            How many are computed together; the results are the same bits for any. ``None`` for all.
        verbose : int
            Accepted for compatibility; nothing is shown.
        steps : int, optional
            After how many batches to stop; by default when there are no more.
        callbacks : list of Callback, optional
            Called before and after batches.

        Returns
        -------
        numpy.ndarray, float32, shape (samples, …)
            Of a model with several outputs, a list of them.
        """
        graph = self._graph()
        if type(x) is np.ndarray and callbacks is steps is None and (graph is None or len(graph.inputs) == 1):
            x = self._check_x(x)
            samples = len(x)
            if samples == check_batch_size(batch_size, samples):
                # A single batch, perhaps a small one: nothing is done that is for many.
                with self._lend_plan("predict", samples) as plan:
                    batch = plan.prepared(samples)
                    copy_samples(x, batch.inputs[0])
                    batch.run()
                    if len(batch.outputs) == 1:
                        return batch.outputs[0].copy()
                    return [output.copy() for output in batch.outputs]
        return prediction.predict(self, x, batch_size, steps, callbacks)

    @contract_state
    def predict_on_batch(self, x: object) -> np.ndarray | list[np.ndarray]:
        """Return the outputs for all the samples given, computed together."""
        return self.predict(x, batch_size=None)

    def compile(
        self,
        optimizer: object = "sgd",
        loss: object = None,
        metrics: object = None,
        loss_weights: object = None,
    ) -> None:
        """Choose how the model is trained. What an earlier training remembered (momentum, …) is forgotten.

        Parameters
        ----------
        optimizer : str or Optimizer
            ``"sgd"``, ``"adam"`` and others of :mod:`nativecnn.optimizers`, or an object with settings.
        loss : str or Loss, or a list or dict of them
            ``"categorical_crossentropy"``, ``"mean_squared_error"`` and others of :mod:`nativecnn.losses`, or an
            object; the same for all outputs, or a list with one for each, or a dict by the outputs' names (those of
            the layers that give them). Outputs with None have no loss.
        metrics : list of str or callable, optional
            ``"accuracy"`` and others of :mod:`nativecnn.metrics`, or functions ``f(y_true, y_pred)``; for several
            outputs a list of such lists, or a dict by the outputs' names. In the history of several outputs, the
            output's name precedes that of a metric.
        loss_weights : list or dict of float, optional
            By which the losses of several outputs count in the model's loss; 1 by default.

        Raises
        ------
        TypeError, ValueError
            If there is nothing of a name, or something does not fit the outputs.
        """
        self._compile(optimizer, loss, metrics, loss_weights)

    @contract_state
    def fit(
        self,
        x: object = None,
        y: object = None,
        batch_size: int | str | None = 32,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: object = None,
        validation_split: float = 0.0,
        validation_data: object = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: object = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | str | None = None,
        validation_freq: int | Collection[int] = 1,
        *,
        resume: bool = False,
    ) -> History:
        """Train the model.

        A training that stops before its end (by Ctrl-C, ``stop_training`` or an error, or because the process ends
        after it saved the model) is gone on with by ``resume=True``: weights, optimizer and the values of the epochs
        are then the same bits as without the stop. Without ``resume`` another training begins, with the weights and
        the optimizer as they are and with the order of another epoch.

        Parameters
        ----------
        x : array, shape (samples, …), or what gives batches
            Of any real dtype; converted batch by batch, so memory maps of uint8 do. For several inputs a list of
            arrays, or a dict by the names of the inputs. Or else what gives batches, tuples ``(x, y)`` or
            ``(x, y, sample_weight)`` of such arrays, of any size: a :class:`nativecnn.data.Sequence`, or anything that
            can be iterated over. What can be iterated over once (a generator) goes on from epoch to epoch, and several
            epochs need ``steps_per_epoch``; anything else begins anew.
        y : array
            Targets as the loss takes them; a list, or a dict by the names, for several outputs. None where ``x`` gives
            batches.
        batch_size : int, None or "all"
            Samples in a step: 1 is stochastic, ``None`` or ``"all"`` batch gradient descent. Not for an ``x`` that
            gives batches.
        epochs : int
            Number of the last epoch.
        verbose : int
            0 nothing, 1 a progress bar (or lines, where there is no terminal), 2 a line for each epoch.
        callbacks : list of Callback, optional
            Called before and after epochs and batches (see :mod:`nativecnn.callbacks`).
        validation_split : float
            Part of the samples, the last ones, to validate with and not to train with.
        validation_data : (x, y) or (x, y, sample_weight), optional
            Other samples to validate with, or what gives batches of them.
        shuffle : bool
            Whether each epoch takes the samples in a random order, which depends on the seed and on how many epochs
            the model has been trained since it was compiled. Of a ``Sequence`` it is the batches' order; others that
            give batches have their own.
        class_weight : dict of int to float, optional
            By class, a factor of the losses of its samples; 1 for classes that it lacks.
        sample_weight : array, shape (samples,), optional
            By sample, a factor of its loss, finite and at least 0; for several outputs also a list or a dict.
        initial_epoch : int
            Number of epochs counted as done. If it is not 0, the orders continue from there.
        steps_per_epoch : int, optional
            Batches in an epoch: the first ones of its order. By default all there are.
        validation_steps : int, optional
            How many batches to validate with, the first ones; by default all there are.
        validation_batch_size : int, None or "all"
            As ``batch_size``, which is the default. The values are the same for any.
        validation_freq : int or collection of int
            Validate after every so many epochs, or after those of these numbers, counted from 1.
        resume : bool
            Whether to go on where the latest training of the model stopped, be it here or before it was saved, with
            the batch that would have been next; at the beginning if there was none. The order comes from the seed that
            was in force at the beginning. Data, batch size and shuffle are to be those of before (of the data, only
            their number is checked). A model that is compiled again has forgotten its training. Not with a generator.

        Returns
        -------
        History
            With ``history`` (a dict of lists), ``epoch`` and ``interrupted``: a first Ctrl-C ends training after the
            batch at hand, and ``fit`` returns; a second raises ``KeyboardInterrupt`` at once. Epochs that were whole
            before this call are not in it.

        Raises
        ------
        TypeError, ValueError
            If the data do not fit the model or the loss, or what is to be gone on with, before any training; of data
            that come in batches, when the batch comes.
        RuntimeError
            If the model is being trained already, in another thread.
        """
        return loop.fit(
            self,
            x,
            y,
            sample_weight=sample_weight,
            class_weight=class_weight,
            batch_size=batch_size,
            epochs=epochs,
            steps_per_epoch=steps_per_epoch,
            verbose=verbose,
            callbacks=callbacks,
            validation=Validation(
                validation_split, validation_data, validation_steps, validation_batch_size, validation_freq
            ),
            shuffle=shuffle,
            initial_epoch=initial_epoch,
            resume=resume,
        )

    @contract_state
    def evaluate(
        self,
        x: object = None,
        y: object = None,
        batch_size: int | str | None = 32,
        verbose: int = 0,
        sample_weight: object = None,
        steps: int | None = None,
        callbacks: object = None,
        return_dict: bool = False,
    ) -> Any:
        """Return the loss, or a list of loss and metrics (a dict with ``return_dict``), over all samples.

        The values do not depend on the batch size. What gives the data is as for :meth:`fit`; ``steps`` is the number
        of batches to take, by default all.
        """
        values = loop.evaluate(self, x, y, sample_weight, batch_size, steps, callbacks)
        return as_result(values, return_dict)

    @contract_state
    def train_on_batch(
        self,
        x: object,
        y: object,
        sample_weight: object = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Make one step with all the samples given; return the loss (and metrics) from before the step."""
        return as_result(loop.train_on_batch(self, x, y, sample_weight, class_weight), return_dict)

    @contract_state
    def test_on_batch(self, x: object, y: object, sample_weight: object = None, return_dict: bool = False) -> Any:
        """Return the loss (and metrics) of all the samples given, computed together."""
        return as_result(loop.evaluate(self, x, y, sample_weight, None, None, None), return_dict)

    # Shared with training/, gradients.py and gradient_check.py

    def _compile(self, optimizer: object, loss: object, watched: object, loss_weights: object) -> None:
        compilation = Compilation(
            optimizers.get(optimizer), chosen_losses(loss), chosen_weights(loss_weights), chosen_metrics(watched)
        )
        if self.built:
            compilation.outputs(self.graph)
        if self.compilation is not None and self.compilation.was_trained:
            compilation.position = None  # what is forgotten cannot be gone on with
        self._plans.clear()
        self.compilation = compilation

    def _check_x(self, x: object, name: str = "x") -> np.ndarray:
        """Return checked samples of the only input, building the model for their shape if it is not built."""
        x = check_samples(x, name)
        graph = self._graph()
        if graph is None:
            with self._building:  # whoever had to wait finds it built
                if not self.built:
                    self.build(x.shape[1:])
            graph = self.graph
        if x.shape[1:] != graph.inputs[0].shape:
            layers = self.layers
            taken_by = layers[0].label if layers else f"model {self.name!r}"
            check_sample_shape(x, self.input_shape, name, taken_by)
        for _, layer in graph.input_checks:
            layer.check_input(x, name)
        return x

    def _lend_plan(self, purpose: str, batch_size: int, weighted: bool = False) -> Loan:
        """Lend a plan to ``"predict"``, ``"test"`` or ``"train"`` with batches of up to a size, or to compute
        ``"output gradients"``.

        ``weighted`` is whether samples have weights.
        """
        graph, backend, compilation = self._graph() or self.graph, kernels(), self.compilation
        if purpose in ("predict", "output gradients"):
            kind: Hashable = (purpose, graph, backend)
            backward = purpose == "output gradients"
            make = partial(Plan, graph, training=False, kernels=backend, output_gradients=backward)
            return self._plans.lend(kind, batch_size, make)
        training, objectives = purpose == "train", tuple(compilation.objectives(graph))
        kind = (purpose, graph, backend, objectives, weighted)
        if training:
            kind += (compilation.optimizer, *[layer.trainable for layer in graph.layers])

        def make(size: int) -> Plan:
            updates = compilation.update_settings(backend, graph.paths) if training else {}
            return Plan(graph, size, training, loss=objectives, sample_weights=weighted, kernels=backend, **updates)

        return self._plans.lend(kind, batch_size, make)
