"""A picture of a run: percent of the processor's limit, our bars and the peers' markers."""

from __future__ import annotations

from pathlib import Path

from records import Record, Run

_MARKERS = "oDs^vPX"


def plot_run(run: Run, path: Path) -> None:
    """Draw one panel for each pass; the file's ending chooses the format.

    Raises
    ------
    ImportError
        If matplotlib is not installed; the message names the extra.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(f'--plot: {error}: pip install "nativecnn[bench]"') from error
    passes = list(dict.fromkeys(record.what for record in run.records))
    peers = list(dict.fromkeys(name for record in run.records for name in record.peers))
    most = max(sum(record.what == what for record in run.records) for what in passes)
    figure = Figure(figsize=(max(6, 2 + 0.32 * most), 4.2 * len(passes)), layout="constrained")
    for number, what in enumerate(passes, 1):
        axes = figure.add_subplot(len(passes), 1, number)
        records = [record for record in run.records if record.what == what]
        places = range(len(records))
        axes.bar(places, [100 * record.share for record in records], color="0.75", label="nativecnn")
        for peer, marker in zip(peers, _MARKERS, strict=False):
            timed = [(place, record) for place, record in zip(places, records, strict=True) if _share(record, peer)]
            if timed:
                shares = [100 * _share(record, peer) for _, record in timed]
                axes.plot([place for place, _ in timed], shares, marker, markersize=4, label=peer)
        names = [f"{record.group} {record.name}" for record in records]
        axes.set_xticks(places, names, rotation=90, fontsize=7)
        axes.set_ylabel("% of the multiply-add limit")
        axes.set_title(f"{what}, {run.machine['processor']}, threads: {run.machine['threads']}", fontsize=9)
        axes.legend(fontsize=7)
    figure.savefig(path, dpi=150)


def _share(record: Record, peer: str) -> float | None:
    """Return a peer's share of the limit, None where it was not timed."""
    result = record.peers.get(peer)
    if result is None or result.ratio is None:
        return None
    return record.share / result.ratio.median
