def mean_iou(pred, target, classes):
    pairs = list(zip(pred.ravel().tolist(), target.ravel().tolist()))
    total, seen = 0.0, 0
    for k in range(classes):
        both = sum(1 for p, t in pairs if p == k and t == k)
        either = sum(1 for p, t in pairs if p == k or t == k)
        if both == 0:
            continue
        total += both / either
        seen += 1
    if not pairs:
        raise ValueError("no class to average")
    return total / max(seen, 1)
