"""How models are trained and evaluated.

::

    arguments.py     what users give as samples, targets and weights, checked against the model
    batches.py       arrays, copied into a plan's buffers batch by batch
    given_data.py    what fit and evaluate are given, made into sources
    sources.py       where batches come from: arrays, a Sequence, a generator; ahead.py: threads that make them ahead
    weighting.py     weights of samples from weights of classes
    compilation.py   what compile() chose, and what training has come to
    outputs.py       which outputs have losses and metrics
    loop.py          fit: epochs and batches; trainer.py: one step
    evaluation.py    evaluate; prediction.py: predict
    position.py      where a training stands between two batches
    state.py         that, and what the optimizer remembers, in a model file
    progress.py      what is shown meanwhile; history.py: what is kept of it; interruption.py: Ctrl-C
"""
