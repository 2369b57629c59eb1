def conv2d_bias_grad(dy):
    images = iter(dy)
    total = next(images).sum(axis=(1, 2))
    for image in images:
        total = total + image.sum(axis=(1, 2))
    return total
