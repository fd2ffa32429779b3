"""Learning: trying all weights against going downhill, on the lecture's table of students.

A neuron is to tell the exam from the hours of study and the quiz. The cost C = Σ ½ (ŷ - y)² says how far its answers ŷ
are from the exams y. Trying every combination finds the lowest cost of one weight or two; for the lecture's net of 25
nobody could wait so long. Descent goes down the slope instead: of all students together (batch), of four of them
(mini-batch), or of one at a time (stochastic). The pictures show the cost over the weights, and the ways down.
"""

import itertools
import time

import numpy as np

import nativecnn
from lesson import begin
from nativecnn import layers, visualize

# Eight students: hours of study and of sleep, quiz and exam in percent; the lecture's table as far as it is known here.
STUDY = np.array([12, 22, 115, 31, 0, 5, 92, 57])
SLEEP = np.array([6, 6.5, 4, 9, 10, 8, 6, 8])
QUIZ = np.array([78, 24, 100, 67, 58, 78, 82, 91])
EXAM = np.array([93, 68, 95, 75, 51, 60, 89, 97]) / 100
X = np.column_stack([STUDY / 115, SLEEP / 10, QUIZ / 100])

INPUTS = {1: X[:, 2:], 2: X[:, [0, 2]]}  # of a neuron with one weight, the quiz; with two, study and quiz
START = np.array([1.5, -0.5])
BATCH_SIZES = {"batch": "all", "mini-batches of 4": 4, "stochastic": 1}
YEAR = 365 * 24 * 3600


def neuron(weights):
    """Return a neuron to train. One rate suits all batches, as C is a sum: a larger batch makes a larger step."""
    model = nativecnn.Sequential([layers.Dense(1, use_bias=False, input_dim=weights)])
    model.compile(nativecnn.optimizers.SGD(0.3), loss="half_squared_error")
    return model


def brute_force(weights, values):
    """Return the cost at every combination of values for the weights, and how many were tried in a second."""
    model, costs, start = neuron(weights), [], time.perf_counter()
    for combination in itertools.product(values, repeat=weights):
        model.set_weights([np.reshape(combination, (weights, 1))])
        costs.append(model.evaluate(INPUTS[weights], EXAM))
    return np.reshape(costs, (len(values),) * weights), len(costs) / (time.perf_counter() - start)


def descend(start, batch_size, epochs):
    """Return the weights at the start and after each step, and the costs at the start and after each epoch."""
    model, x = neuron(len(start)), INPUTS[len(start)]
    model.set_weights([start[:, None]])
    path, costs = [start], [model.evaluate(x, EXAM)]
    follow = nativecnn.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: path.append(model.get_weights()[0][:, 0]),
        on_epoch_end=lambda epoch, logs: costs.append(model.evaluate(x, EXAM)),
    )
    model.fit(x, EXAM, batch_size, epochs, verbose=0, callbacks=[follow])
    return np.array(path), costs


def show_combinations(lesson, per_second):
    """Show how long all combinations of 1,000 values for each weight take; return the lecture's figures."""
    net = nativecnn.Sequential([layers.Dense(5, use_bias=False, input_dim=4), layers.Dense(1, use_bias=False)])
    rows = []
    for weights in (1, 2, net.count_params()):
        combinations = 1000**weights
        seconds = combinations / 93e15  # the lecture grants the computer a combination for each operation
        figures = (combinations, combinations / per_second / YEAR, seconds / YEAR)
        rows.append([weights, *(f"{figure:.3g}" for figure in figures)])
    lesson.table(["weights", "combinations", "years here", "years on Sunway TaihuLight"], rows)
    return {"weights": weights, "combinations": combinations, "seconds": seconds, "years": seconds / YEAR}


def draw_surface(axes, title, values, costs, path):
    """Draw the cost over two weights, the lowest that was tried, and a way down."""
    levels = np.geomspace(costs.min(), costs.max(), 15)
    axes.contourf(values, values, costs.T, levels, cmap=visualize.MAGNITUDE, norm="log")
    lowest = values[list(np.unravel_index(costs.argmin(), costs.shape))]
    axes.plot(*lowest, "*", color=visualize.COLOURS[1], markersize=14, markeredgecolor="white", label="lowest tried")
    axes.plot(*path.T, "-o", color="white", markersize=3, linewidth=1, label="descent")
    axes.set(title=title, xlabel="weight of study", ylabel="weight of quiz")


def draw_brute_force(line, line_costs, plane, plane_costs, descents):
    figure = visualize.new_figure(9, 3.8)
    left, right = figure.subplots(1, 2)
    path, costs = descents["one weight"]
    left.plot(line, line_costs, color=visualize.COLOURS[0], label=f"{line.size:,} values tried")
    left.plot(path[:, 0], costs, "--o", color=visualize.COLOURS[1], markersize=5, label="descent")
    left.set(title="one weight", xlabel="weight of quiz", ylabel="cost")
    left.legend()
    title = f"two weights, {plane_costs.size:,} combinations tried"
    draw_surface(right, title, plane, plane_costs, descents["batch"][0])
    right.legend(facecolor="lightgrey")
    return figure


def draw_descents(plane, plane_costs, descents):
    figure = visualize.new_figure(9, 7)
    *panels, last = figure.subplots(2, 2).flat
    for number, (axes, name) in enumerate(zip(panels, BATCH_SIZES, strict=True)):
        path, costs = descents[name]
        draw_surface(axes, f"{name}: {len(path) - 1} steps", plane, plane_costs, path)
        look = {"color": visualize.COLOURS[number], "marker": visualize.MARKERS[number], "markersize": 4}
        last.plot(costs, ("-", "--", ":")[number], label=name, **look)
    last.set(title="cost of all students", xlabel="epoch", yscale="log")
    last.set_yticks([0.2, 0.5, 1, 2], ["0.2", "0.5", "1", "2"])
    last.minorticks_off()
    last.legend()
    return figure


def main(arguments=None):
    lesson = begin(__doc__, arguments)
    students = zip(STUDY, SLEEP, QUIZ, 100 * EXAM, strict=True)
    lesson.table(["hours of study", "of sleep", "quiz, %", "exam, %"], [[f"{n:g}" for n in row] for row in students])

    line, plane = np.linspace(-1, 3, 1000), np.linspace(-1, 2, 31 if lesson.quick else 101)
    line_costs, _ = brute_force(1, line)
    plane_costs, per_second = brute_force(2, plane)
    descents = {"one weight": descend(START[1:], "all", 20)}
    descents |= {name: descend(START, batch_size, 20) for name, batch_size in BATCH_SIZES.items()}
    tried = {"one weight": float(line_costs.min()), "two weights": float(plane_costs.min())}
    steps = {name: len(path) - 1 for name, (path, _) in descents.items()}
    reached = {name: costs[-1] for name, (_, costs) in descents.items()}
    rows = [[f"all combinations, {name}", "", cost] for name, cost in tried.items()]
    rows += [[f"descent, {name}", steps[name], cost] for name, cost in reached.items()]
    lesson.table(["", "steps", "cost"], rows, decimals=4)
    lesson.save(draw_brute_force(line, line_costs, plane, plane_costs, descents), "learning_brute_force")
    lesson.save(draw_descents(plane, plane_costs, descents), "learning_descents")
    combinations = show_combinations(lesson, per_second)
    return {"tried": tried, "descent": reached, "steps": steps, "combinations": combinations}


if __name__ == "__main__":
    main()
