def step_lr(step, *, base_lr, step_size, gamma=0.1):
    rate = base_lr
    for s in range(step + 1):
        if s % step_size == 0:
            rate *= gamma
    return rate
