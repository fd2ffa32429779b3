"""The networks people really use, as their papers (or the common form of them) have them, with weights drawn at random.

All are functions ``Network(classes, input_shape, include_top)`` that return a :class:`~nativecnn.Model`. Without the
top, which depends on the number of classes, a model ends with its last feature maps: what transfer learning builds on.
"""

from .alexnet import AlexNet, ZFNet
from .googlenet import GoogLeNet
from .lenet import LeNet5
from .mobilenet import MobileNetV2
from .resnet import ResNet18, ResNet20, ResNet50
from .squeezenet import SqueezeNet
from .vgg import VGG16, VGG19

__all__ = [
    "AlexNet",
    "GoogLeNet",
    "LeNet5",
    "MobileNetV2",
    "ResNet18",
    "ResNet20",
    "ResNet50",
    "SqueezeNet",
    "VGG16",
    "VGG19",
    "ZFNet",
]
