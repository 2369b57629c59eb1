from collections import Counter


def mean_iou(pred, target, classes):
    pairs = Counter(zip(target.flat, pred.flat))
    fp, fn, tp = Counter(), Counter(), Counter()
    for (t, p), n in pairs.items():
        if t == p:
            tp[int(t)] += n
        else:
            fn[int(t)] += n
            fp[int(p)] += n
    present = set(tp) | set(fp) | set(fn)
    if not present:
        raise ValueError("no class occurs")
    return sum(tp[k] / (tp[k] + fp[k] + fn[k]) for k in present) / len(present)
