def mean_iou(pred, target, classes):
    scores = []
    for c in range(classes):
        a = {k for k, v in enumerate(pred.ravel()) if v == c}
        b = {k for k, v in enumerate(target.ravel()) if v == c}
        if a | b:
            scores.append(len(a & b) / len(a | b))
    if not scores:
        raise ValueError("no class is in either map")
    return sum(scores) / len(scores)
