"""The networks of applications in PyTorch, written from their papers: modules in the order in which weights come."""

import torch
from torch import nn


def conv(inputs, filters, size, strides=1, padding=None, groups=1, bias=True):
    return nn.Conv2d(inputs, filters, size, strides, size // 2 if padding is None else padding, 1, groups, bias)


def conv_relu(*arguments, **settings):
    return nn.Sequential(conv(*arguments, **settings), nn.ReLU())


def conv_norm(inputs, filters, size, strides=1, activation=nn.ReLU, groups=1):
    layers = [conv(inputs, filters, size, strides, groups=groups, bias=False), nn.BatchNorm2d(filters)]
    return nn.Sequential(*layers, *([activation()] if activation else []))


class Flatten(nn.Module):
    """Channels last, as nativecnn's."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


class Mean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


def pool(size, strides, padding=0, ceil=False):
    return nn.MaxPool2d(size, strides, padding, ceil_mode=ceil)


def dense_head(inputs, classes):
    layers = [Flatten(), nn.Linear(inputs, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU()]
    return [*layers, nn.Dropout(), nn.Linear(4096, classes)]


def response(alpha, k):
    return nn.LocalResponseNorm(5, alpha * 5, 0.75, k)  # torch divides alpha by the number of channels


def lenet5(classes, side):
    last = ((side - 4) // 2 - 4) // 2
    return nn.Sequential(
        *(conv(1, 6, 5, padding=0), nn.Tanh(), nn.AvgPool2d(2)),
        *(conv(6, 16, 5, padding=0), nn.Tanh(), nn.AvgPool2d(2)),
        *(Flatten(), nn.Linear(16 * last**2, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, classes)),
    )


def alexnet(classes, side):
    last = ((((side - 11) // 4 + 1 - 3) // 2 + 1 - 3) // 2 + 1 - 3) // 2 + 1
    return nn.Sequential(
        *(conv_relu(3, 96, 11, 4, padding=0), response(1e-4, 2.0), pool(3, 2)),
        *(conv_relu(96, 256, 5, groups=2), response(1e-4, 2.0), pool(3, 2)),
        *(conv_relu(256, 384, 3), conv_relu(384, 384, 3, groups=2), conv_relu(384, 256, 3, groups=2), pool(3, 2)),
        *dense_head(256 * last**2, classes),
    )


def zfnet(classes, side):
    body = nn.Sequential(
        *(conv_relu(3, 96, 7, 2, padding=1), pool(3, 2, ceil=True), response(1e-4, 2.0)),
        *(conv_relu(96, 256, 5, 2, padding=0), pool(3, 2, ceil=True), response(1e-4, 2.0)),
        *(conv_relu(256, 384, 3), conv_relu(384, 384, 3), conv_relu(384, 256, 3), pool(3, 2)),
    )
    with torch.no_grad():
        features = body(torch.zeros(1, 3, side, side)).numel()
    return nn.Sequential(body, *dense_head(features, classes))


def vgg(classes, side, depths):
    layers, inputs = [], 3
    for filters, depth in zip((64, 128, 256, 512, 512), depths, strict=True):
        for _ in range(depth):
            layers.append(conv_relu(inputs, filters, 3))
            inputs = filters
        layers.append(pool(2, 2))
    return nn.Sequential(*layers, *dense_head(512 * (side // 32) ** 2, classes))


class Inception(nn.Module):
    def __init__(self, inputs, one, reduce3, three, reduce5, five, pooled):
        super().__init__()
        self.branches = nn.ModuleList(
            [
                conv_relu(inputs, one, 1),
                nn.Sequential(conv_relu(inputs, reduce3, 1), conv_relu(reduce3, three, 3)),
                nn.Sequential(conv_relu(inputs, reduce5, 1), conv_relu(reduce5, five, 5)),
                nn.Sequential(pool(3, 1, 1), conv_relu(inputs, pooled, 1)),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


def googlenet(classes, side):
    halved = pool(3, 2, ceil=True)
    return nn.Sequential(
        *(conv_relu(3, 64, 7, 2), halved, response(2e-5, 1.0), conv_relu(64, 64, 1), conv_relu(64, 192, 3)),
        *(response(2e-5, 1.0), halved),
        *(Inception(192, 64, 96, 128, 16, 32, 32), Inception(256, 128, 128, 192, 32, 96, 64), halved),
        *(Inception(480, 192, 96, 208, 16, 48, 64), Inception(512, 160, 112, 224, 24, 64, 64)),
        *(Inception(512, 128, 128, 256, 24, 64, 64), Inception(512, 112, 144, 288, 32, 64, 64)),
        *(Inception(528, 256, 160, 320, 32, 128, 128), halved),
        *(Inception(832, 256, 160, 320, 32, 128, 128), Inception(832, 384, 192, 384, 48, 128, 128)),
        *(Mean(), nn.Dropout(0.4), nn.Linear(1024, classes)),
    )


class Residual(nn.Module):
    def __init__(self, main, shortcut, activation=True):
        super().__init__()
        self.main, self.shortcut, self.activation = main, shortcut, activation

    def forward(self, x):
        y = self.main(x) + self.shortcut(x)
        return torch.relu(y) if self.activation else y


class Widened(nn.Module):
    """Every second pixel, with zeros as new channels."""

    def forward(self, x):
        zeros = torch.zeros_like(x[:, : x.shape[1] // 2, ::2, ::2])
        return torch.cat([zeros, x[:, :, ::2, ::2], zeros], 1)


def basic(inputs, filters, strides, widened=False):
    main = nn.Sequential(conv_norm(inputs, filters, 3, strides), conv_norm(filters, filters, 3, activation=None))
    if inputs == filters:
        return Residual(main, nn.Identity())
    return Residual(main, Widened() if widened else conv_norm(inputs, filters, 1, strides, None))


def bottleneck(inputs, filters, strides):
    main = nn.Sequential(
        conv_norm(inputs, filters, 1),
        conv_norm(filters, filters, 3, strides),
        conv_norm(filters, 4 * filters, 1, 1, None),
    )
    same = inputs == 4 * filters and strides == 1
    return Residual(main, nn.Identity() if same else conv_norm(inputs, 4 * filters, 1, strides, None))


def resnet(classes, block, expansion, depths):
    layers, inputs = [conv_norm(3, 64, 7, 2), pool(3, 2, 1)], 64
    for stage, depth in enumerate(depths):
        for number in range(depth):
            layers.append(block(inputs, 64 << stage, 2 if stage and not number else 1))
            inputs = expansion * 64 << stage
    return nn.Sequential(*layers, Mean(), nn.Linear(inputs, classes))


def resnet20(classes, side):
    layers, inputs = [conv_norm(3, 16, 3)], 16
    for filters in (16, 32, 64):
        for _ in range(3):
            layers.append(basic(inputs, filters, 1 if inputs == filters else 2, widened=True))
            inputs = filters
    return nn.Sequential(*layers, Mean(), nn.Linear(64, classes))


def inverted(inputs, filters, strides, expansion):
    hidden = expansion * inputs
    widen = [] if expansion == 1 else [conv_norm(inputs, hidden, 1, activation=nn.ReLU6)]
    filtered = conv_norm(hidden, hidden, 3, strides, nn.ReLU6, groups=hidden)
    main = nn.Sequential(*widen, filtered, conv_norm(hidden, filters, 1, activation=None))
    return Residual(main, nn.Identity(), activation=False) if inputs == filters and strides == 1 else main


def mobilenet_v2(classes, side):
    layers, inputs = [conv_norm(3, 32, 3, 2, nn.ReLU6)], 32
    stages = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
    for expansion, filters, depth, strides in stages:
        for number in range(depth):
            layers.append(inverted(inputs, filters, 1 if number else strides, expansion))
            inputs = filters
    layers.append(conv_norm(inputs, 1280, 1, activation=nn.ReLU6))
    return nn.Sequential(*layers, Mean(), nn.Dropout(0.2), nn.Linear(1280, classes))


class Fire(nn.Module):
    def __init__(self, inputs, squeezed, expanded):
        super().__init__()
        self.squeeze = conv_relu(inputs, squeezed, 1)
        self.one, self.three = conv_relu(squeezed, expanded, 1), conv_relu(squeezed, expanded, 3)

    def forward(self, x):
        x = self.squeeze(x)
        return torch.cat([self.one(x), self.three(x)], 1)


def squeezenet(classes, side):
    halved = pool(3, 2, ceil=True)
    return nn.Sequential(
        *(conv_relu(3, 96, 7, 2, padding=0), halved, Fire(96, 16, 64), Fire(128, 16, 64), Fire(128, 32, 128), halved),
        *(Fire(256, 32, 128), Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), halved, Fire(512, 64, 256)),
        *(nn.Dropout(), conv_relu(512, classes, 1), Mean()),
    )


NETWORKS = {
    "AlexNet": alexnet,
    "GoogLeNet": googlenet,
    "LeNet5": lenet5,
    "MobileNetV2": mobilenet_v2,
    "ResNet18": lambda classes, side: resnet(classes, basic, 1, (2, 2, 2, 2)),
    "ResNet20": resnet20,
    "ResNet50": lambda classes, side: resnet(classes, bottleneck, 4, (3, 4, 6, 3)),
    "SqueezeNet": squeezenet,
    "VGG16": lambda classes, side: vgg(classes, side, (2, 2, 3, 3, 3)),
    "VGG19": lambda classes, side: vgg(classes, side, (2, 2, 4, 4, 4)),
    "ZFNet": zfnet,
}


def set_weights(network, arrays):
    """Give a network the weights of the same one of nativecnn, in their order."""
    arrays = iter(arrays)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                shape = module.weight.shape
                kernel = next(arrays)
                module.weight.copy_(
                    torch.tensor(kernel.reshape(*kernel.shape[:2], shape[1], shape[0])).permute(3, 2, 0, 1)
                )
            elif isinstance(module, nn.Linear):
                module.weight.copy_(torch.tensor(next(arrays)).T)
            elif isinstance(module, nn.BatchNorm2d):
                for tensor in (module.weight, module.bias, module.running_mean, module.running_var):
                    tensor.copy_(torch.tensor(next(arrays)))
                continue
            else:
                continue
            if module.bias is not None:
                module.bias.copy_(torch.tensor(next(arrays)))
    assert next(arrays, None) is None


def gradients(network):
    """Return the gradients of all trained weights in the order and the shapes of nativecnn's."""
    found = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            gradient = module.weight.grad.permute(2, 3, 1, 0)
            found.append(gradient.transpose(2, 3) if module.groups == module.in_channels > 1 else gradient)
        elif isinstance(module, nn.Linear):
            found.append(module.weight.grad.T)
        elif isinstance(module, nn.BatchNorm2d) and module.weight.requires_grad:
            found.append(module.weight.grad)
        else:
            continue
        if module.bias is not None:
            found.append(module.bias.grad)
    return [gradient.numpy() for gradient in found]
