"""The activation functions: what the tests have to know of each."""

# Functions of the functional interface that came after relu, sigmoid, tanh and softmax, each with a gradient.
ACTIVATIONS = (
    *("relu6", "leaky_relu", "clipped_relu", "hard_sigmoid", "hard_silu"),
    *("elu", "selu", "softplus", "softsign", "silu", "gelu", "mish", "log_softmax"),
)
READ_INPUT = ("hard_silu", "softsign", "silu", "gelu", "mish")  # for their gradients
