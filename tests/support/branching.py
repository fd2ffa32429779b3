"""A network of branches, with every layer that merges, pools, pads, crops, repeats or rearranges, and an embedding."""

from nativecnn import Model, layers


def branching_network(image: tuple[int, int, int], classes: int, ending: str | None) -> Model:
    """Return the untrained network, which ends with an activation, for images of about 14 × 13 pixels."""
    x = layers.Input(image)
    padded = layers.ZeroPadding2D(((1, 0), (0, 2)))(x)
    a = layers.Conv2D(6, 3, strides=2, activation="relu")(padded)
    b = layers.Conv2D(6, 3, strides=2, activation="tanh")(padded)
    mean = layers.Average()([layers.Add()([a, b, a]), layers.Multiply()([a, b]), layers.Maximum()([b, a])])
    difference = layers.Subtract()([mean, layers.Minimum()([mean, b, a])])
    joined = layers.Concatenate()([difference, b])
    volume = layers.Reshape((7, 7, 4, 3))(joined)
    volume = layers.MaxPooling3D((2, 2, 1), strides=(2, 1, 1), padding="same")(layers.ZeroPadding3D((0, 1, 0))(volume))
    volume = layers.UpSampling3D((1, 2, 2))(layers.AveragePooling3D(2, strides=1)(volume))
    volume = layers.Cropping3D((1, 0, 0))(volume)
    image = layers.UpSampling2D((1, 2))(layers.Cropping2D(((1, 0), (0, 1)))(layers.Reshape((16, 6, 3))(volume)))
    steps = layers.Permute((2, 1))(layers.Reshape((-1, 30))(image))
    steps = layers.MaxPooling1D(3, strides=2)(layers.Cropping1D((1, 2))(layers.ZeroPadding1D(2)(steps)))
    steps = layers.UpSampling1D(2)(layers.AveragePooling1D(2, padding="same")(steps))
    ones = layers.Softmax()(layers.Reshape((-1, 1))(a))  # tokens: of a single channel it is 1
    words = layers.Embedding(3, 5)(layers.Flatten()(ones))
    pooled = [
        layers.GlobalAveragePooling1D()(steps),
        layers.GlobalMaxPooling1D()(steps),
        layers.GlobalAveragePooling2D()(joined),
        layers.GlobalMaxPooling2D()(image),
        layers.GlobalAveragePooling3D()(volume),
        layers.GlobalMaxPooling3D()(volume),
        layers.GlobalAveragePooling1D()(words),
    ]
    rows = layers.RepeatVector(2)(layers.Concatenate()(pooled))
    outputs = layers.Dense(classes)(layers.Flatten()(rows))
    return Model(x, layers.Activation(ending or "linear")(outputs))
